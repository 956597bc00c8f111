import { expect, test } from "vitest";
import { hasher } from "../../../../src/host/files/hash.ts";
import type { Fingerprint } from "../../../../src/model/digest.ts";
import {
  BundledRecords,
  bundlePayload,
  bundlePlace,
  fittingRecords,
  parseBundle,
} from "../../../../src/store/remote/bundles/bundle.ts";
import { type Envelope, seal, unseal } from "../../../../src/store/remote/envelope.ts";

const PLACE = { scope: "main", fingerprint: "f".repeat(64) as Fingerprint };
const of = (n: number): Fingerprint => n.toString(16).padStart(64, "0") as Fingerprint;
const RECORDS = new Map([
  [of(1), Buffer.from("one")],
  [of(2), Buffer.from("three")],
]);
const BUNDLE = { records: RECORDS, mark: "abc" };

/** @param fields In place of those that are right. */
function bundled(fields: object = {}): Envelope {
  const bytes = Buffer.concat([...RECORDS.values()]);
  return unseal(seal({ ...bundlePayload(BUNDLE, PLACE), ...fields }, bytes, undefined)) as Envelope;
}

test("a bundle gives the records that were put in, at its place alone", () => {
  expect(parseBundle(bundled(), PLACE)).toEqual(BUNDLE);
  expect(() => parseBundle(bundled(), { ...PLACE, scope: "pr/7" })).toThrow("belongs elsewhere");
  expect(() => parseBundle(bundled(), { ...PLACE, fingerprint: of(3) })).toThrow("belongs elsewhere");
  expect(() => parseBundle(bundled({ kind: "found" }), PLACE)).toThrow("is of another kind");
});

test.each<[string, unknown]>([
  ["more bytes than there are", [[of(1), 9]]],
  ["fewer bytes than there are", [[of(1), 3]]],
  [
    "a length below zero",
    [
      [of(1), 9],
      [of(2), -1],
    ],
  ],
  ["a length that is none", [[of(1), "8"]]],
  ["a name that is none", [["../../x", 8]]],
  ["what is no pair", [null]],
  ["no list", {}],
])("one that announces %s is refused", (_, records) => {
  expect(() => parseBundle(bundled({ records }), PLACE)).toThrow("gave a record that");
});

test("what is asked for names it: not the order of names, but each value", () => {
  const run = { platform: "linux-x64", manifest: "pipeline.ts", tasks: ["a", "b"], params: { mode: "fast" } };
  const place = (change: object): string => bundlePlace({ ...run, ...change }, "main", hasher).fingerprint;
  const same = [{}, { tasks: ["b", "a", "b"] }];
  const others = [{ platform: "linux-arm64" }, { manifest: "x/pipeline.ts" }, { tasks: [] }, { params: {} }];
  expect(new Set(same.map(place)).size).toBe(1);
  expect(new Set([...same, ...others].map(place)).size).toBe(1 + others.length);
});

test("long records are left out, and of too many the longest", () => {
  const MEBIBYTE = 2 ** 20;
  const many = Array.from({ length: 200 }, (_, n) => [of(n), Buffer.alloc(MEBIBYTE / 16 + 200 - n)] as const);
  const fitting = fittingRecords(new Map([[of(999), Buffer.alloc(MEBIBYTE)], ...many]));
  expect(fitting.size).toBe(127);
  expect([fitting.has(of(199)), fitting.has(of(73)), fitting.has(of(72))]).toEqual([true, true, false]);
});

test("of the records that a run comes to know, no more are in memory than two bundles hold, and none that fits is lost", () => {
  const MEBIBYTE = 2 ** 20;
  const all = new Map(Array.from({ length: 600 }, (_, n) => [of(n), Buffer.alloc(((n * 7) % 100) * 1024 + n + 1)]));
  const known = new BundledRecords();
  for (const [fingerprint, bytes] of all) {
    known.add(fingerprint, bytes);
    expect(known.bytes).toBeLessThanOrEqual(16 * MEBIBYTE);
  }
  expect([...known.fitting.keys()]).toEqual([...fittingRecords(all).keys()]);
  const [first] = [...known.fitting.keys()];
  known.delete(first as Fingerprint);
  expect(known.fitting.has(first as Fingerprint)).toBe(false);
});
