import { dirname } from "node:path";
import { ancestors } from "../model/path.ts";
import { type Disk, MAX_LINKS } from "./disk.ts";
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
  const paths: string[] = [];
  for (const { path, stat } of there) {
    if (!isBefore(stat.ctime, time)) return true;
    paths.push(path);
  }
  const holders = new Set<string>();
  for (const path of absent) {
    holders.add(dirname(path));
    paths.push(path);
  }
  for (const holder of holders) if (mayHaveLeftSince(holder, time, disk)) return true;
  return isAnyWayMovedSince(time, paths, disk);
}

/** True when something may have left a directory since, or that went itself. What is in a link is in what it leads to. */
function mayHaveLeftSince(directory: string, time: bigint, disk: Disk): boolean {
  let at = directory;
  for (let links = 0; links < MAX_LINKS; ) {
    const stat = disk.stat(at);
    if (stat === undefined) {
      // The root of the file system is always there.
      at = dirname(at);
      continue;
    }
    if (!isBefore(stat.ctime, time)) return true;
    const target = stat.type === "symlink" ? disk.target(at, disk.text(at)) : undefined;
    if (target === undefined) return stat.type === "symlink";
    at = target;
    links += 1;
  }
  return true;
}

/**
 * True when a directory or link on the way to one of these paths was put in its place since a time, or may have been: what looks as it did
 * may have been another file then.
 * @param paths Cheapest where those of a directory follow one another.
 */
export function isAnyWayMovedSince(time: bigint, paths: Iterable<string>, disk: Disk): boolean {
  const ways = new Set<string>();
  let last: string | undefined;
  for (const path of paths) {
    const directory = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (directory === last) continue;
    last = directory;
    for (const above of ancestors(path)) {
      // With all that is above it.
      if (ways.has(above)) break;
      ways.add(above);
    }
  }
  for (const way of ways) if (isMovedSince(way, time, disk)) return true;
  return false;
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
