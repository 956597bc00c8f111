/**
 * True for a path relative to a directory that names something in it: normalized, with `/`, nothing that leads up. What
 * stands in a store, a journal or a record may have been written by anybody: it is no path before this says so.
 */
export function isInnerPath(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || path.includes("\0")) return false;
  return path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

/** Where inc and git keep their own: hooks and configuration of git are code. */
const RESERVED = /(^|\/)\.(inc|git)(\/|$)/i;

/** True for a workspace path where no task and no version has its place. */
export function isReservedPath(path: string): boolean {
  return RESERVED.test(path);
}
