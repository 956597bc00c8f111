import type { Executor } from "../../execute/executor.ts";
import type { LogFiles } from "../../execute/log-files.ts";
import type { ManifestUse } from "../../execute/worker/protocol.ts";
import type { CachedGraph } from "../../graph/cached.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { Artifact } from "../../model/entry.ts";
import type { Emit } from "../../model/event.ts";
import type { Graph, ParamValue, Task } from "../../model/graph.ts";
import type { Services } from "../../services/services.ts";
import type { CommitQueue } from "../../store/commit-queue.ts";
import type { Journal } from "../../store/journal.ts";
import type { Store } from "../../store/store.ts";
import type { Artifacts } from "../../workspace/artifacts.ts";
import type { Ledger } from "../../workspace/ledger.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import type { PinnedObjects } from "../decide/pinned-objects.ts";
import type { QuickCheck } from "../decide/quick.ts";
import type { InPlaceWork } from "./in-place.ts";
import type { Lookups } from "./lookups.ts";
import type { RunOptions } from "./options.ts";
import type { Tally } from "./tally.ts";

/** What all rounds of one run share. */
export interface Session {
  /** Id of the run. */
  readonly run: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly options: RunOptions;
  readonly workspace: Workspace;
  readonly store: Store;
  /** Undefined with --dry, which changes nothing. */
  readonly journal: Journal | undefined;
  readonly graph: Graph;
  /** The graph with what it was made of. */
  readonly cached: CachedGraph;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** In topological order, with everything upstream. */
  readonly tasks: readonly Task[];
  /** Ids of the tasks that were asked for by name. */
  readonly named: ReadonlySet<string>;
  /** True when which tasks these are depends on more than the names that were given: on a directory, on changed files. */
  readonly narrowed: boolean;
  /** Ids of tasks that updated their own inputs in this run and had to run once more. */
  readonly updated: Set<string>;
  readonly jobs: number;
  readonly ledger: Ledger;
  readonly artifacts: Artifacts;
  readonly commits: CommitQueue;
  readonly executor: Executor;
  readonly logs: LogFiles;
  readonly tally: Tally;
  /** Undefined when the snapshot of the last run cannot shorten decisions. */
  readonly quick: QuickCheck | undefined;
  readonly emit: Emit;
  /** Ends all attempts: after an interrupt, or a failure without --keep-going. */
  readonly stop: AbortController;
  /** Task → its success in this run: a later round does not repeat it unless something has changed for it. */
  readonly done: Map<string, Done>;
  readonly inPlace: InPlaceWork;
  /** Task → its last attempt in doubt. */
  readonly doubts: Map<string, Doubt>;
  /** When each attempt of this run began and ended. */
  readonly intervals: AttemptTime[];
  /** Name of a parameter, variable or tool → digest of the version that was noted last. */
  readonly noted: Map<string, Digest>;
  readonly objects: PinnedObjects;
  /** Undefined when the pipeline has none, or none is to be started. */
  readonly services: Services | undefined;
  /** Undefined: there is nothing to ask for results elsewhere. */
  readonly lookups: Lookups | undefined;
  /** Fingerprints of deferred results whose bytes could not be brought: their tasks run. */
  readonly lost: Set<Fingerprint>;
  /** Ids of tasks in whose places something is that must not be removed, so that their outputs are brought. */
  readonly undeferred: Set<string>;
  /** Ids of the services that run though no attempt needs them. */
  readonly asked: ReadonlySet<string>;
  /** Indexes of what functions reach, in the graph's table of code, whose texts this run has stored. */
  readonly codeKept: Set<number>;
  /** Names of the tasks and groups whose functions left something in their processes. */
  readonly leaking: Set<string>;
  /** Task → fingerprint with which it failed in this run: no later round tries the same again. */
  readonly failed: Map<string, Fingerprint>;
  /** Task → fingerprint with which it failed while something else changed its inputs or outputs: it is tried once more with that one. */
  readonly disturbed: Map<string, Fingerprint>;
  /** What functions are found by, the same object each time. */
  manifestUse(): ManifestUse;
  /** Path of each declared output → id of its task. */
  makers(): ReadonlyMap<string, string>;
  /** The id of the next attempt. */
  nextAttempt(): string;
}

export interface Done {
  readonly fingerprint: Fingerprint;
  readonly outputs: readonly Artifact[];
  readonly log?: Digest;
  /** False: the store has no such result, so that the next run makes it again. */
  readonly isStored: boolean;
}

/** When an attempt ran, by the file system's clock in nanoseconds. */
export interface AttemptTime {
  readonly task: string;
  readonly from: bigint;
  readonly to: bigint;
}

/** An attempt whose inputs were touched while it ran, though they have the content that they had. */
export interface Doubt {
  readonly fingerprint: Fingerprint;
  readonly outputs: readonly Artifact[];
  /** The number of attempts in doubt with this fingerprint, including this one. */
  readonly attempts: number;
}
