import { localCommand } from "../../execute/local/local-command.ts";
import type { Service, Task } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import { serviceMarker } from "../../services/journal.ts";
import type { ServiceSpec } from "../../services/process.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Session } from "../session/session.ts";
import { commandOf } from "./command.ts";
import { placeObjects } from "./place-objects.ts";

/** What starts a service on what a run has pinned. Plain data: it is started again from it long after that run. */
export function specOf(session: Session, pins: RunPins, task: Task): Result<ServiceSpec> {
  const unplaced = placeObjects(session, task);
  if (unplaced.length > 0) return { ok: false, diagnostics: unplaced };
  const id = serviceMarker(task.id);
  const command = localCommand(commandOf(session, pins, task), session.workspace, id);
  return command.ok ? { ok: true, value: { ...(task.service as Service), ...command.value, id } } : command;
}
