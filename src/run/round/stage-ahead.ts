import { readsOf } from "../../graph/reads.ts";
import type { Digest } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { largeFiles, stageOutputs } from "../attempt/stage.ts";
import type { Session } from "../session/session.ts";

/** How many of a task's latest attempts are compared with what is being restored. */
const LOOKED_AT = 20;

interface Ahead {
  readonly digests: readonly Digest[];
  readonly copied: Promise<unknown>;
}

/**
 * Stages the large outputs of restores. While one is copied, so are the missing outputs of the tasks that read it: that
 * those will be restored, too, is a guess from their earlier attempts. Nothing is decided by it, and what is not needed
 * after all is removed at the end of the round.
 */
export class StageAhead {
  readonly #session: Session;
  readonly #ahead = new Map<string, Ahead>();
  readonly #closing = new AbortController();
  #readers: ReadonlyMap<string, readonly Task[]> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** False: the run was stopped before all was copied. */
  async stage(task: Task, entry: Entry): Promise<boolean> {
    const { signal } = this.#session.stop;
    const ahead = this.#ahead.get(task.id);
    this.#ahead.delete(task.id);
    const staging = stageOutputs(this.#session, entry, { signal, staged: ahead?.digests ?? [] });
    this.#guess(task, entry);
    const [isStaged] = await Promise.all([staging, ahead?.copied]);
    return isStaged && !signal.aborted;
  }

  /** Ends copies for which no task came, and removes them. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#ahead.values()].map(({ copied }) => copied));
    this.#session.store.blobs.unstage();
  }

  #guess(task: Task, entry: Entry): void {
    this.#readers ??= readersIn(this.#session.tasks);
    for (const reader of this.#readers.get(task.id) ?? []) {
      const guessed = this.#ahead.has(reader.id) ? undefined : this.#entryWith(reader, entry);
      if (guessed === undefined) continue;
      this.#begin(reader, guessed);
      this.#guess(reader, guessed);
    }
  }

  /** What a task made when it read the outputs of an entry. */
  #entryWith(reader: Task, { outputs }: Entry): Entry | undefined {
    const { store, graph } = this.#session;
    const record = store.history
      .records(graph.manifest, reader.id, LOOKED_AT)
      .find(({ description: { files }, outcome }) =>
        outputs.every(({ path, identity }) => {
          const read = outcome === "ok" ? files[path] : undefined;
          return read !== undefined && sameIdentity(read, identity);
        }),
      );
    return record === undefined ? undefined : store.entry(record.fingerprint);
  }

  #begin(reader: Task, { outputs }: Entry): void {
    const { workspace, store, stop } = this.#session;
    const missing = outputs.filter(({ path }) => workspace.files.stat(workspace.absolute(path)) === undefined);
    const digests = missing.flatMap((artifact) => largeFiles(this.#session, artifact));
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    const copied = Promise.all(digests.map((digest) => store.blobs.stage(digest, signal)));
    this.#ahead.set(reader.id, { digests, copied });
  }
}

/** Task → the tasks that read what it makes. */
function readersIn(tasks: readonly Task[]): ReadonlyMap<string, readonly Task[]> {
  const readers = new Map<string, Task[]>(tasks.map(({ id }) => [id, []]));
  for (const task of tasks) for (const id of readsOf(task).tasks) readers.get(id)?.push(task);
  return readers;
}
