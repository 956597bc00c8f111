import { dirname } from "node:path";
import { setMatcher } from "../files/glob.ts";
import { type Linked, realPath } from "../files/linked.ts";
import { type BuiltSet, type SetTree, setTree } from "../fingerprint/sets.ts";
import type { Hasher } from "../host/files/host.ts";
import type { FileSet } from "../model/graph.ts";
import type { Identity } from "../model/identity.ts";
import type { Claims } from "./ledger.ts";

/** What a set's patterns match, outputs of tasks included. */
interface Expansion {
  readonly paths: readonly string[];
  readonly members: ReadonlySet<string>;
  /** Directories that have members. */
  readonly above: ReadonlySet<string>;
  /** Type of the members. */
  readonly type: "file" | "directory";
  readonly gitignore: boolean;
  matches(path: string): boolean;
}

/** What is now at a path that changed. */
type Now = "file" | "directory" | "link" | undefined;

interface Built {
  readonly expansion: readonly string[];
  readonly claims: Claims;
  readonly paths: readonly string[];
  readonly tree: SetTree;
  /** Paths that may differ from the tree. */
  readonly pending: Set<string>;
  /** Members of which not every change is reported: symlinks, for what they lead to, and files with other names. */
  readonly unwatched: Set<string>;
}

/** What sets are made of. */
export interface MemberSource {
  identify(path: string): Identity | undefined;
  /** True for a file, examined before, of which not every change is reported. */
  isUnwatched(path: string): boolean;
  readonly linked: Linked;
}

/** A set without what tasks make, and its tree. */
export interface CurrentSet extends BuiltSet {
  readonly paths: readonly string[];
}

/**
 * Sets of files as an earlier table had them, where a watcher reports changes: listed again only when a member may have
 * come or gone, digested again only where one has changed. So an edit costs what it changes, not what there is.
 */
export class WatchedSets {
  readonly #hasher: Hasher;
  readonly #expansions = new Map<string, Expansion>();
  readonly #built = new Map<string, Built>();

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  clear(): void {
    this.#expansions.clear();
    this.#built.clear();
  }

  /** @param typeOf What is at a path now. */
  changed(paths: Iterable<string>, typeOf: (path: string) => Now): void {
    if (this.#expansions.size === 0) return;
    for (const path of paths) {
      const now = typeOf(path);
      for (const [key, expansion] of this.#expansions)
        if (isOutdated(expansion, path, now)) this.#expansions.delete(key);
      for (const { pending } of this.#built.values()) pending.add(path);
    }
  }

  /**
   * @param key Of the set, and of all else that its members depend on.
   * @param expand Lists the members; `lasting`: whatever changes them will be reported.
   */
  expand(
    key: string,
    set: FileSet,
    type: Expansion["type"],
    expand: () => { readonly paths: readonly string[]; readonly lasting: boolean },
  ): readonly string[] {
    const known = this.#expansions.get(key);
    if (known !== undefined) return known.paths;
    const { paths, lasting } = expand();
    if (lasting)
      this.#expansions.set(key, {
        paths,
        members: new Set(paths),
        above: directoriesOf(paths),
        type,
        gitignore: set.gitignore,
        matches: setMatcher(set),
      });
    return paths;
  }

  /** @param expansion As `expand` gave it: the same array as long as nothing came or went. */
  current(set: FileSet, expansion: readonly string[], claims: Claims, source: MemberSource): CurrentSet {
    const key = JSON.stringify(set);
    const known = this.#built.get(key);
    if (known?.expansion === expansion && known.claims.equals(claims) && renew(known, source))
      return { ...known.tree.built(), paths: known.paths };
    const paths = unclaimed(expansion, claims, source.linked);
    const tree = setTree(paths, (path) => source.identify(path), this.#hasher);
    const unwatched = new Set([...tree.links, ...paths.filter((path) => source.isUnwatched(path))]);
    this.#built.set(key, { expansion, claims, paths, tree, pending: new Set(), unwatched });
    return { ...tree.built(), paths };
  }
}

/** Paths that no task makes, neither by themselves nor where links lead. */
export function unclaimed(paths: readonly string[], claims: Claims, linked: Linked): readonly string[] {
  return paths.filter((path) => !claims.has(path) && (linked.size === 0 || !claims.has(realPath(path, linked))));
}

/** Brings a set's tree up to date. False: a member is gone, though that was not reported. */
function renew({ tree, pending, unwatched }: Built, source: MemberSource): boolean {
  const open = [...[...pending].filter((path) => tree.has(path)), ...unwatched];
  for (const path of open) {
    const identity = source.identify(path);
    if (identity === undefined) return false;
    tree.set(path, identity);
    if (identity.type === "symlink" || source.isUnwatched(path)) unwatched.add(path);
  }
  // A look that throws leaves them to the next one.
  pending.clear();
  return true;
}

function isOutdated({ members, above, type, gitignore, matches }: Expansion, path: string, now: Now): boolean {
  // It may lead to a directory with members.
  if (now === "link") return true;
  if (gitignore && isIgnoreFile(path)) return true;
  // Another one may be in its place, and when a directory is gone, nothing is reported of its members.
  if (above.has(path)) return true;
  return members.has(path) !== (now === type && matches(path));
}

function isIgnoreFile(path: string): boolean {
  return path === ".gitignore" || path.endsWith("/.gitignore");
}

function directoriesOf(paths: readonly string[]): ReadonlySet<string> {
  const directories = new Set<string>(["."]);
  for (const path of paths)
    for (let above = dirname(path); !directories.has(above); above = dirname(above)) directories.add(above);
  return directories;
}
