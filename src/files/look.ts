import { statOf } from "../host/files/stat.ts";
import type { PackedIndex } from "./packed/pack.ts";

/**
 * Looks again at paths of a packed index, in one thread: of 100,000 a second one could take a half, but costs 40 ms of
 * processor time to start and slows the first (420 ms with it, 300 without).
 * @param root Absolute path that relative ones are taken from.
 * @returns By id: 1 for a path that looks as it did, and was not changed in the very tick in which it was read.
 */
export function lookAt(index: PackedIndex, ids: Uint32Array, root: string): Uint8Array {
  // With a relative path, the kernel need not walk to the workspace each time.
  const prefix = process.cwd() === root ? "" : `${root}/`;
  const same = new Uint8Array(index.count);
  for (const id of ids) {
    const path = index.path(id);
    try {
      if (looksSame(index, id, path.startsWith("/") ? path : prefix + path)) same[id] = 1;
    } catch {
      // What can no longer be examined is something else.
    }
  }
  return same;
}

/**
 * True when a path looks as it did, and was not changed in the very tick in which it was read.
 * @param place Where the path is.
 */
export function looksSame(index: PackedIndex, id: number, place: string): boolean {
  const stat = statOf(place);
  return stat !== undefined && index.trusted(id) && index.matches(id, stat);
}
