import type { Stray } from "../host/process/tree.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Outcome, RayRun } from "../model/entry.ts";
import type { Task } from "../model/graph.ts";
import type { Identity } from "../model/identity.ts";
import type { TaskCommand } from "./task-command.ts";
import type { UndeclaredUse } from "./undeclared-use.ts";
import type { Batch } from "./worker/batch.ts";
import type { ManifestUse } from "./worker/protocol.ts";

/**
 * Where attempts are executed: on this machine (`local/`), or elsewhere. Everything before and after that is the run's: what an
 * attempt reads stands in the workspace when it begins, the places of its outputs are empty, and what it made is checked,
 * stored and recorded once it stands in the workspace.
 */
export interface Executor {
  /** Stands in the records of its attempts. */
  readonly name: string;
  /**
   * Executes an attempt to its end: when this resolves, nothing of it runs any more, and its outputs, its depfiles and what it
   * changed in place (`mutates`) stand in the workspace. Never rejects for what a command does.
   */
  execute(attempt: Attempt): Promise<AttemptResult>;
  /** The run has ended. What is held ready for more attempts may go; a later run may execute attempts again. */
  close(): void;
}

/** Machines beside this one, which execute the attempts of some tasks. */
export interface Elsewhere {
  takes(task: Task): boolean;
  readonly isOpen: boolean;
  /** Connects, unless that is done. Resolves also once the signal is aborted. Throws a DiagnosticError. */
  open(signal: AbortSignal): Promise<void>;
  /** Of each resource how much there is of it there, by inc's names. Empty before it is connected. */
  readonly capacity: ReadonlyMap<string, number>;
}

/** One attempt to run a task's command. */
export interface Attempt {
  /** Unique. Every process of the attempt carries it in the variable `INC_ATTEMPT`, by which it is found and ended. */
  readonly id: string;
  /** With its task: outputs, time-out, working directory. */
  readonly command: TaskCommand;
  /** What a function is found by. Asked for only where the task has one. */
  manifest(): ManifestUse;
  /** What has to stand where it runs. Asked for only by executors that bring it there: of a set these are all members. */
  inputs(): Iterable<NeededInput>;
  /** What inc wrote last at a workspace path that is, or is below, the place of an output. Asked for only where that spares a transfer. */
  earlier(path: string): EarlierFile | undefined;
  /** Names of the packages that a Python function uses. Asked for only where it is brought elsewhere. */
  packages(): readonly string[];
  /** Absolute path, on this machine, of the file that takes what the command prints, secrets masked. Its directory may be missing. */
  readonly log: string;
  /**
   * Takes what the command prints, soon after it prints it, secrets masked. The bytes are valid during the call. `host`: the name
   * of the machine, where it is another one.
   */
  readonly onOutput?: ((bytes: Buffer, host?: string) => void) | undefined;
  /** Called when a function says how far it has come. */
  onProgress(done: number, total: number): void;
  /** Those that one call of their function makes. Absent: it has a call of its own. */
  readonly batch?: AttemptBatch | undefined;
  /** Ends the attempt with everything that it started. */
  readonly signal: AbortSignal;
  /** To be called when the command starts. @param display The command as a person would type it there. */
  onStart(display: string): void;
  /** To be called with the name of another machine when it begins there; once more where it begins anew on the next one. */
  onPlaced(host: string): void;
  /**
   * To be called at once with the leader of each process group that runs for the attempt on this machine: the next inc ends it
   * when this one is killed. What runs elsewhere has to notice by itself.
   */
  onSpawn(pid: number): void;
  /** To be called when nothing of it runs any more where it ran, and its outputs have yet to come: others may start there. */
  onVacated(): void;
  /** To be awaited before something of it runs anew. Resolves also once the signal is aborted. */
  retake(): Promise<void>;
}

export type AttemptBatch = Batch<Attempt, AttemptResult>;

/** A file as an earlier attempt of a task made it. */
export interface EarlierFile {
  readonly digest: Digest;
  /** Absolute path of a file with its content, which may go, or be damaged. */
  readonly file: string;
}

export interface NeededInput {
  /** Relative to the workspace, or absolute: a program outside of it, or an object of a store outside of it. */
  readonly path: string;
  /** What it has to be: the digest of a file or of a directory's listing, the text of a symlink. */
  readonly identity: Identity;
}

export interface AttemptResult {
  readonly outcome: Outcome;
  /** Name of the machine; absent: it never came to one. */
  readonly host?: string;
  /** Name of the executor, where the one that was asked left it to another. */
  readonly executor?: string;
  /** Of an attempt on a Ray cluster. */
  readonly cluster?: RayRun;
  /** Absent when a signal ended it or it never started. */
  readonly exit?: number;
  readonly signal?: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Bytes. */
  readonly logSize: number;
  /** Why it could not be started. */
  readonly diagnostics?: readonly Diagnostic[];
  /** Processes that left the command's group and ran on when it had ended by itself; ended since. */
  readonly strays?: readonly Stray[];
  /** Of a function alone. */
  readonly function?: FunctionUse;
}

/** What an attempt of a function was seen to do. */
export interface FunctionUse {
  /** The modules of the manifest that were loaded, by absolute path, with the digest of what was loaded. */
  readonly modules: readonly (readonly [path: string, digest: Digest])[];
  /** Absolute paths of the modules that were asked for while the function ran. */
  readonly late: readonly string[];
  /** What it did with files that its task does not declare. */
  readonly undeclared: readonly UndeclaredUse[];
  /** What it left in its process, which was ended for it, in words. */
  readonly leaks: readonly string[];
}
