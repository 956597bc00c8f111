import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expandInputs } from "../../../src/execute/ray/inputs.ts";
import { undeclaredInputs } from "../../../src/execute/ray/undeclared.ts";
import { canonicalListing } from "../../../src/files/listing.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import type { Identity } from "../../../src/model/identity.ts";
import { taskOf } from "../../support/graph.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-inputs-"));
});

afterEach(() => rmSync(root, { recursive: true }));

function fileAt(path: string, text: string): Identity & { type: "file" } {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
  return { type: "file", digest: hasher.digest(text), executable: false };
}

const expand = (...inputs: readonly (readonly [path: string, identity: Identity])[]) =>
  expandInputs(
    inputs.map(([path, identity]) => ({ path, identity })),
    root,
    { objects: new Map(), listings: new Map() },
  ).map((input) => `${input.type} ${input.path}`);

test("a directory comes with all that it holds and with what its symlinks lead to, symlinks last", () => {
  const target = fileAt("other/b.txt", "b");
  const inner = fileAt("d/a.txt", "a");
  mkdirSync(join(root, "d/empty"));
  symlinkSync("../other/b.txt", join(root, "d/link"));
  const listing = canonicalListing([
    { path: "a.txt", type: "file", digest: inner.digest, executable: false, size: 1 },
    { path: "empty", type: "directory" },
    { path: "link", type: "symlink", text: "../other/b.txt" },
  ]);
  const directory: Identity = { type: "directory", digest: hasher.digest(listing), targets: { link: target } };
  expect(expand(["d", directory])).toEqual([
    "directory d",
    "file d/a.txt",
    "directory d/empty",
    "file other/b.txt",
    "symlink d/link",
  ]);
  expect(() => expand(["d", { type: "directory", digest: hasher.digest("other") }])).toThrow("d changed");
});

test.each(["/etc/hostname", "../outside", "x/../../outside"])("a symlink to %s is not brought", (text) => {
  expect(() => expand(["link", { type: "symlink", text }])).toThrow("link leads-out");
});

test("programs of the machine are not brought, and a file that is gone has changed", () => {
  const file = fileAt("a.txt", "a");
  expect(expand(["/bin/sh", file], ["a.txt", file])).toEqual(["file a.txt"]);
  expect(() => expand(["gone.txt", file])).toThrow("gone.txt changed");
});

test.each([
  ["cat: b.txt: No such file or directory", ["lib/b.txt"]],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/tmp/inc-1/work/lib/b.txt'", ["lib/b.txt"]],
  ["Error: ENOENT: no such file or directory, open '../data/c.csv'", ["data/c.csv"]],
  ["b.txt was read", []],
  ["cat: declared.txt: No such file or directory", []],
  ["cat: nowhere.txt: No such file or directory", []],
  ["cat: ../../../etc/passwd: No such file or directory", []],
])("what a command missed is found in its log: %s", (log, missed) => {
  for (const path of ["lib/b.txt", "data/c.csv", "lib/declared.txt"]) fileAt(path, "");
  const task = taskOf("t", [], { cwd: "lib" });
  const brought = [{ path: "lib/declared.txt" }];
  const found = undeclaredInputs({ task, log, place: "/tmp/inc-1/work", root, brought });
  expect(found.map(({ message }) => message)).toEqual(
    missed.map((path) => `task "t" reads "${path}", which it does not declare`),
  );
});

test("the driver and inc speak the same version", () => {
  const read = (path: string) => readFileSync(new URL(`../../../src/execute/ray/${path}`, import.meta.url), "utf8");
  const python = /^PROTOCOL = (\d+)$/m.exec(read("driver/main.py"))?.[1];
  expect(/PROTOCOL = (\d+);/.exec(read("protocol.ts"))?.[1]).toBe(python);
});
