import type { Hasher } from "../host/files/host.ts";
import { defined } from "../model/defined.ts";
import type { SetNode } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { compareBytes } from "../model/order.ts";
import { canonical } from "./canonical.ts";

export interface BuiltSet {
  readonly root: Digest;
  /** Every node, by digest. */
  readonly nodes: ReadonlyMap<Digest, SetNode>;
}

interface Directory {
  readonly directories: Map<string, Directory>;
  readonly files: Map<string, Identity>;
  /** As long as nothing in it has changed. */
  built?: { readonly digest: Digest; readonly node: SetNode } | undefined;
}

/**
 * The tree of a set of files as shared nodes, one a directory (a Merkle tree, 1987): two sets that agree on a directory
 * share its node. When a file has changed, only the nodes above it are digested anew.
 */
export class SetTree {
  readonly #hasher: Hasher;
  readonly #root = emptyDirectory();
  /** Members that are symlinks: what they lead to may change without them. */
  readonly #links = new Set<string>();

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  /** Paths of the members that are symlinks. */
  get links(): Iterable<string> {
    return this.#links;
  }

  has(path: string): boolean {
    const names = path.split("/");
    const name = names.pop() as string;
    let directory: Directory | undefined = this.#root;
    for (const step of names) directory = directory?.directories.get(step);
    return directory?.files.has(name) === true;
  }

  set(path: string, identity: Identity): void {
    const names = path.split("/");
    const name = names.pop() as string;
    let directory = this.#root;
    const way = [directory];
    for (const step of names) {
      let next = directory.directories.get(step);
      if (next === undefined) {
        next = emptyDirectory();
        directory.directories.set(step, next);
      }
      directory = next;
      way.push(directory);
    }
    if (identity.type === "symlink") this.#links.add(path);
    else this.#links.delete(path);
    const before = directory.files.get(name);
    if (before !== undefined && sameIdentity(before, identity)) return;
    directory.files.set(name, identity);
    for (const above of way) above.built = undefined;
  }

  built(): BuiltSet {
    const nodes = new Map<Digest, SetNode>();
    return { root: this.#build(this.#root, nodes), nodes };
  }

  #build(directory: Directory, nodes: Map<Digest, SetNode>): Digest {
    const children = [...directory.directories].map(([name, child]) => ({ name, node: this.#build(child, nodes) }));
    directory.built ??= this.#nodeOf(directory, children);
    const { digest, node } = directory.built;
    nodes.set(digest, node);
    return digest;
  }

  #nodeOf(directory: Directory, children: SetNode): { readonly digest: Digest; readonly node: SetNode } {
    const files = [...directory.files].map(([name, identity]) => ({ name, identity }));
    // A file and a directory of one name cannot be, but a set may hold "a" (a directory input) beside "a/b".
    const node = [...children, ...files].sort(
      (a, b) => compareBytes(a.name, b.name) || Number("node" in b) - Number("node" in a),
    );
    return { digest: digestOf(node, this.#hasher), node };
  }
}

export function digestOf(node: SetNode, hasher: Hasher): Digest {
  return hasher.digest(canonical(["inc set 1", node]));
}

/** Builds the tree of a set. Paths that `identify` finds nothing at are left out. */
export function setTree(
  paths: readonly string[],
  identify: (path: string) => Identity | undefined,
  hasher: Hasher,
): SetTree {
  const tree = new SetTree(hasher);
  for (const path of paths) {
    const identity = identify(path);
    if (identity !== undefined) tree.set(path, identity);
  }
  return tree;
}

/** The same where it is needed but once. */
export function buildSet(
  paths: readonly string[],
  identify: (path: string) => Identity | undefined,
  hasher: Hasher,
): BuiltSet {
  return setTree(paths, identify, hasher).built();
}

function emptyDirectory(): Directory {
  return { directories: new Map(), files: new Map() };
}

/** No node has this digest: a set that there is not. */
export const NO_SET = "" as Digest;

export type LoadNode = (digest: Digest) => SetNode | undefined;

/** A file that is in one of two sets, or differs between them; of a directory whose files are not known, neither side. */
export interface SetChange {
  readonly path: string;
  readonly before?: Identity;
  readonly after?: Identity;
}

/**
 * What differs between two sets, in the order of the paths. Descends only where nodes differ. Of a node that `load` does not
 * know, only its directory is named; the set itself is the empty path.
 */
export function diffSets(before: Digest, after: Digest, load: LoadNode): SetChange[] {
  return [...differences(before, after, "", load)];
}

function* differences(
  before: Digest = NO_SET,
  after: Digest = NO_SET,
  below: string,
  load: LoadNode,
): IterableIterator<SetChange> {
  if (before === after) return;
  const isUnknown = (digest: Digest): boolean => digest !== NO_SET && load(digest) === undefined;
  if (isUnknown(before) || isUnknown(after)) {
    yield { path: below };
    return;
  }
  const old = membersOf(before, load);
  const now = membersOf(after, load);
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes)) {
    const path = below === "" ? name : `${below}/${name}`;
    const a = old.get(name) ?? {};
    const b = now.get(name) ?? {};
    if (!sameIdentity(a.identity, b.identity)) yield { path, ...defined({ before: a.identity, after: b.identity }) };
    yield* differences(a.node, b.node, path, load);
  }
}

interface Member {
  readonly node?: Digest;
  readonly identity?: Identity;
}

function membersOf(digest: Digest | undefined, load: LoadNode): Map<string, Member> {
  const members = new Map<string, Member>();
  const node = digest === undefined ? undefined : load(digest);
  for (const member of node ?? []) {
    const part = "node" in member ? { node: member.node } : { identity: member.identity };
    members.set(member.name, { ...members.get(member.name), ...part });
  }
  return members;
}
