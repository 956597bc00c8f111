import { statOf } from "../host/files/stat.ts";
import type { PackedIndex } from "./packed/pack.ts";

/**
 * Looks again at paths of a packed index, in one thread: of 100,000 a second one could take a half, but costs 40 ms of
 * processor time to start and slows the first (420 ms with it, 300 without).
 * @param root Absolute path that relative ones are taken from.
 * @returns By id: 1 for a path that looks as it did, and was not changed in the very tick in which it was read.
 */
export function lookAt(index: PackedIndex, ids: Uint32Array, root: string): Uint8Array {
  const place = placesIn(root);
  const same = new Uint8Array(index.count);
  for (const id of ids) if (looksSame(index, id, place(index.path(id)))) same[id] = 1;
  return same;
}

/** Gives where paths are. With a relative one, the kernel need not walk to the workspace each time. */
export function placesIn(root: string): (path: string) => string {
  const prefix = process.cwd() === root ? "" : `${root}/`;
  return (path) => (path.startsWith("/") ? path : prefix + path);
}

/**
 * True when a path looks as it did, and was not changed in the very tick in which it was read. What can no longer be examined is
 * something else.
 * @param place Where the path is.
 */
export function looksSame(index: PackedIndex, id: number, place: string): boolean {
  try {
    const stat = statOf(place);
    return stat !== undefined && index.trusted(id) && index.matches(id, stat);
  } catch {
    return false;
  }
}
