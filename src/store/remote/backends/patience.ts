import { RemoteError } from "./backend.ts";

/** How long a connection may take to be made, in milliseconds. */
export const CONNECT = 2000;
/** How long the answer to a look-up may take. */
export const ANSWER = 3000;
/** How long nothing may move once bytes flow. */
export const STALL = 3000;

/**
 * Resolves as the promise does, but not later than a time limit and not after the signal is aborted: a file system that hangs
 * cannot be interrupted, only left behind.
 * @param limit Milliseconds.
 * @param late What it rejects with when the time is over.
 */
export async function within<T>(
  promise: Promise<T>,
  limit: number,
  signal: AbortSignal,
  late = (): Error => new RemoteError("down", `did not answer within ${limit / 1000} s`),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limit);
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  // The promise may still fail after the time limit has ended the wait for it.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal.removeEventListener("abort", abort);
  }
}

/** The same bytes, each piece within the limit for stalls. */
export async function* unstalled(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await within(pieces.next(), STALL, signal);
      if (next.done === true) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: what stalls may never end.
    if (!isOver) pieces.return?.()?.catch(() => {});
  }
}

/** How often something is tried that was asked for by a person, and the pauses before each further time, in milliseconds. */
const PAUSES = [500, 2000];
/** The longest pause that a store may ask for. */
const LONGEST_PAUSE = 30_000;

/** Does work that a person asked for, and tries again where a store did not answer, or asks for a pause. */
export async function insisting<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RemoteError) || error.trouble !== "down" || signal.aborted) throw error;
      const asked = error.retryAfter ?? pause;
      if (asked > LONGEST_PAUSE) throw error;
      await process.getBuiltinModule("node:timers/promises").setTimeout(asked, undefined, { signal });
    }
  }
  return work();
}
