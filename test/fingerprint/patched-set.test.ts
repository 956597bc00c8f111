import { expect, test } from "vitest";
import { membersOfSet, patchSet } from "../../src/fingerprint/patched-set.ts";
import { type BuiltSet, buildSet } from "../../src/fingerprint/sets.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Digest } from "../../src/model/digest.ts";
import type { Identity } from "../../src/model/identity.ts";

const file = (text: string): Identity => ({ type: "file", digest: hasher.digest(text), executable: false });

const MEMBERS: Readonly<Record<string, Identity>> = {
  "a.txt": file("1"),
  "a/b": file("2"),
  "a/c/d": file("3"),
  "a/c/e": { type: "symlink", text: "d", target: file("3") },
  "z/ünï": file("4"),
};

function setOf(members: Readonly<Record<string, Identity>>): BuiltSet {
  return buildSet(Object.keys(members), (path) => members[path], hasher);
}

const known = setOf(MEMBERS);
const load = (digest: Digest) => known.nodes.get(digest);

test("a patched set is the set that is built anew of what its members are now", () => {
  const changes = { "a/c/d": file("5"), "a.txt": { ...file("1"), executable: true } as Identity };
  const patched = patchSet(known.root, new Map(Object.entries(changes)), { load, hasher });
  const built = setOf({ ...MEMBERS, ...changes });
  expect(patched?.root).toBe(built.root);
  const before = (digest: Digest) => patched?.nodes.get(digest) ?? load(digest);
  expect(membersOfSet(built.root, before)).toEqual(new Map(Object.entries({ ...MEMBERS, ...changes })));
});

test("only nodes above a change are made anew", () => {
  const patched = patchSet(known.root, new Map([["a/c/d", file("5")]]), { load, hasher });
  const below = [...(patched?.nodes.values() ?? [])].flat().map(({ name }) => name);
  expect(below.sort()).toEqual(["a", "a.txt", "b", "c", "d", "e", "z"]);
  expect(below).not.toContain("ünï");
});

test.each(["a/c/other", "a/b/inside", "a", "a/c", "other/x"])(
  "a change of what is no member does not count: %s",
  (path) => {
    expect(patchSet(known.root, new Map([[path, file("5")]]), { load, hasher })?.root).toBe(known.root);
  },
);

test("a set with a node that is no longer known cannot be patched, nor its members named", () => {
  const only = (digest: Digest) => (digest === known.root ? load(digest) : undefined);
  expect(patchSet(known.root, new Map([["a/b", file("5")]]), { load: only, hasher })).toBeUndefined();
  expect(membersOfSet(known.root, only)).toBeUndefined();
});
