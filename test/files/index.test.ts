import { beforeEach, expect, test } from "vitest";
import type { FileIndex } from "../../src/files/index.ts";
import { packIndex, unpackIndex } from "../../src/files/packed/pack.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { indexIn, MemoryHost } from "../support/memory-host.ts";

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost();
});

const indexOver = (bytes?: Uint8Array): FileIndex => indexIn(host, bytes);

const file = (text: string, executable = false) => ({ type: "file", digest: hasher.digest(text), executable });

test("an unchanged, trusted file is read once, then known by its stat", () => {
  host.write("/w/a", "one");
  host.pass();
  const first = indexOver();
  expect(first.identify("a")).toEqual(file("one"));
  expect(host.reads()).toEqual(["read /w/a"]);
  const second = indexOver(first.pack().bytes);
  expect(second.identify("a")).toEqual(file("one"));
  expect(host.reads()).toEqual([]);
  expect(second.unchanged("a")).toBe(true);
});

test("the racy rule: a file that was read in the tick of its last write is read again", () => {
  host.write("/w/a", "one");
  const first = indexOver();
  expect(first.identify("a")).toEqual(file("one"));
  host.write("/w/a", "two");
  const second = indexOver(first.pack().bytes);
  expect(second.identify("a")).toEqual(file("two"));
});

test("settling makes racy files trusted once the clock has advanced, and returns those that had changed", () => {
  host.write("/w/a", "one");
  host.write("/w/b", "one");
  const index = indexOver();
  index.identify("a");
  index.identify("b");
  host.write("/w/b", "two");
  host.pass();
  expect(index.settle(1000)).toEqual(["b"]);
  expect(index.isTrusted()).toBe(true);
});

test("a directory that changed in the tick of its listing is listed again by settling", () => {
  host.write("/w/d/a", "one");
  const index = indexOver();
  expect(index.list("d")?.map(({ name }) => name)).toEqual(["a"]);
  host.write("/w/d/b", "two");
  host.pass();
  expect(index.settle(1000)).toEqual(["d"]);
});

test("what is seen to be something else once the table has decided everything differs until the next table begins", () => {
  for (const path of ["/w/a", "/w/b", "/w/c", "/w/t/x"]) host.write(path, "one");
  const index = indexOver();
  for (const path of ["a", "b", "c"]) index.identify(path);
  index.identifyTree("t");
  index.conclude();
  host.write("/w/a", "two");
  host.remove("/w/b");
  host.write("/w/t/y", "new");
  host.pass();
  index.relist();
  expect(index.treesHold()).toBe(false);
  index.settle(1000);
  const differing = (): string[] => ["a", "b", "c", "t", "t/x", "t/y"].filter((path) => index.differs(path));
  expect(differing()).toEqual(["a", "b", "t/y"]);
  index.repin(["a", "b", "t/y"]);
  for (const path of ["a", "b", "t"]) index.identify(path);
  expect(differing()).toEqual([]);
});

test("a clock that went back invalidates every record", () => {
  host.pass(1000n);
  host.write("/w/a", "one");
  host.pass();
  const first = indexOver();
  first.identify("a");
  host.reads();
  const packed = first.pack().bytes;
  host.pass(-500n);
  indexOver(packed).identify("a");
  expect(host.reads()).toEqual(["read /w/a"]);
});

test("an absent path is remembered: it has moved once it exists", () => {
  const index = indexOver();
  expect(index.identify("a")).toBeUndefined();
  expect(index.pack().absent).toEqual(["/w/a"]);
  host.write("/w/a", "one");
  expect(index.moved(["a"])).toEqual(["a"]);
});

test("a path that was absent and then appears has moved its directory, which includes it from the next listing on", () => {
  host.write("/w/d/a", "a");
  host.write("/w/e/a", "a");
  host.pass();
  const index = indexOver();
  for (const path of ["d/b", "e/b"]) expect(index.identify(path)).toBeUndefined();
  index.identify("d");
  host.write("/w/d/b", "b");
  host.link("/w/e/b", "a");
  expect(index.moved(["d"])).toEqual(["d"]);
  expect(index.identifyTree("e")?.listing.map(({ path }) => path)).toEqual(["a", "b"]);
});

test("a directory lists a path by its current type, even when that changed since the path was first seen", () => {
  host.write("/w/d/a", "a");
  const index = indexOver();
  index.identify("d/a");
  host.remove("/w/d/a");
  host.link("/w/d/a", "elsewhere");
  expect(index.identifyTree("d")?.listing).toEqual([{ path: "a", type: "symlink", text: "elsewhere" }]);
});

test("the executable bit is part of a file's identity", () => {
  host.write("/w/a", "x", 0o755);
  expect(indexOver().identify("a")).toEqual(file("x", true));
});

test("the identity of a symlink is its text and its target, link by link", () => {
  host.write("/w/real", "x");
  host.link("/w/one", "real");
  host.link("/w/two", "one");
  host.pass();
  const index = indexOver();
  expect(index.identify("two")).toEqual({
    type: "symlink",
    text: "one",
    target: { type: "symlink", text: "real", target: file("x") },
  });
  host.write("/w/real", "y");
  expect(index.moved(["two"])).toEqual(["two"]);
});

