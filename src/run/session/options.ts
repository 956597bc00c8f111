import type { Changes } from "../../access/affected/changes.ts";
import type { Elsewhere, Executor } from "../../execute/executor.ts";
import type { LocalPlace } from "../../execute/local/local-command.ts";
import type { WorkerPool } from "../../execute/worker/pool.ts";
import type { CachedGraph } from "../../graph/cached.ts";
import type { Reason } from "../../model/decision.ts";
import type { Change, Description, SetNode } from "../../model/description.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { Download } from "../../model/download.ts";
import type { AttemptRecord, RemoteUse } from "../../model/entry.ts";
import type { Emit } from "../../model/event.ts";
import type { Task } from "../../model/graph.ts";
import type { Services } from "../../services/services.ts";
import type { Lookup, Sharing } from "../../store/remote/remote.ts";
import type { OpeningLook } from "../../workspace/snapshot-check.ts";
import type { Cancellation } from "./cancellation.ts";

/** An attempt as watch sees it. */
export interface CancellableAttempt {
  readonly cancellation: Cancellation;
  /** True once a published object that it reads has a later version than the one it was given. */
  isReplaced(): boolean;
}

/** What a task is made of at present. */
export interface Present {
  /** Without found inputs. */
  readonly description: Description;
  /** Without found inputs, unless a result for them is known. */
  readonly fingerprint: Fingerprint;
  /** @param load Nodes of its sets that are not known here. */
  differencesFrom(before: Description, load: (digest: Digest) => SetNode | undefined): readonly Change[];
}

/** What watch remembers from one run to the next, and how it reaches into the present one. */
export interface Resident {
  /** Task → fingerprint with which it failed: it is not tried again with the same one. */
  readonly failed: Map<string, Fingerprint>;
  /** Task → fingerprint with which it failed while something else changed its inputs or outputs: it is tried once more with that one. */
  readonly disturbed: Map<string, Fingerprint>;
  /** Task → its attempt, while one is under way. */
  readonly attempts: Map<string, CancellableAttempt>;
  /** Attempts are cancelled when their inputs change. */
  readonly cancels: boolean;
  /** Each has the present round end because of changed paths and the next one plan anew; attempts continue. */
  readonly replans: Set<(paths: readonly string[]) => void>;
  /** Paths that kept changing during the run before (INC4203). */
  readonly unsettled: Set<string>;
  /** Until when the shared cache is not asked, in milliseconds since the epoch. */
  readonly remote: { restsUntil: number };
  /** True for a task that reads or makes a changed path: such tasks start first. */
  isUrgent(task: Task): boolean;
  /** Takes work that may be done after the run. */
  later(work: () => void): void;
}

/** A task whose latest result was accepted for its inputs as they are now (`inc accept`). */
export interface Accepted {
  readonly task: string;
  /** The attempt that made the result. */
  readonly record: AttemptRecord;
  /** Why the task would have run. */
  readonly reason: Reason;
}

/** What a round goes over. */
export interface RoundTasks {
  /** The graph, with what it was made of. */
  readonly cached: CachedGraph;
  readonly tasks: readonly Task[];
  /** Ids of those that the request names. */
  readonly named: ReadonlySet<string>;
}

/** What a run is asked to do. Nothing here comes from the manifest. */
export interface RunOptions {
  /** Absolute path of the manifest. */
  readonly manifest: string;
  /** Absolute path of the workspace. */
  readonly workspace: string;
  /** Names as given; none: the manifest's default. */
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  /** Appended to the commands of the named tasks (`-- args`). */
  readonly extra: readonly string[];
  readonly dry: boolean;
  /** Forces the named tasks, or all when none is named. */
  readonly force: boolean;
  /** `4` or `50%`; undefined: INC_JOBS, the manifest's `config`, or all cores. */
  readonly jobs?: string;
  readonly keepGoing: boolean;
  /**
   * An output directory with files that inc did not write is preserved as a version and replaced, instead of refused.
   */
  readonly adopt: boolean;
  readonly cacheRead: boolean;
  readonly cacheWrite: boolean;
  /** Only results that are found are taken: no task runs. */
  readonly resultsOnly?: true;
  /** Called when a round begins: after an expansion it has other tasks than the one before. */
  readonly onRound?: (tasks: RoundTasks) => void;
  /** Present: named tasks that would run do not, and their latest results are accepted. Called for each of those. */
  readonly onAccepted?: (accepted: Accepted) => void;
  /** Address at which results are shared; absent: INC_REMOTE, the manifest's `config`, or nowhere. */
  readonly remote?: string;
  /** Which outputs are brought from there; absent: INC_REMOTE_DOWNLOAD, the manifest's `config`, or all. */
  readonly download?: Download;
  /** What that comes to; absent: all. */
  readonly brings?: Download;
  /** Milliseconds to wait for another run in this workspace; Infinity: as long as it takes. */
  readonly lockWait: number;
  /** Emits the stored logs of fresh and restored tasks as well. */
  readonly replay: boolean;
  /** Emits what commands print while they run. */
  readonly follow?: boolean;
  /** The command line as typed, shown to runs that wait for this one. */
  readonly command: string;
  /** Only tasks that these affect run, with what they need. */
  readonly changes?: Changes;
  /** What was seen in the workspace before the run. */
  readonly look?: OpeningLook | undefined;
  /** Ends the run: attempts are ended, waiting tasks are not started. */
  readonly signal: AbortSignal;
  /** Opens the services of a pipeline that has some; the caller closes them. Absent: none is started. */
  readonly services?: (emit: Emit) => Promise<Services>;
  /** Gives what executes attempts, by what executes them on this machine; absent: that does. */
  readonly executor?: (local: Executor, place: LocalPlace) => Executor;
  /** What that reaches beside this machine. Absent: nothing. */
  readonly elsewhere?: Elsewhere;
  /** Processes for functions, where they are to outlive the run; the caller closes them. */
  readonly workers?: WorkerPool;
  /** Asks for results that the store does not have. Absent: there is nothing to ask. */
  readonly lookup?: Lookup;
  /** Uploads the results that this run makes. Absent: it shares none. */
  readonly sharing?: Sharing;
  /** What the run has had of a shared cache so far. Absent: there is none. */
  readonly remoteUse?: () => RemoteUse | undefined;
  /** Called for each task of which it is known what it is made of, fresh or not. */
  readonly onAssessed?: (task: string, present: Present) => void;
  /** Present under watch. */
  readonly resident?: Resident;
}
