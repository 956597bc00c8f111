import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { NewVersion } from "../../src/model/entry.ts";
import { renderDiagnostic } from "../../src/report/explain/diagnostic.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";
import { findObjects, type ReferenceScope, resolveReference, resolveReferences } from "../../src/versions/reference.ts";

const WORKSPACE = "/work space";
const NOW = Date.parse("2026-11-03T12:00:00Z");
const HOUR = 3_600_000;

let directory: string;
let opened: OpenedStore;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-reference-"));
  const result = openStore(directory, { files: realFiles, hasher });
  if (!result.ok) throw new Error("no store");
  opened = result.value;
  put("build/eu.csv", "one", { time: NOW - 5 * HOUR });
  put("build/eu.csv", "two", { time: NOW - 3 * HOUR });
  put("build/eu.csv", "three", { time: NOW - HOUR });
  put("build/eu.csv", "by hand", { time: NOW, cause: "edited" });
  put("build/us.csv", "us", { time: NOW - 4 * HOUR });
  for (const name of ["param:region", "./param:x", "object:rates", "sub/a.txt", "a.txt", "b.txt", "x@3", "/etc/hosts"])
    put(name, name);
  put("x@3", "again");
  put("[id].ts", "route");
  put("object:only.json", "only");
});

afterAll(async () => {
  await opened.close();
  rmSync(directory, { recursive: true });
});

function put(name: string, text: string, more: Partial<NewVersion> = {}): void {
  const identity = { type: "file", digest: hasher.digest(text), executable: false } as const;
  opened.store.commit({ versions: [{ name, identity, size: 1, cause: "made", time: NOW, ...more }] });
  opened.store.flush();
}

const place = (cwd = WORKSPACE): ReferenceScope => ({
  history: opened.store.history,
  cwd,
  workspace: WORKSPACE,
  now: NOW,
});

/** As `name@n`, or the message of the first diagnostic. */
function resolved(text: string, cwd?: string): string {
  const result = resolveReference(text, place(cwd));
  return result.ok ? `${result.value.name}@${result.value.n}` : (result.diagnostics[0]?.message ?? "");
}

function complaint(text: string): string {
  const result = resolveReference(text, place());
  if (result.ok) throw new Error(`it is ${result.value.name}`);
  const options = { color: false, cwd: WORKSPACE, readSource: () => undefined };
  return result.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, options)).join("\n");
}

const prefix = (text: string, length: number): string => hasher.digest(text).slice(0, length);

test("a version by number, latest, time and digest", () => {
  expect(resolved("build/eu.csv")).toBe("build/eu.csv@3");
  expect(resolved("build/eu.csv@latest")).toBe("build/eu.csv@3");
  expect(resolved("build/eu.csv@1")).toBe("build/eu.csv@1");
  expect(resolved("build/eu.csv@4")).toBe("build/eu.csv@4");
  expect(resolved("build/eu.csv@{2 hours ago}")).toBe("build/eu.csv@2");
  expect(resolved("build/eu.csv@{an hour ago}")).toBe("build/eu.csv@3");
  expect(resolved("build/eu.csv@{2026-11-03T08:30Z}")).toBe("build/eu.csv@1");
  expect(resolved("build/eu.csv@{2026-11-04}")).toBe("build/eu.csv@3");
  expect(resolved(`build/eu.csv@${prefix("two", 7)}`)).toBe("build/eu.csv@2");
  expect(resolved(`build/eu.csv@${prefix("by hand", 9).toUpperCase()}`)).toBe("build/eu.csv@4");
  expect(resolved(`@${prefix("us", 12)}`)).toBe("build/us.csv@1");
});

test("names as seen from the current directory, from the workspace, absolute, with prefixes, short", () => {
  expect(resolved("a.txt", `${WORKSPACE}/sub`)).toBe("sub/a.txt@1");
  expect(resolved("../a.txt", `${WORKSPACE}/sub`)).toBe("a.txt@1");
  expect(resolved("b.txt", `${WORKSPACE}/sub`)).toBe("b.txt@1");
  expect(resolved("./sub/../a.txt")).toBe("a.txt@1");
  expect(resolved(`${WORKSPACE}/a.txt`)).toBe("a.txt@1");
  expect(resolved("/etc/hosts")).toBe("/etc/hosts@1");
  expect(resolved("param:region")).toBe("param:region@1");
  expect(resolved("./param:x")).toBe("./param:x@1");
  expect(resolved("rates")).toBe("object:rates@1");
  expect(resolved("object:rates@1")).toBe("object:rates@1");
});

test("a name with an @ of its own", () => {
  expect(resolved("x@3")).toBe("x@3@2");
  expect(resolved("x@3@1")).toBe("x@3@1");
  expect(resolved("x@3@latest")).toBe("x@3@2");
});

