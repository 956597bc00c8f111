/** The folders of src whose phases can be traced, as `INC_DEBUG` names them. */
export const ROOMS = ["access", "execute", "files", "lineage", "plan", "run", "store", "watch"] as const;

export type Room = (typeof ROOMS)[number];

/** One piece of inc's own work. */
export interface Phase {
  readonly room: Room;
  /** `load`, `pin`, `decide`, `store`, `commit`, `sweep`, `save`, … */
  readonly name: string;
  /** Its subject: a task, or the number of paths. */
  readonly detail?: string;
  /** In milliseconds, as `performance.now`: in times since the epoch, nested phases would seem to overlap. */
  readonly started: number;
  /** Milliseconds, with fractions. */
  readonly duration: number;
}

/** The listeners of this process. Without one, the usual case, a phase costs one comparison. */
const listeners = new Set<(phase: Phase) => void>();

/** Calls the listener with each phase when it ends, until the function that is returned is called. */
export function followPhases(listener: (phase: Phase) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The parts of a piece of work that were timed. */
interface Parts {
  /** As `performance.now`, of the first. */
  started: number;
  duration: number;
  count: number;
}

/** What `part` adds to; undefined, the usual case: parts are not timed. */
let parts: Parts | undefined;

/** Does a piece of work, which may be a promise, and reports to the listeners how long it took. */
export function phase<T>(room: Room, name: string, work: () => T, detail?: () => string): T {
  if (listeners.size === 0) return work();
  const started = performance.now();
  const end = (): void => {
    const duration = performance.now() - started;
    emit({ room, name, ...(detail === undefined ? {} : { detail: detail() }), started, duration });
  };
  let ended = true;
  try {
    const result = work();
    if (!(result instanceof Promise)) return result;
    ended = false;
    return result.finally(end) as T;
  } finally {
    if (ended) end();
  }
}

/**
 * Does a piece of work, and reports as one phase the `part`s that are scattered over it: how many, and how long they took
 * together. Of a promise, only what is done at once.
 */
export function phaseOfParts<T>(room: Room, name: string, work: () => T): T {
  if (listeners.size === 0) return work();
  const around = parts;
  const own: Parts = { started: 0, duration: 0, count: 0 };
  parts = own;
  try {
    return work();
  } finally {
    parts = around;
    const { started, duration, count } = own;
    if (count > 0) emit({ room, name, detail: `${count} looks`, started, duration });
  }
}

/** Does a small piece of work, of which there are many. Parts do not contain one another. */
export function part<A, T>(work: (argument: A) => T, argument: A): T {
  const own = parts;
  if (own === undefined) return work(argument);
  const started = performance.now();
  if (own.count === 0) own.started = started;
  own.count += 1;
  try {
    return work(argument);
  } finally {
    own.duration += performance.now() - started;
  }
}

function emit(phase: Phase): void {
  for (const listener of listeners) listener(phase);
}
