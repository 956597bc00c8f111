import { statSync } from "node:fs";
import { join } from "node:path";
import { Notices } from "../host/events/notices.ts";
import { defined } from "../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Version } from "../model/entry.ts";
import { NOTIFY_FILE, type Store } from "../store/store.ts";

/** A version as subscribers get it: with `epoch` its `seq` is a place that no other store mistakes for its own. */
export type Followed = Version & { readonly epoch: string };

/** A place in the sequence. */
export interface Position {
  /** Absent: whatever store there is. */
  readonly epoch?: string;
  readonly seq: number;
}

/** `EPOCH:SEQ`, or `SEQ` alone; undefined: it is neither. */
export function parsePosition(text: string): Position | undefined {
  const match = /^(?:([0-9a-f]{12}):)?(\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, epoch, seq] = match;
  return { ...defined({ epoch }), seq: Number(seq) };
}

/** How many versions are read at once. */
const BATCH = 256;

export interface FollowOptions {
  /** Versions after this place in the sequence. Absent: those that come from now on. */
  readonly since?: Position;
  readonly signal: AbortSignal;
  /** Called once nothing that comes can be missed. */
  readonly onReady?: () => void;
}

/**
 * Versions in the order of the sequence, each at least once, as they are committed by any process. A subscriber that remembers the
 * `seq` of what it has dealt with goes on from there after a restart. Ends when it is aborted; throws a DiagnosticError
 * when the store is, or was, replaced by another one, in which the sequence begins anew.
 */
export async function* follow(store: Store, options: FollowOptions): AsyncIterableIterator<Followed> {
  const { signal } = options;
  const notices = new Notices(join(store.directory, NOTIFY_FILE));
  const data = join(store.directory, "data.mdb");
  const inode = inodeOf(data);
  store.refresh();
  const { epoch } = store;
  const head = store.history.seq;
  let seq = options.since?.seq ?? head;
  if (options.since?.epoch !== undefined && options.since.epoch !== epoch)
    throw new DiagnosticError(replaced(store.directory));
  if (seq > head) throw new DiagnosticError(pastHead(seq, `${epoch}:${head}`));
  try {
    options.onReady?.();
    while (!signal.aborted) {
      // Read whole before any is handed out: no read transaction lives while a subscriber works on a version.
      store.refresh();
      const batch = [...store.history.since(seq, BATCH)];
      for (const version of batch) {
        yield { ...version, epoch };
        seq = version.seq;
        if (signal.aborted) return;
      }
      if (batch.length < BATCH) await notices.next(signal);
      if (inodeOf(data) !== inode) throw new DiagnosticError(replaced(store.directory));
    }
  } finally {
    notices.close();
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function pastHead(seq: number, head: string): Diagnostic {
  return {
    code: "INC3021",
    severity: "error",
    message: `the sequence ends at ${head}, so it has no place ${seq}`,
    notes: [{ message: "the store may have been replaced, which begins a new sequence" }],
    help: ["begin with --since 0, and remember EPOCH:SEQ, which detects a replaced store"],
  };
}

function replaced(directory: string): Diagnostic {
  return {
    code: "INC3013",
    severity: "error",
    message: `the store in "${directory}" was replaced, so its sequence begins anew`,
    help: ["begin again: inc subscribe --since 0"],
  };
}
