import { type Decision, type Reason, UNCHANGED } from "./decision.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Outcome } from "./entry.ts";
import type { Ready } from "./graph.ts";
import type { Location } from "./location.ts";

/** How a task ended in this run. `would-run` and `would-restore` only with --dry. */
export type TaskResult =
  | "ran"
  | "restored"
  | "fresh"
  | "failed"
  | "skipped"
  | "cancelled"
  | "would-run"
  | "would-restore";

/**
 * Everything that a run emits: reports are made of this one union, in this order, and of nothing else. Times in
 * milliseconds.
 */
export type Event =
  | {
      readonly kind: "run-started";
      readonly run: string;
      readonly manifest: string;
      /** Ids, in topological order. */
      readonly tasks: readonly string[];
      readonly jobs: number;
      readonly dry: boolean;
      /** Since the epoch. */
      readonly time: number;
    }
  /** What an `each` fans out over was made: these tasks are part of the run as well. Ids. */
  | { readonly kind: "tasks-found"; readonly tasks: readonly string[] }
  | { readonly kind: "lock-waiting"; readonly holder: LockHolder }
  | { readonly kind: "diagnostic"; readonly diagnostic: Diagnostic }
  /** What no task makes any more, or was to be cleaned away, is gone from the workspace, or would be (with --dry). */
  | { readonly kind: "output-removed"; readonly path: string; readonly task: string; readonly dry: boolean }
  | { readonly kind: "task-decided"; readonly task: string; readonly decision: Decision; readonly time: number }
  /**
   * Tasks that are fresh, for nothing of theirs has changed since they were: `task-decided` and `task-ended` of each, in a run of thousands.
   * Only where a look at the workspace preceded the run.
   */
  | {
      readonly kind: "tasks-untouched";
      readonly tasks: readonly string[];
      /** What the attempt that made the result of each took. */
      readonly saved: readonly number[];
      readonly time: number;
    }
  | {
      readonly kind: "attempt-started";
      readonly task: string;
      /** 1 for the first. */
      readonly attempt: number;
      /** As a person would type it. Commands never hold secrets. */
      readonly command: string;
      /** From earlier attempts; undefined: not known. */
      readonly expected: number | undefined;
      /** Absolute path of the file that takes what it prints, as it prints it. */
      readonly log: string;
      readonly time: number;
    }
  | {
      /** The run connects to the machines beside this one, which may take long: `connected` follows, unless it fails or is stopped. */
      readonly kind: "connecting" | "connected";
      readonly time: number;
    }
  | {
      /** The attempt began on another machine; once more if it was lost there, and began anew on the next one. */
      readonly kind: "attempt-placed";
      readonly task: string;
      /** Its name. */
      readonly host: string;
      readonly time: number;
    }
  | {
      /** Only where the run is asked to follow what commands print. */
      readonly kind: "task-output";
      readonly task: string;
      /** Where it runs. Absent: on this machine. */
      readonly host?: string;
      /**
       * What it printed since the last one, secrets masked. It may begin and end within a line, and within a character.
       */
      readonly output: Buffer;
      readonly time: number;
    }
  /** A function says how far it has come. */
  | {
      readonly kind: "task-progress";
      readonly task: string;
      readonly done: number;
      readonly total: number;
      readonly time: number;
    }
  | {
      readonly kind: "attempt-ended";
      readonly task: string;
      readonly attempt: number;
      readonly outcome: Outcome;
      readonly exit: number | undefined;
      readonly signal: string | undefined;
      readonly duration: number;
      /** Another attempt follows after this many milliseconds. */
      readonly retryIn: number | undefined;
      readonly time: number;
    }
  | {
      readonly kind: "task-ended";
      readonly task: string;
      readonly result: TaskResult;
      readonly reason: Reason;
      /** False: its outputs are what they were before (early cutoff for dependents). */
      readonly changed: boolean;
      readonly duration: number;
      /** What the attempt that made the restored or fresh result took; 0 otherwise. */
      readonly saved: number;
      /** What the attempt printed, raw. Absent: nothing, or not asked for. */
      readonly output?: Buffer;
      /** For a failed one: the command, and how it ended. */
      readonly failure?: Failure;
      readonly time: number;
    }
  | { readonly kind: "run-ended"; readonly summary: Summary }
  | ServiceEvent;

/** What happens to services; under watch between runs, too. */
export type ServiceEvent =
  | {
      readonly kind: "service-started";
      readonly service: string;
      /** As a person would type it. */
      readonly command: string;
      readonly pid: number;
      readonly time: number;
    }
  | {
      readonly kind: "service-ready";
      readonly service: string;
      /** By what that was known. */
      readonly by: Ready;
      /** Since it was started. */
      readonly duration: number;
      readonly time: number;
    }
  /** A line that it printed, raw but for secrets, without its line feed. */
  | { readonly kind: "service-output"; readonly service: string; readonly line: string; readonly time: number }
  | {
      readonly kind: "service-ended";
      readonly service: string;
      readonly cause: ServiceEnd;
      readonly exit: number | undefined;
      readonly signal: string | undefined;
      /** It is started again after this many milliseconds. */
      readonly restartIn: number | undefined;
      readonly time: number;
    };

/**
 * Why a service no longer runs. `stopped`: no task needs it, or another one replaces it. `crashed`: it ended by itself.
 * `timeout`: it was not ready in time, and was ended. `unstartable`: its program does not exist, or its port is in use.
 */
export type ServiceEnd = "stopped" | "crashed" | "timeout" | "unstartable";

export interface Failure {
  /** Where the task is declared. */
  readonly location: Location;
  readonly command: string;
  readonly cwd: string;
  readonly outcome: Outcome;
  readonly exit: number | undefined;
  readonly signal: string | undefined;
  readonly attempts: number;
  /** Says what is wrong where the exit code does not: an output was not made, a depfile is unreadable … */
  readonly diagnostics: readonly Diagnostic[];
}

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Since the epoch. */
  readonly since: number;
  /** What it was called with, for messages: `inc run pipeline.ts`. */
  readonly command: string;
}

export interface Summary {
  readonly run: string;
  /** With --dry. */
  readonly dry: boolean;
  readonly ran: number;
  readonly restored: number;
  readonly fresh: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly wouldRun: number;
  /** How many of those run only when what runs before them makes something else. */
  readonly mayRun: number;
  readonly wouldRestore: number;
  /** Wall time of the run, and the time of the attempts whose results were used again. */
  readonly duration: number;
  readonly saved: number;
  readonly exit: 0 | 1 | 2 | 130;
}

/** Where events go. */
export type Emit = (event: Event) => void;

/** Gives events to a report that looks at each task by itself. */
export function* singly(event: Event): IterableIterator<Event> {
  if (event.kind !== "tasks-untouched") return yield event;
  const { tasks, saved, time } = event;
  for (const [i, task] of tasks.entries()) {
    yield { kind: "task-decided", task, decision: UNCHANGED, time };
    const ended = { kind: "task-ended", task, result: "fresh", reason: UNCHANGED.reason } as const;
    yield { ...ended, changed: false, duration: 0, saved: saved[i] as number, time };
  }
}
