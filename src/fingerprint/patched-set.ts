import type { Hasher } from "../host/files/host.ts";
import type { SetNode } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import type { Identity } from "../model/identity.ts";
import { type BuiltSet, digestOf, type LoadNode } from "./sets.ts";

/** What changes in a directory of a set, by name. */
interface Changes {
  identity?: Identity;
  readonly below: Map<string, Changes>;
}

/**
 * The set that a known one becomes when members change: only the nodes above those are made anew. None comes or goes.
 * Undefined: a node is no longer known.
 * @param identities By path; what is no member does not count.
 */
export function patchSet(
  root: Digest,
  identities: ReadonlyMap<string, Identity>,
  { load, hasher }: { readonly load: LoadNode; readonly hasher: Hasher },
): BuiltSet | undefined {
  const changes: Changes = { below: new Map() };
  for (const [path, identity] of identities) at(changes, path).identity = identity;
  const nodes = new Map<Digest, SetNode>();
  const patch = (digest: Digest, { below }: Changes): Digest => {
    const node = (load(digest) ?? unknown()).map((member) => {
      const change = below.get(member.name);
      if (change === undefined) return member;
      if ("node" in member) return { name: member.name, node: patch(member.node, change) };
      return change.identity === undefined ? member : { name: member.name, identity: change.identity };
    });
    const patched = digestOf(node, hasher);
    nodes.set(patched, node);
    return patched;
  };
  return unlessUnknown(() => ({ root: patch(root, changes), nodes }));
}

/** All members of a set, by path. Undefined: a node is no longer known. */
export function membersOfSet(root: Digest, load: LoadNode): ReadonlyMap<string, Identity> | undefined {
  const members = new Map<string, Identity>();
  const walk = (digest: Digest, inside: string): void => {
    for (const member of load(digest) ?? unknown())
      if ("node" in member) walk(member.node, `${inside}${member.name}/`);
      else members.set(inside + member.name, member.identity);
  };
  return unlessUnknown(() => {
    walk(root, "");
    return members;
  });
}

function at(changes: Changes, path: string): Changes {
  let place = changes;
  for (const name of path.split("/")) {
    const next = place.below.get(name) ?? { below: new Map() };
    place.below.set(name, next);
    place = next;
  }
  return place;
}

class UnknownNode extends Error {}

function unknown(): never {
  throw new UnknownNode();
}

function unlessUnknown<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnknownNode) return undefined;
    throw error;
  }
}
