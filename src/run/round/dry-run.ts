import { readsOf } from "../../graph/reads.ts";
import type { Reason } from "../../model/decision.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import type { Identity } from "../../model/identity.ts";
import { announceEdits } from "../attempt/edits.ts";
import { wouldRefuse } from "../attempt/obstacles.ts";
import { differingOutputs } from "../attempt/restore.ts";
import type { TaskRun } from "../attempt/task-run.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Session } from "../session/session.ts";
import type { Outcomes } from "./outcomes.ts";

/** Stands for what would be made: the digest of no bytes at all. */
const UNKNOWN: Identity = { type: "file", digest: "0".repeat(64) as Digest, executable: true };

/** With --dry: what a run would do, and which decisions depend on results that do not exist yet. */
export class DryRun {
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #outcomes: Outcomes;
  /** Tasks whose results are not known, for they would run. */
  readonly #unknown = new Set<string>();

  constructor(session: Session, pins: RunPins, outcomes: Outcomes) {
    this.#session = session;
    this.#pins = pins;
    this.#outcomes = outcomes;
  }

  /** A service would be another one when what it reads is not known. */
  declare(service: Task): void {
    if (this.#unknownAbove(service) !== undefined) this.#unknown.add(service.id);
    if (this.#session.options.dry && this.#session.named.has(service.id))
      this.#outcomes.report(service, "would-run", { kind: "service" });
  }

  restore({ task, assessment, reason }: TaskRun): "ended" {
    const entry = assessment.entry as Entry;
    const differing = new Set(differingOutputs(this.#session, entry).map(({ path }) => path));
    const refused = wouldRefuse(this.#session, task, differing);
    if (refused.length > 0) return this.#outcomes.break(task, refused);
    announceEdits(this.#session, task, differing);
    for (const artifact of entry.outputs) this.#pins.assume(artifact.path, artifact.identity);
    this.#outcomes.report(task, "would-restore", reason, { saved: entry.duration });
    return this.#outcomes.end(task, "good");
  }

  /** The results of a task that would run are not known yet: what reads them may run or may be cut off. */
  run({ task, assessment, reason }: TaskRun): "ended" {
    const refused = wouldRefuse(this.#session, task);
    if (refused.length > 0) return this.#outcomes.break(task, refused);
    this.#pins.setFingerprint(task.id, assessment.fingerprint, assessment.found);
    announceEdits(this.#session, task);
    return this.#runUnknown(task, reason);
  }

  /** A tool that is not found may be in a directory that a task above would make, as node_modules. */
  unassessed(task: Task, diagnostics: readonly Diagnostic[]): "ended" | undefined {
    const mayCome = this.#unknownAbove(task) !== undefined && diagnostics.every(({ code }) => code === "INC4202");
    return mayCome ? this.#runUnknown(task, { kind: "new" }) : undefined;
  }

  /** What reads all units is not known before it is known which units there are. */
  ofUnknownUnits(task: Task): "ended" | undefined {
    const { expandedFrom = [] } = task;
    const from = expandedFrom.find((expanded) => expanded.isUnit !== true && this.#unknown.has(expanded.task));
    return from === undefined ? undefined : this.#runUnknown(task, { kind: "upstream-stale", task: from.task });
  }

  #runUnknown(task: Task, reason: Reason): "ended" {
    const above = this.#unknownAbove(task);
    this.#unknown.add(task.id);
    for (const output of task.outputs) this.#pins.assume(output.path, UNKNOWN);
    if (above !== undefined) this.#session.tally.doubt(task.id);
    this.#outcomes.report(task, "would-run", above === undefined ? reason : { kind: "upstream-stale", task: above });
    return this.#outcomes.end(task, "good");
  }

  #unknownAbove(task: Task): string | undefined {
    return this.#unknown.size === 0 ? undefined : [...readsOf(task).tasks].find((id) => this.#unknown.has(id));
  }
}
