import type { Reason } from "../../model/decision.ts";
import type { Task } from "../../model/graph.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Assessment } from "../decide/planner.ts";
import type { Session } from "../session/session.ts";

/** One task in one round, with what it was decided by: all that attempts, restores, concludes or records it takes this. */
export interface TaskRun {
  readonly session: Session;
  /** The table of the round. */
  readonly pins: RunPins;
  readonly task: Task;
  readonly assessment: Assessment;
  /** Why it runs or is restored, or that nothing changed. */
  readonly reason: Reason;
}
