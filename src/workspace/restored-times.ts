/** Of more files than this the order is not recorded: all that are restored together get one time then. */
const MOST_ORDERED = 1000;

/**
 * Places in the order of making, for files with these times (nanoseconds). Undefined: there is no order to speak of.
 */
export function madeOrder(times: readonly bigint[]): readonly number[] | undefined {
  if (times.length < 2 || times.length > MOST_ORDERED) return undefined;
  const distinct = [...new Set(times)].sort((a, b) => (a < b ? -1 : 1));
  const places = new Map(distinct.map((time, place) => [time, place]));
  return times.map((time) => places.get(time) as number);
}

/** A file of a result that is being restored. */
export interface Placed {
  /** In the order of making. */
  readonly place: number;
  /** Nanoseconds since the epoch, of a file that was there before and stays. Absent: it has just been written. */
  readonly keptTime?: bigint;
}

/** The greatest time that this process gave, in microseconds. */
let latest = 0;

/**
 * Times that no file of an earlier restore has, nor any that was written before. @returns The first, in microseconds.
 */
function reserve(count: number): number {
  const first = Math.max((Date.now() + 1) * 1000 - count + 1, latest + 1);
  latest = first + count - 1;
  return first;
}

/**
 * The times that restored files get, in microseconds since the epoch, in the order of `files`; undefined: a file retains
 * its own. They are newer than whatever the result was made of, and rise in the order of making: neither make nor an index
 * that has to be newer than its data (tabix, samtools) sees anything out of date. The times of the attempt itself would
 * be older than inputs that were edited and put back. A file that was made before one that is still in place is not
 * newer than that one.
 */
export function restoredTimes(files: readonly Placed[]): readonly (number | undefined)[] {
  const places = [...new Set(files.map(({ place }) => place))].sort((a, b) => b - a);
  const first = reserve(places.length);
  const times = new Map<number, number>();
  let bound = Number.POSITIVE_INFINITY;
  for (const [i, place] of places.entries()) {
    const ownTimes = files.flatMap((file) =>
      file.place === place && file.keptTime !== undefined ? [file.keptTime] : [],
    );
    const own = ownTimes.map((time) => Number(time / 1000n));
    const time = Math.min(first + places.length - 1 - i, bound - 1, ...own);
    times.set(place, time);
    bound = Math.min(bound, time);
  }
  return files.map(({ place, keptTime }) => (keptTime === undefined ? times.get(place) : undefined));
}
