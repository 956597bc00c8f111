import { dirname } from "node:path";
import type { Session } from "./session.ts";

/**
 * Tasks whose commands ran when something was last written, moved or removed at a path or below it: one of them did
 * that, or a process outside of this run. The times of the file system are the only evidence.
 */
export function writersOf(session: Session, path: string, owner?: string): readonly string[] {
  const time = lastChange(session, path);
  const running = session.intervals.filter(({ task, from, to }) => task !== owner && from <= time && time <= to);
  return [...new Set(running.map(({ task }) => task))];
}

export function saidOfWriters(writers: readonly string[]): string {
  if (writers.length === 0) return "while none of the other tasks ran: by something that is not part of the pipeline";
  const names = writers.map((task) => `"${task}"`).join(", ");
  return `while ${writers.length === 1 ? `task ${names}` : `one of the tasks ${names}`} ran`;
}

/** Nanoseconds. Of what is gone, when the nearest directory above that is still there lost an entry. */
function lastChange({ workspace }: Session, path: string): bigint {
  const { files, index } = workspace;
  const ctime = (at: string): bigint | undefined => files.stat(workspace.absolute(at))?.ctime;
  let at = path;
  for (; ctime(at) === undefined && at !== dirname(at); at = dirname(at));
  const inside = at === path ? (index.identifyTree(path)?.listing ?? []) : [];
  const around = new Set([at]);
  for (const entry of inside) {
    const whole = `${path}/${entry.path}`;
    around.add(whole);
    around.add(dirname(whole));
  }
  return [...around].reduce((latest, each) => max(latest, ctime(each) ?? 0n), 0n);
}

/** Math.max takes no bigint. */
function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
