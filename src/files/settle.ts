import type { Seen } from "./closing-look.ts";
import type { Known } from "./context.ts";
import { type RacyClock, sameStat } from "./racy-clock.ts";

/**
 * Reads again what an epoch saw in the very tick it was written in, once the clock has moved on.
 * Returns the paths whose content had changed by then.
 * @param limit Leaves alone what would be more than so many bytes altogether: the next run reads it.
 */
export function settle(seen: Seen, clock: RacyClock, limit: number): string[] {
  let left = limit;
  const open = [...seen.records.untrusted()].filter(({ stat }) => {
    left -= stat.type === "file" ? stat.size : 0;
    return left >= 0;
  });
  if (open.length === 0 || !clock.waitBeyond(open.map(({ stat }) => stat))) return [];
  return open.filter((before) => !isAsBefore(seen, before)).map(({ path }) => path);
}

/** Reads an untrusted path again. True: it has the content that it had. */
function isAsBefore({ disk, records, listings }: Seen, before: Known): boolean {
  const stat = disk.stat(before.path);
  if (stat === undefined) {
    records.miss(before.path);
    return false;
  }
  if (!sameStat(before.stat, stat)) return false;
  if (stat.type === "directory") return listings.isAsBefore(before);
  return records.read(before.path, stat).digest === before.digest;
}
