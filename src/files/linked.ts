import type { DirectoryEntry } from "../host/files/host.ts";
import { isWithin } from "../model/path.ts";
import { MAX_LINKS } from "./disk.ts";
import type { FileIndex } from "./index.ts";

/** A directory's entries, also where a symlink leads to it: every link on the way is examined like any other input. */
export function listThrough(path: string, index: FileIndex): readonly DirectoryEntry[] | undefined {
  let at: string | undefined = path;
  for (let links = 0; at !== undefined && links <= MAX_LINKS; links += 1) {
    const entries = index.list(at);
    if (entries !== undefined) return entries;
    at = index.target(at);
  }
  return undefined;
}

/** Directories that were reached through a link: the path as it was reached → where it really is. */
export type Linked = ReadonlyMap<string, string>;

/** Where a path behind such links really is. */
export function realPath(path: string, linked: Linked): string {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const real = linked.get(path.slice(0, end));
    if (real !== undefined) return real + path.slice(end);
  }
  return path;
}

/** Every path under which a real path is reached through such links: the reverse of `realPath`. */
export function linkedPaths(real: string, linked: Linked): readonly string[] {
  return [...linked].flatMap(([path, leadsTo]) => {
    if (leadsTo === ".") return [`${path}/${real}`];
    return isWithin(real, leadsTo) ? [path + real.slice(leadsTo.length)] : [];
  });
}
