import { fingerprintOf, staticFingerprint } from "../../fingerprint/fingerprint.ts";
import { findsInputs } from "../../graph/reads.ts";
import type { Description } from "../../model/description.ts";
import { type Diagnostic, messageOf } from "../../model/diagnostic.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Artifact, Entry } from "../../model/entry.ts";
import type { Emit } from "../../model/event.ts";
import type { Task } from "../../model/graph.ts";
import { isStored } from "../../store/blobs/stored.ts";
import type { CommitQueue } from "../../store/commit-queue.ts";
import { type Fetched, isResultOf, type Lookup, type Sought } from "../../store/remote/remote.ts";
import type { Store } from "../../store/store.ts";
import type { RunPins } from "../decide/pins.ts";
import type { RunOptions } from "./options.ts";

/** What look-ups of one run need. */
interface LookupTools {
  readonly lookup: Lookup;
  readonly store: Store;
  readonly commits: CommitQueue;
  readonly emit: Emit;
  /** Ends them with the run. */
  readonly signal: AbortSignal;
}

/** The task whose result is looked for. */
export interface SoughtTask {
  readonly task: Task;
  readonly fingerprint: Fingerprint;
  /** Without found inputs. */
  readonly description: Description;
  /** True when the fingerprint is the one of a result, found inputs included. */
  readonly isKnown: boolean;
  /** True while all jobs have work. */
  readonly isBusy: () => boolean;
  /** What its sets hold is stored with a result. */
  readonly pins: RunPins;
  /** True: the bytes of all outputs are to come with it. False: they may stay where they are. */
  readonly whole: boolean;
}

interface Pending {
  readonly fingerprint: Fingerprint;
  readonly controller: AbortController;
  readonly answered: Promise<void>;
}

/**
 * Look-ups of results elsewhere, for all rounds of a run. Each fingerprint is asked for once; a look-up that goes on when a
 * round ends is joined by the next one, as long as its task has the same fingerprint. A failed look-up counts as a miss.
 */
export class Lookups {
  readonly #tools: LookupTools;
  readonly #pending = new Map<string, Pending>();
  /** Whether the result was asked for as a whole. */
  readonly #answered = new Map<Fingerprint, boolean>();
  readonly #stopped: Promise<void>;
  #hasWarned = false;

  constructor(tools: LookupTools) {
    this.#tools = tools;
    this.#stopped = new Promise((resolve) => {
      tools.signal.addEventListener("abort", () => resolve(this.close()), { once: true });
    });
  }

  /** @param whole Whether an answer without the bytes would do. */
  isAnswered(fingerprint: Fingerprint, whole: boolean): boolean {
    const answered = this.#answered.get(fingerprint);
    return answered !== undefined && (answered || !whole);
  }

  /**
   * Brings the bytes of outputs of a result that is known. False: they cannot be had. What comes is what the outputs were when
   * the result was taken, or nothing, for their digests name the bytes.
   */
  async complete({ fingerprint }: Entry, outputs: readonly Artifact[]): Promise<boolean> {
    const { lookup, store, signal } = this.#tools;
    const paths = new Set(outputs.map(({ path }) => path));
    const sought: Sought = { fingerprint, brings: (path) => paths.has(path) };
    const looking = lookup(sought, store.blobs, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#warn(error);
    });
    await Promise.race([looking, this.#stopped]);
    return outputs.every(({ identity }) => isStored(store.blobs, identity));
  }

  /**
   * Looks for a task's result, and stores it when it is found. Resolves when the answer is there, or when the run is stopped.
   * @param until Ends the wait, not the look-up.
   */
  async bring(sought: SoughtTask, until: Promise<unknown>): Promise<void> {
    const { fingerprint } = sought;
    const { id } = sought.task;
    let pending = this.#pending.get(id);
    if (pending?.fingerprint !== fingerprint) {
      pending?.controller.abort();
      const controller = new AbortController();
      const answered = this.#ask(sought, controller.signal).finally(() => {
        if (!controller.signal.aborted) this.#pending.delete(id);
      });
      pending = { fingerprint, controller, answered };
      this.#pending.set(id, pending);
    }
    await Promise.race([pending.answered, until, this.#stopped]);
  }

  /** Ends look-ups that go on. */
  close(): void {
    for (const { controller } of this.#pending.values()) controller.abort();
    this.#pending.clear();
  }

  async #ask(sought: SoughtTask, signal: AbortSignal): Promise<void> {
    const { lookup, store } = this.#tools;
    const { fingerprint, pins, whole } = sought;
    try {
      const fetched = await lookup(this.#question(sought), store.blobs, signal);
      if (fetched !== undefined && !signal.aborted) this.#take(fetched, fingerprint, pins);
    } catch (error) {
      if (!signal.aborted) this.#warn(error);
    }
    if (!signal.aborted) this.#answered.set(fingerprint, whole);
  }

  #question({ task, fingerprint, description, pins, whole, isKnown, isBusy }: SoughtTask): Sought {
    const asked = { fingerprint, isBusy, ...(whole ? {} : { brings: () => false }) };
    if (!findsInputs(task) || isKnown) return asked;
    const withFound = (paths: readonly string[]): Fingerprint | undefined => {
      const found = pins.present(paths);
      return found === undefined ? undefined : fingerprintOf({ ...description, found }, this.#tools.store.hasher);
    };
    return { ...asked, withFound };
  }

  #take(fetched: Fetched, asked: Fingerprint, pins: RunPins): void {
    const { commits, store } = this.#tools;
    const { hasher } = store;
    if (!isResultOf(fetched, asked, hasher)) throw new Error("the answer is the result of something else");
    const { entry, record } = fetched;
    const { description } = record;
    const known = store.history.record(record.id);
    if (known !== undefined && known.fingerprint !== record.fingerprint)
      throw new Error("the answer bears the id of another attempt");
    const found = { static: staticFingerprint(description, hasher), paths: Object.keys(description.found ?? {}) };
    const nodes = pins.sets.nodesOf(description);
    const isWhole = entry.outputs.every(({ identity }) => isStored(store.blobs, identity));
    commits.add({
      entry: isWhole ? entry : { ...entry, deferred: true },
      ...(known === undefined ? { record } : {}),
      nodes,
      ...(description.found === undefined ? {} : { found }),
    });
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#tools.emit({ kind: "diagnostic", diagnostic: failedLookup(error) });
  }
}

/** Undefined: no look-ups in this run. A result that may not be stored cannot be fetched. */
export function openLookups(
  { lookup, cacheRead, cacheWrite, dry }: RunOptions,
  tools: Omit<LookupTools, "lookup">,
): Lookups | undefined {
  return lookup === undefined || !cacheRead || !cacheWrite || dry ? undefined : new Lookups({ ...tools, lookup });
}

function failedLookup(error: unknown): Diagnostic {
  return {
    code: "INC4224",
    severity: "warning",
    message: `results cannot be looked up elsewhere: ${messageOf(error)}`,
    notes: [
      { message: "what is not in the store of this workspace runs here; further failures of this run are not shown" },
    ],
    help: ["check that what answers look-ups can be reached"],
  };
}
