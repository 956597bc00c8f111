import type { Hasher } from "../host/host.ts";
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
}

/**
 * Builds the tree of a set of files as shared nodes, one a directory (a Merkle tree, 1987): two sets that agree on a
 * directory share its node. Paths that `identify` finds nothing at are left out.
 */
export function buildSet(
  paths: readonly string[],
  identify: (path: string) => Identity | undefined,
  hasher: Hasher,
): BuiltSet {
  const root = emptyDirectory();
  for (const path of paths) {
    const identity = identify(path);
    if (identity === undefined) continue;
    const names = path.split("/");
    const name = names.pop() as string;
    let directory = root;
    for (const step of names) {
      let next = directory.directories.get(step);
      if (next === undefined) {
        next = emptyDirectory();
        directory.directories.set(step, next);
      }
      directory = next;
    }
    directory.files.set(name, identity);
  }
  const nodes = new Map<Digest, SetNode>();
  return { root: digestDirectory(root, hasher, nodes), nodes };
}

function emptyDirectory(): Directory {
  return { directories: new Map(), files: new Map() };
}

function digestDirectory(directory: Directory, hasher: Hasher, nodes: Map<Digest, SetNode>): Digest {
  const node: SetNode[number][] = [];
  for (const [name, child] of directory.directories) node.push({ name, node: digestDirectory(child, hasher, nodes) });
  for (const [name, identity] of directory.files) node.push({ name, identity });
  // A file and a directory of one name cannot be, but a set may hold "a" (a directory input) beside "a/b".
  node.sort((a, b) => compareBytes(a.name, b.name) || Number("node" in b) - Number("node" in a));
  const digest = hasher.digest(canonical(["inc set 1", node]));
  nodes.set(digest, node);
  return digest;
}

/** A file that is in one of two sets, or differs between them. */
export interface SetChange {
  readonly path: string;
  readonly before?: Identity;
  readonly after?: Identity;
}

/**
 * What differs between two sets, in the order of the paths. Descends only where nodes differ. A node that `load` no
 * longer knows counts as empty.
 */
export function diffSets(before: Digest, after: Digest, load: (digest: Digest) => SetNode | undefined): SetChange[] {
  const changes: SetChange[] = [];
  compare(before, after, "", load, changes);
  return changes;
}

function compare(
  before: Digest | undefined,
  after: Digest | undefined,
  below: string,
  load: (digest: Digest) => SetNode | undefined,
  into: SetChange[],
): void {
  if (before === after) return;
  const old = membersOf(before, load);
  const now = membersOf(after, load);
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes)) {
    const path = below === "" ? name : `${below}/${name}`;
    const a = old.get(name) ?? {};
    const b = now.get(name) ?? {};
    if (!sameIdentity(a.identity, b.identity))
      into.push({
        path,
        ...(a.identity === undefined ? {} : { before: a.identity }),
        ...(b.identity === undefined ? {} : { after: b.identity }),
      });
    if (a.node !== undefined || b.node !== undefined) compare(a.node, b.node, path, load, into);
  }
}

interface Member {
  readonly node?: Digest;
  readonly identity?: Identity;
}

function membersOf(digest: Digest | undefined, load: (digest: Digest) => SetNode | undefined): Map<string, Member> {
  const members = new Map<string, Member>();
  const node = digest === undefined ? undefined : load(digest);
  for (const member of node ?? []) {
    const part = "node" in member ? { node: member.node } : { identity: member.identity };
    members.set(member.name, { ...members.get(member.name), ...part });
  }
  return members;
}
