import { beforeEach, expect, test } from "vitest";
import type { FileIndex } from "../../src/files/index.ts";
import { indexIn, MemoryHost } from "../support/memory-host.ts";

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost();
});

const indexOver = (bytes?: Uint8Array): FileIndex => indexIn(host, bytes);

test("a racy file whose bytes changed under the same stat has moved", () => {
  host.write("/w/a", "one");
  const index = indexOver();
  index.identify("a");
  expect(index.moved(["a"])).toEqual([]);
  host.write("/w/a", "two");
  expect(index.moved(["a"])).toEqual(["a"]);
});

test("a symlink to a directory has moved when a file in that directory changes", () => {
  host.write("/w/real/a", "one");
  host.link("/w/link", "real");
  host.pass();
  const index = indexOver();
  index.identify("link");
  expect(index.moved(["link"])).toEqual([]);
  host.pass();
  host.write("/w/real/a", "two");
  expect(index.moved(["link"])).toEqual(["link"]);
});

test("a closing look can count changes from before a path was pinned, even those that were undone", () => {
  host.write("/w/a", "one");
  host.pass();
  const index = indexOver();
  index.identify("a");
  host.pass();
  const since = host.tick();
  const made = () => ({ outputs: new Set<string>(), onTheWay: new Set<string>() });
  host.write("/w/a", "two");
  host.write("/w/a", "one");
  expect(index.closingLook({ since, made }).compare("a")).toBe("touched");
  index.pin();
  index.identify("a");
  expect(index.closingLook({ since, made }).compare("a")).toBe("same");
  expect(index.closingLook({ since, made, isPinnedSince: true }).compare("a")).toBe("touched");
});

test("a directory made for an output accounts for a change of the one above in the tick after it, and for no later one", () => {
  host.write("/w/s/a", "one");
  host.pass();
  const index = indexOver();
  index.list("s");
  const tick = 10_000_000n;
  const verdicts = [0n, 1n, tick, tick + 1n].map((between) => {
    host.pass(tick);
    const since = host.tick();
    host.remove("/w/s/build");
    host.mkdir("/w/s/build");
    host.pass(between);
    // The directory's times change, what is in it does not.
    host.remove("/w/s/absent");
    return index
      .closingLook({ since, made: () => ({ outputs: new Set<string>(), onTheWay: new Set(["s/build"]) }) })
      .directory("s");
  });
  expect(verdicts).toEqual(["same", "same", "same", "touched"]);
});

test("a path that vanished no longer differs once its directory is listed again, at any depth", () => {
  host.write("/w/s/a", "1");
  host.write("/w/s/sub/b", "1");
  host.write("/w/s/z", "1");
  host.pass();
  const index = indexOver();
  for (const path of ["s", "s/sub"]) index.list(path);
  for (const path of ["s/a", "s/sub/b", "s/z"]) index.identify(path);
  host.remove("/w/s/a");
  host.remove("/w/s/sub/b");
  host.remove("/w/s/sub");
  expect(["s/a", "s/sub/b", "s/z"].map((path) => index.differs(path))).toEqual([true, true, false]);
  index.repin(["s/a", "s/sub"]);
  index.list("s");
  expect(["s/a", "s/sub", "s/sub/b", "s/z"].map((path) => index.differs(path))).toEqual([false, false, false, false]);
});

test("a path that vanished while pinned has moved, even after its directory was listed again", () => {
  host.write("/w/s/a", "1");
  host.pass();
  const index = indexOver();
  index.list("s");
  index.identify("s/a");
  host.remove("/w/s/a");
  index.relist();
  expect(index.moved(["s/a"])).toEqual(["s/a"]);
});

test("since a rebase, a file counts as changed when it was edited and put back, or removed and made again", () => {
  for (const path of ["/w/edited", "/w/gone", "/w/same"]) host.write(path, "one");
  host.pass();
  const paths = ["edited", "gone", "same"];
  const first = indexOver();
  for (const path of paths) first.identify(path);
  const index = indexOver(first.pack().bytes);
  const look = () => {
    index.pin();
    for (const path of paths) index.identify(path);
    return paths.map((path) => index.unchanged(path));
  };
  expect(look()).toEqual([true, true, true]);
  index.rebase();
  host.write("/w/edited", "two");
  host.remove("/w/gone");
  expect(look()).toEqual([false, false, true]);
  host.write("/w/edited", "one");
  host.write("/w/gone", "one");
  host.write("/w/same", "one");
  expect(look()).toEqual([false, false, true]);
  index.rebase();
  expect(look()).toEqual([true, true, true]);
});
