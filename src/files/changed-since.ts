import { dirname } from "node:path";
import { ancestors } from "../model/path.ts";
import type { Disk } from "./disk.ts";
import type { IndexRecord } from "./packed/pack.ts";
import { isBefore } from "./racy-clock.ts";

/** What was looked at. */
export interface Examined {
  readonly there: Iterable<Pick<IndexRecord, "path" | "stat">>;
  /** Paths where nothing is. */
  readonly absent: Iterable<string>;
}

/**
 * True when something may have been otherwise at a time: it was changed since, came, left, or was reached another way.
 * @param time Of the file system's clock, in nanoseconds.
 */
export function hasChangedSince(time: bigint, { there, absent }: Examined, disk: Disk): boolean {
  const ways = new Set<string>();
  for (const { path, stat } of there) {
    if (!isBefore(stat.ctime, time)) return true;
    for (const above of ancestors(path)) ways.add(above);
  }
  for (const path of absent) {
    if (mayHaveLeftSince(path, time, disk)) return true;
    for (const above of ancestors(path)) ways.add(above);
  }
  for (const way of ways) if (isMovedSince(way, time, disk)) return true;
  return false;
}

/** False where nothing is, if the directory that would hold it has not changed since. */
function mayHaveLeftSince(path: string, time: bigint, disk: Disk): boolean {
  for (let above = dirname(path); ; above = dirname(above)) {
    const stat = disk.stat(above);
    // The root of the file system is always there.
    if (stat !== undefined) return stat.type === "symlink" || !isBefore(stat.ctime, time);
  }
}

/** True for a directory or link that was put in its place since, or may have been. */
function isMovedSince(way: string, time: bigint, disk: Disk): boolean {
  const stat = disk.stat(way);
  if (stat === undefined || isBefore(stat.ctime, time)) return false;
  if (stat.type !== "directory" || stat.ctime !== stat.mtime) return true;
  // What comes and goes in a directory changes both its times, which hides that it was put there. That changed the one above.
  const above = disk.stat(dirname(way));
  return above?.type !== "directory" || !isBefore(above.ctime, time);
}
