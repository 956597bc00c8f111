import { fingerprintOf } from "../../fingerprint/fingerprint.ts";
import { worksInPlace } from "../../graph/mutations.ts";
import type { Description } from "../../model/description.ts";
import type { AttemptRecord } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { dictionary } from "../../model/own.ts";
import { areDeclared } from "../../model/task/declared-outputs.ts";
import { lacksResult } from "../../plan/decide.ts";
import { recordAccepted } from "../attempt/record.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Assessment } from "../decide/planner.ts";
import type { Session } from "../session/session.ts";

/**
 * Makes the latest results of named tasks count for inputs that they were not made of, in place of running the tasks (`inc accept`):
 * under the description of the inputs as they are now, the outputs are entered that were made of others.
 */
export class Accepting {
  readonly #session: Session;
  readonly #pins: RunPins;
  /** Tasks that took one. None takes one twice: if its bytes turn out to be damaged, the task is left as it is. */
  readonly #taken = new Set<string>();

  constructor(session: Session, pins: RunPins) {
    this.#session = session;
    this.#pins = pins;
  }

  /** Accepts the latest result of a task that would run. True: the task now has an entry, and is to be decided anew. */
  takes(task: Task, assessment: Assessment): boolean {
    const { named, options } = this.#session;
    const { decision } = assessment;
    if (options.onAccepted === undefined || !named.has(task.id) || this.#taken.has(task.id)) return false;
    if (!lacksResult(decision) || worksInPlace(task)) return false;
    const record = this.#latestResult(task);
    if (record === undefined) return false;
    this.#taken.add(task.id);
    const description = this.#described(assessment.description, record);
    const fingerprint = fingerprintOf(description, this.#session.artifacts.hasher);
    const taskRun = { session: this.#session, pins: this.#pins, task, assessment, reason: decision.reason };
    recordAccepted(taskRun, record, { description, fingerprint });
    options.onAccepted({ task: task.id, record, reason: decision.reason });
    return true;
  }

  /** The latest attempt that ended well, if it made what the task declares now, and the bytes are in the workspace or in the store. */
  #latestResult(task: Task): AttemptRecord | undefined {
    const { artifacts, graph, store } = this.#session;
    const latest = store.history.latestSuccess(graph.manifest, task.id);
    if (latest === undefined || !areDeclared(latest.outputs, task.outputs)) return undefined;
    const isThere = latest.outputs.every(
      (artifact) => sameIdentity(artifacts.identify(artifact.path), artifact.identity) || artifacts.available(artifact),
    );
    return isThere ? latest : undefined;
  }

  /** The description with the inputs that the earlier attempt found, as they are now. */
  #described(description: Description, { description: { found } }: AttemptRecord): Description {
    if (found === undefined) return description;
    const now = Object.keys(found).map((path) => [path, this.#pins.identify(path) ?? null] as const);
    return { ...description, found: dictionary(now) };
  }
}
