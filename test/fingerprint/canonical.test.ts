import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../src/fingerprint/canonical.ts";
import { fingerprintOf, staticFingerprint } from "../../src/fingerprint/fingerprint.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Description } from "../../src/model/description.ts";
import type { Digest, Fingerprint } from "../../src/model/digest.ts";

test("every piece is tagged and has its length", () => {
  const value = { b: [1, "x", true, null], a: { "": -0 }, ü: "日" };
  expect(canonical(value).toString()).toBe("{3:$1:a{1:$0:#2:-0$1:b[4:#1:1$1:xtn$2:ü$3:日");
});

test("key order does not count, and is that of the keys' UTF-8 bytes", () => {
  expect(canonical({ "\u{10000}": 1, "\uffff": 2 })).toEqual(canonical({ "\uffff": 2, "\u{10000}": 1 }));
  expect(canonical({ "\u{10000}": 1, "\uffff": 2 }).indexOf("\uffff")).toBeLessThan(
    canonical({ "\u{10000}": 1, "\uffff": 2 }).indexOf("\u{10000}"),
  );
});

test("what is no JSON is refused, a field left undefined above all", () => {
  for (const value of [undefined, { a: undefined }, Number.NaN, 1n, () => 1, new Date(0), new Map()])
    expect(() => canonical(value)).toThrow(TypeError);
});

test("two values that differ have two encodings", () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>;
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(canonical(a).equals(canonical(b))).toBe(isSame(a, b));
    }),
    { numRuns: 2000 },
  );
});

test("lone surrogates are distinguished", () => {
  expect(canonical("\ud800").equals(canonical("\ud801"))).toBe(false);
  expect(canonical("\ud800").equals(canonical("\ufffd"))).toBe(false);
});

/** Equal as JSON, key order aside; -0 is another number than 0. */
function isSame(a: unknown, b: unknown): boolean {
  return sorted(a) === sorted(b);
}

function sorted(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (Array.isArray(value)) return `[${value.map(sorted).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${sorted(item)}`);
  return `{${entries.sort().join(",")}}`;
}

const digest = (character: string): Digest => character.repeat(64) as Digest;

const DESCRIPTION: Description = {
  format: 1,
  platform: "linux-x64",
  shell: "bash",
  command: ["cat in.txt > out.txt"],
  cwd: ".",
  env: {
    REGION: { kind: "value", value: "eu" },
    NONE: { kind: "unset" },
    TOKEN: { kind: "secret", digest: digest("5") },
  },
  params: { n: 1, flag: true, name: "x" },
  tools: { tsc: { kind: "package", name: "typescript", version: "7.0.2" }, cat: { kind: "file", digest: digest("6") } },
  files: { "in.txt": { type: "file", digest: digest("1"), executable: false } },
  sets: { "data/*.csv": digest("2") },
  entries: [digest("3") as Fingerprint],
  outputs: [{ name: "", path: "out.txt", type: "file" }],
  depfiles: [],
};

/** These may only change together with `format`: every stored result is found by them. */
test("golden fingerprints", () => {
  expect(fingerprintOf(DESCRIPTION, hasher)).toMatchInlineSnapshot(
    `"e2db025583891c3046f543576445aabc3d4476dbb8e280d028baf9aa392b603a"`,
  );
  expect(staticFingerprint(DESCRIPTION, hasher)).toMatchInlineSnapshot(
    `"74c7830fc20703f765412fb4541bb340099f2637a1f0e579fc7654d8370de195"`,
  );
  const found: Description = {
    ...DESCRIPTION,
    found: { "a.h": { type: "file", digest: digest("4"), executable: false }, "b.h": null },
  };
  expect(fingerprintOf(found, hasher)).toMatchInlineSnapshot(
    `"aaf6c159fde4bd3b3aa8d4449789ee89cbedc4ab4cc9a77defc4ac0a5508dfe1"`,
  );
  expect(staticFingerprint(found, hasher)).toBe(staticFingerprint(DESCRIPTION, hasher));
});

const FUNCTION: Description = {
  ...DESCRIPTION,
  shell: "function",
  command: [],
  function: { code: digest("7"), node: "v24.1.0", inputs: { table: ["file in.txt"], lang: ["env LANG"] } },
};

test("golden fingerprint of a function", () => {
  expect(fingerprintOf(FUNCTION, hasher)).toMatchInlineSnapshot(
    `"0c7bc9d84f44ddc358aaee50b84f4dc2dfd4413a1d29205b7169eeee27015391"`,
  );
});

test("every field of a description counts", () => {
  const changes: Partial<Description>[] = [
    { platform: "darwin-arm64" },
    { shell: "sh" },
    { command: ["cat", "in.txt > out.txt"] },
    { stdio: { stdin: "a" } },
    { cwd: "sub" },
    { env: { ...DESCRIPTION.env, REGION: { kind: "unset" } } },
    { params: { ...DESCRIPTION.params, n: "1" } },
    { tools: {} },
    { files: { "in.txt": { type: "file", digest: digest("1"), executable: true } } },
    { sets: { "data/*.tsv": digest("2") } },
    { entries: [] },
    { outputs: [{ name: "", path: "out.txt", type: "directory" }] },
    { depfiles: ["a.d"] },
    { found: {} },
  ];
  const all = [DESCRIPTION, ...changes.map((change) => ({ ...DESCRIPTION, ...change }))].map((each) =>
    fingerprintOf(each, hasher),
  );
  expect(new Set(all).size).toBe(all.length);
});

test("every field of a function counts", () => {
  const called = FUNCTION.function as NonNullable<Description["function"]>;
  const changes = [
    { code: digest("8") },
    { node: "v24.2.0" },
    { inputs: { table: ["env LANG"], lang: ["file in.txt"] } },
    { inputs: { tables: ["file in.txt"], lang: ["env LANG"] } },
  ];
  const all = [called, ...changes.map((change) => ({ ...called, ...change }))].map((each) =>
    fingerprintOf({ ...FUNCTION, function: each }, hasher),
  );
  expect(new Set(all).size).toBe(all.length);
});
