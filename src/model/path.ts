import { dirname, relative } from "node:path";

/**
 * True for a path relative to a directory that names something in it: normalized, with `/`, nothing that leads up. What
 * a store, a journal or a record holds may have been written by any program: it is no path before this says so.
 */
export function isInnerPath(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || path.includes("\0")) return false;
  return path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

/** Where the values of tasks lie, in every workspace alike: a shared result means the same place on each machine. */
export const VALUES = ".inc/values/";

/** The directories of inc and git: hooks and configuration of git are code. */
const RESERVED = /(^|\/)\.(inc|git)(\/|$)/i;

/** True for a workspace path where no task and no version has its place. Values have theirs among what is inc's own. */
export function isReservedPath(path: string): boolean {
  return RESERVED.test(isValuePath(path) ? path.slice(VALUES.length) : path);
}

/** True for the place of a task's value. */
export function isValuePath(path: string): boolean {
  return path.startsWith(VALUES) && path.endsWith(".json");
}

/**
 * True for a directory and for all that is in it. `.` and the empty path are the workspace, in which every relative
 * path is.
 */
export function isWithin(path: string, directory: string): boolean {
  if (directory === "." || directory === "") return !path.startsWith("/");
  return path === directory || path.startsWith(directory === "/" ? directory : `${directory}/`);
}

/** True when one of two paths is the other one or in it. */
export function overlap(a: string, b: string): boolean {
  return isWithin(a, b) || isWithin(b, a);
}

/** True for each of these paths and for all that is in them. */
export function isWithinAny(path: string, directories: ReadonlySet<string>): boolean {
  if (directories.size === 0) return false;
  if (directories.has(path)) return true;
  // Without a generator: this is asked of each of 100,000 outputs.
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
    if (directories.has(path.slice(0, slash))) return true;
  return false;
}

/** The directories that a path is in, from the nearest up, without the workspace itself and without the root. */
export function* ancestors(path: string): IterableIterator<string> {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
    yield path.slice(0, slash);
}

/** A directory and all above it, up to the root, or to `.` of a relative path. */
export function* upward(directory: string): IterableIterator<string> {
  for (let at = directory, below = ""; at !== below; at = dirname(at)) {
    yield at;
    below = at;
  }
}

/**
 * True for a normalized relative path that leads out of the directory that it is relative to, and for an absolute one.
 */
export function leadsOut(path: string): boolean {
  return path === ".." || path.startsWith("../") || path.startsWith("/");
}

/** An absolute path as the workspace names it: relative to its root, or absolute outside of it. */
export function workspacePath(root: string, absolute: string): string {
  const inside = relative(root, absolute);
  if (inside === "") return ".";
  return leadsOut(inside) ? absolute : inside;
}