test("a symlink to itself and a dangling one have identities", () => {
  host.link("/w/self", "self");
  host.link("/w/nowhere", "gone");
  expect(indexOver().identify("nowhere")).toEqual({ type: "symlink", text: "gone" });
  expect(indexOver().identify("self")?.type).toBe("symlink");
});

test("the identity of a directory covers all that it contains: files, symlinks by their text, empty directories", () => {
  host.write("/w/d/b.txt", "b");
  host.write("/w/d/a/x", "x", 0o755);
  host.link("/w/d/l", "b.txt");
  host.mkdir("/w/d/empty");
  const tree = indexOver().identifyTree("d");
  expect(tree?.listing).toEqual([
    { path: "a/x", type: "file", digest: hasher.digest("x"), executable: true, size: 1 },
    { path: "b.txt", type: "file", digest: hasher.digest("b"), executable: false, size: 1 },
    { path: "empty", type: "directory" },
    { path: "l", type: "symlink", text: "b.txt" },
  ]);
  expect(tree?.size).toBe(2);
});

test.each([
  ["a file in it is changed", () => host.write("/w/d/sub/a", "other")],
  ["a file joins it", () => host.write("/w/d/sub/b", "b")],
  ["a file leaves it", () => host.remove("/w/d/sub/a")],
  ["it is removed", () => host.remove("/w/d")],
])("a directory has moved when %s", (_what, change) => {
  host.write("/w/d/sub/a", "a");
  host.pass();
  const index = indexOver();
  index.identify("d");
  expect(index.moved(["d"])).toEqual([]);
  host.pass();
  change();
  expect(index.moved(["d"])).toEqual(["d"]);
});

test.each([
  ["seen by itself", (index: FileIndex) => index.identify("d/sub/a")],
  ["part of a tree", (index: FileIndex) => index.identifyTree("d")],
  ["part of a tree above", (index: FileIndex) => index.identifyTree(".")],
  ["seen behind a link", (index: FileIndex) => index.identify("link")],
  [
    "in a tree whose listing was dropped since",
    (index: FileIndex) => {
      index.identify("d");
      host.remove("/w/d");
      index.relist();
    },
  ],
  [
    "in a tree and gone since, as was seen",
    (index: FileIndex) => {
      index.identify("d");
      index.forget("d/sub");
      host.remove("/w/d/sub");
      index.identify("d/sub/a");
    },
  ],
])("what is below a forgotten directory is looked at again when it was %s", (_how, see) => {
  host.write("/w/d/sub/a", "one");
  host.link("/w/link", "d/sub");
  host.pass();
  const index = indexOver();
  see(index);
  host.pass();
  host.write("/w/d/sub/a", "two");
  index.forget("d");
  expect(index.identify("d/sub/a")).toEqual(file("two"));
  const fresh = indexOver();
  for (const path of ["d", "d/sub", "link"]) expect([path, index.identify(path)]).toEqual([path, fresh.identify(path)]);
});

test("forgetting a directory does not forget a sibling with the same prefix", () => {
  host.write("/w/d/a", "one");
  host.write("/w/d.txt", "one");
  host.pass();
  const index = indexOver();
  index.identify("d.txt");
  host.write("/w/d.txt", "two");
  index.forget("d");
  expect(index.identify("d.txt")).toEqual(file("one"));
});

test("truncated or foreign bytes unpack to an empty index", () => {
  host.write("/w/a", "one");
  const index = indexOver();
  index.identify("a");
  const { bytes } = index.pack();
  expect(unpackIndex(bytes).count).toBe(1);
  expect(unpackIndex(bytes.subarray(0, bytes.length - 1)).count).toBe(0);
  expect(unpackIndex(new Uint8Array([1, 2, 3])).count).toBe(0);
});

test("unpacking returns the packed records", () => {
  const stat = {
    type: "symlink",
    size: 2 ** 40,
    mtime: 2n ** 62n,
    ctime: -1n,
    inode: 2n ** 63n,
    links: 1n,
    mode: 0o755,
  } as const;
  const record = { path: "ünï/日本", stat, digest: hasher.digest("x"), text: "../t", trusted: true, noted: true };
  const plain = { ...record, path: "a/b", stat: { ...stat, type: "file" }, text: undefined } as const;
  const linked = { ...record, path: "z", text: "ß" } as const;
  const packed = unpackIndex(packIndex([plain, record, linked], 5n));
  expect([0, 1, 2].map((id) => packed.record(id))).toEqual([plain, record, linked]);
  const again = unpackIndex(packIndex([linked], 5n, { packed, ids: [1, 0] }));
  expect([0, 1, 2].map((id) => again.record(id))).toEqual([linked, record, plain]);
  expect(["z", "ünï/日本", "a/b", "a"].map((path) => again.id(path))).toEqual([0, 1, 2, undefined]);
});

test("a path's identity is fixed within an epoch", () => {
  host.write("/w/a", "one");
  host.pass();
  const index = indexOver();
  index.identify("a");
  host.write("/w/a", "two");
  expect(index.identify("a")).toEqual(file("one"));
  expect(index.moved(["a"])).toEqual(["a"]);
  index.pin();
  expect(index.identify("a")).toEqual(file("two"));
});

test("a forgotten path is read again in the same epoch", () => {
  host.write("/w/d/a", "a");
  host.pass();
  const index = indexOver();
  const before = index.identify("d");
  host.write("/w/d/a", "b");
  index.forget("d");
  expect(index.identify("d")).not.toEqual(before);
});
