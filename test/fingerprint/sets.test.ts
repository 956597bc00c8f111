import fc from "fast-check";
import { expect, test } from "vitest";
import { diffDescriptions } from "../../src/fingerprint/diff.ts";
import { buildSet, diffSets, setTree } from "../../src/fingerprint/sets.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Description } from "../../src/model/description.ts";
import type { Identity } from "../../src/model/identity.ts";

type Files = Record<string, string>;

const identity = (text: string): Identity => ({ type: "file", digest: hasher.digest(text), executable: false });

function build(files: Files) {
  return buildSet(
    Object.keys(files),
    (path) => (files[path] === undefined ? undefined : identity(files[path])),
    hasher,
  );
}

function diff(before: Files, after: Files): string[] {
  const [a, b] = [build(before), build(after)];
  return diffSets(a.root, b.root, (digest) => a.nodes.get(digest) ?? b.nodes.get(digest)).map(
    ({ path, before: was, after: is }) => `${was === undefined ? "+" : is === undefined ? "-" : "~"}${path}`,
  );
}

test("order does not count, contents and names do", () => {
  expect(build({ "a/x": "1", b: "2" }).root).toBe(build({ b: "2", "a/x": "1" }).root);
  expect(build({ "a/x": "1" }).root).not.toBe(build({ "a/x": "2" }).root);
  expect(build({ "a/x": "1" }).root).not.toBe(build({ "a/y": "1" }).root);
  expect(build({ "a/x": "1" }).root).not.toBe(build({ ax: "1" }).root);
});

test("directories that are equal are one node", () => {
  expect(build({ "a/x": "1", "b/x": "1", "c/x": "2" }).nodes.size).toBe(3);
});

test("what differs is given in the order of the paths", () => {
  expect(
    diff({ "d/same": "1", "d/gone": "1", top: "1" }, { "d/same": "1", "d/new": "1", top: "2", "e/f/g": "1" }),
  ).toEqual(["-d/gone", "+d/new", "+e/f/g", "~top"]);
});

test("any two sets: the difference is exactly what differs", () => {
  const name = fc.constantFrom("a", "b", "c", "d/a", "d/b", "d/e/a", "f/a");
  const files = fc.dictionary(name, fc.constantFrom("1", "2")) as fc.Arbitrary<Files>;
  fc.assert(
    fc.property(files, files, (before, after) => {
      const expected = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
        (path) => before[path] !== after[path],
      );
      expect(
        diff(before, after)
          .map((line) => line.slice(1))
          .sort(),
      ).toEqual(expected.sort());
    }),
  );
});

test("descriptions: each aspect is given once, a set by its files", () => {
  const [a, b] = [build({ "d/x.csv": "1" }), build({ "d/x.csv": "2" })];
  const base: Description = {
    format: 1,
    platform: "p",
    shell: "bash",
    command: ["one\ntwo\nthree"],
    cwd: ".",
    env: {},
    params: { n: 1 },
    tools: {},
    files: {},
    sets: { "d/*": a.root },
    entries: [],
    outputs: [],
    depfiles: [],
  };
  const changed: Description = { ...base, command: ["one\n2\nthree"], params: { n: 2 }, sets: { "d/*": b.root } };
  const load = (digest: string) => a.nodes.get(digest as never) ?? b.nodes.get(digest as never);
  expect(diffDescriptions(base, base, load)).toEqual([]);
  expect(diffDescriptions(base, changed, load)).toEqual([
    { aspect: "command", removed: ["two"], added: ["2"] },
    { aspect: "param", name: "n", before: "1", after: "2" },
    { aspect: "file", set: "d/*", path: "d/x.csv", before: identity("1"), after: identity("2") },
  ]);
});

test("a tree that is changed is the tree that is built anew", () => {
  const files = fc.dictionary(fc.constantFrom("a", "b/c", "b/d", "b/e/f", "g"), fc.constantFrom("1", "2"));
  fc.assert(
    fc.property(files, files, (before, after) => {
      const tree = setTree(Object.keys(before), (path) => identity(before[path] ?? ""), hasher);
      tree.built();
      for (const [path, text] of Object.entries(after)) tree.set(path, identity(text));
      expect(tree.built()).toEqual(build({ ...before, ...after }));
      for (const path of ["a", "b", "b/c", "h"]) expect(tree.has(path)).toBe(path in { ...before, ...after });
    }),
  );
});

test("of a node that is not known only the directory is named, and of a set without any nothing", () => {
  const [before, after] = [build({ "a/x": "1", "a/y": "1", b: "1" }), build({ "a/x": "2", b: "2" })];
  const top = before.nodes.get(before.root);
  const known = diffSets(before.root, after.root, (digest) => (digest === before.root ? top : after.nodes.get(digest)));
  expect(known).toEqual([{ path: "a" }, { path: "b", before: identity("1"), after: identity("2") }]);
  expect(diffSets(before.root, after.root, (digest) => after.nodes.get(digest))).toEqual([{ path: "" }]);
});
