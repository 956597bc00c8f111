import { readersFor, upstreamOf } from "../../graph/dependencies.ts";
import { findsInputs, readsOf } from "../../graph/reads.ts";
import type { Artifact, Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { atOnce } from "../../store/remote/at-once.ts";
import { placeOutputs } from "../attempt/place-outputs.ts";
import { differingOutputs } from "../attempt/restore.ts";
import type { TaskRun } from "../attempt/task-run.ts";
import type { RunPins } from "../decide/pins.ts";
import { LOOKUPS } from "../session/jobs.ts";
import type { Session } from "../session/session.ts";
import { type Outcomes, problemsOfTask } from "./outcomes.ts";

/** A result, and which of its outputs are in the shared cache alone. */
interface Deferred {
  readonly task: Task;
  readonly entry: Entry;
  /** By path. */
  readonly left: Map<string, Artifact>;
  /** Its outputs are brought by one at a time. */
  bringing: Promise<unknown>;
}

/**
 * What one round leaves in the shared cache. The identities of such outputs are assumed, so that whatever reads them can be
 * decided; before an attempt begins that needs them, they are brought. If that fails their task runs in the next round, and
 * so on upward: what it needs itself is brought at once, so that one round finds all that is lost.
 *
 *     left ──an attempt needs it──▶ brought ──▶ in place
 *                                └▶ lost: its task and all after it wait for the next round, in which it runs
 */
export class Deferrals {
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #outcomes: Outcomes;
  readonly #byTask = new Map<string, Deferred>();
  #tasks: ReadonlyMap<string, Task> | undefined;

  constructor(session: Session, pins: RunPins, outcomes: Outcomes) {
    this.#session = session;
    this.#pins = pins;
    this.#outcomes = outcomes;
  }

  /** Takes the outputs of a result that are not in place for what the result says that they are. */
  leave({ task, assessment }: TaskRun): void {
    const entry = assessment.entry as Entry;
    const left = new Map(differingOutputs(this.#session, entry).map((artifact) => [artifact.path, artifact]));
    for (const { path, identity } of left.values()) this.#pins.assume(path, identity);
    this.#byTask.set(task.id, { task, entry, left, bringing: Promise.resolve() });
  }

  /** True while something that a task's attempt needs is not here. */
  isNeeding(task: Task): boolean {
    return this.#neededBy(task).size > 0;
  }

  /** True when something that a task's attempt needs could not be brought. */
  isDeprived(task: Task): boolean {
    return [...this.#neededBy(task).keys()].some(({ entry }) => this.#session.lost.has(entry.fingerprint));
  }

  /** Brings all that a task's attempt needs. Resolves when it is in place, or lost, or the run is stopped. */
  async bring(task: Task): Promise<void> {
    await atOnce(LOOKUPS, this.#neededBy(task), async ([deferred, paths]) => {
      const { lost, stop } = this.#session;
      const { entry, bringing } = deferred;
      const isTold = lost.has(entry.fingerprint);
      deferred.bringing = bringing.then(() => this.#bring(deferred, paths));
      await deferred.bringing;
      if (stop.signal.aborted || isTold || !lost.has(entry.fingerprint)) return;
      this.#outcomes.postpone(deferred.task);
      this.#outcomes.lost.push(...paths);
      await this.bring(deferred.task);
    });
  }

  async #bring(deferred: Deferred, paths: ReadonlySet<string>): Promise<void> {
    const { artifacts, lookups, lost, stop } = this.#session;
    const { task, entry, left } = deferred;
    const outputs = [...left.values()].filter(({ path }) => paths.has(path));
    if (outputs.length === 0 || lost.has(entry.fingerprint)) return;
    const isStored = outputs.every((artifact) => artifacts.available(artifact));
    const isHere = isStored || (await lookups?.complete(entry, outputs)) === true;
    if (stop.signal.aborted) return;
    if (!isHere || !(await this.#place(task, entry, outputs))) {
      lost.add(entry.fingerprint);
      return;
    }
    for (const { path } of outputs) {
      left.delete(path);
      this.#pins.placed(path);
    }
  }

  /** False: the task has to run, which also tells what is wrong. */
  async #place(task: Task, entry: Entry, outputs: readonly Artifact[]): Promise<boolean> {
    try {
      return await placeOutputs(this.#session, task, entry, outputs);
    } catch (error) {
      // A failure of the store and a bug of inc are thrown on.
      problemsOfTask(error);
      return false;
    }
  }

  /** Results with the paths of those of their outputs that a task's attempt needs and that are not here. */
  #neededBy(task: Task): ReadonlyMap<Deferred, ReadonlySet<string>> {
    const needed = new Map<Deferred, Set<string>>();
    if (this.#byTask.size === 0) return needed;
    const { graph } = this.#session;
    const makers = this.#session.makers();
    const need = (id: string, path: string): void => {
      const deferred = this.#byTask.get(id);
      if (deferred?.left.has(path) !== true) return;
      const paths = needed.get(deferred) ?? new Set();
      needed.set(deferred, paths.add(path));
    };
    for (const reader of readersFor(graph.tasks, task)) {
      for (const path of this.#pathsOf(reader)) need(makers.get(path) ?? "", path);
      // A command may look for what comes before it, or find it, without naming it.
      this.#tasks ??= new Map(graph.tasks.map((each) => [each.id, each]));
      const before = findsInputs(reader) ? upstreamOf(this.#tasks, reader.id) : [];
      for (const id of [...before, ...reader.after])
        for (const path of this.#byTask.get(id)?.left.keys() ?? []) need(id, path);
    }
    return needed;
  }

  #pathsOf(reader: Task): readonly string[] {
    const { paths, tools } = readsOf(reader);
    return [...paths, ...tools.flatMap((name) => this.#pins.resolvedTool(name, reader.cwd)?.looked ?? [])];
  }
}