test("globs name all objects that match; an object of that very name goes before", () => {
  const names = (text: string, cwd?: string): readonly string[] => {
    const found = findObjects(text, place(cwd));
    return found.ok ? found.value.names : [];
  };
  expect(names("build/*.csv")).toEqual(["build/eu.csv", "build/us.csv"]);
  expect(names("*.csv", `${WORKSPACE}/build`)).toEqual(["build/eu.csv", "build/us.csv"]);
  expect(names("*.txt")).toEqual(["a.txt", "b.txt"]);
  expect(names("**/*.txt")).toEqual(["a.txt", "b.txt", "sub/a.txt"]);
  expect(names("[id].ts")).toEqual(["[id].ts"]);
  expect(names("only*")).toEqual(["object:only.json"]);
  const before = resolveReferences("build/*.csv@2", place());
  expect(before.ok && before.value.map(({ name, n }) => [name, n])).toEqual([["build/eu.csv", 2]]);
});

test("what cannot be resolved says why", () => {
  expect(complaint("build/eu.cvs@2")).toMatchInlineSnapshot(`
    "error INC1020: there is no object "build/eu.cvs"
      note: an object is known once a task used or made it, or once it was published
      help: did you mean "build/eu.csv"?"
  `);
  expect(complaint("eu.csv")).toMatchInlineSnapshot(`
    "error INC1020: there is no object "eu.csv"
      note: an object is known once a task used or made it, or once it was published
      help: did you mean "build/eu.csv"?"
  `);
  expect(complaint("region")).toMatchInlineSnapshot(`
    "error INC1020: there is no object "region"
      note: an object is known once a task used or made it, or once it was published
      help: did you mean "param:region"?"
  `);
  expect(complaint("build")).toMatchInlineSnapshot(`
    "error INC1020: there is no object "build"
      note: an object is known once a task used or made it, or once it was published
      help: that is a directory with objects below it: "build/**" names them all"
  `);
  expect(complaint("nothing like it")).toMatchInlineSnapshot(`
    "error INC1020: there is no object "nothing like it"
      note: an object is known once a task used or made it, or once it was published
      help: inc list shows the tasks of this pipeline, and what they make"
  `);
  expect(complaint("build/eu.csv@9")).toMatchInlineSnapshot(`
    "error INC1021: "build/eu.csv" has no version 9
      note: its newest version is build/eu.csv@4
      help: inc log build/eu.csv shows them"
  `);
  expect(complaint("build/eu.csv@{yesterday}")).toMatchInlineSnapshot(`
    "error INC1021: "build/eu.csv" had no version by 2026-11-02T12:00:00.000Z
      note: its first version is build/eu.csv@1, of 2026-11-03T07:00:00.000Z
      help: inc log build/eu.csv shows them"
  `);
  expect(complaint("build/eu.csv@{half past nine}")).toMatchInlineSnapshot(`
    "error INC1023: "@{half past nine}" is no time
      help: write it as @{2 hours ago}, @{yesterday}, @{2026-11-01} or @{2026-11-01T10:00}"
  `);
  expect(complaint("build/eu.csv@00000000")).toMatchInlineSnapshot(`
    "error INC1021: no version of "build/eu.csv" has a digest that begins with 00000000
      note: its newest version is build/eu.csv@4
      help: inc log build/eu.csv shows them"
  `);
  expect(complaint("@00000000")).toMatchInlineSnapshot(`
    "error INC1021: no version of any object has a digest that begins with 00000000
      help: inc log NAME shows the digests of an object's versions"
  `);
  expect(complaint("build/*.csv")).toMatchInlineSnapshot(`
    "error INC1024: "build/*.csv" matches 2 objects, but one is needed
      note: build/eu.csv@3 (dbec0e689fb6)
      note: build/us.csv@1 (01a1b3dc727f)
      help: name one of them"
  `);
});

test("a digest that several versions begin with", () => {
  const beginning = new Map<string, string>();
  for (let i = 0; ; i += 1) {
    const short = prefix(`twin ${i}`, 4);
    const twin = beginning.get(short);
    beginning.set(short, `twin ${i}`);
    if (twin === undefined) continue;
    put("twins", twin);
    put("twins", `twin ${i}`);
    expect(resolved(`twins@${short}`)).toBe(`@${short} matches 2 versions`);
    expect(resolved(`twins@${prefix(twin, 20)}`)).toBe("twins@1");
    return;
  }
});

test("where a clock went back, versions count from the time of the one before", () => {
  put("clock", "1", { time: 100 });
  put("clock", "2", { time: 50 });
  put("clock", "3", { time: 200 });
  expect(resolved("clock@{1970-01-01T00:00:00.15Z}")).toBe("clock@2");
  expect(resolved("clock@{1970-01-01T00:00:00.07Z}")).toContain("had no version by");
});
