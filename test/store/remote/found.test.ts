import { expect, test } from "vitest";
import type { Fingerprint } from "../../../src/model/digest.ts";
import { type Envelope, seal, unseal } from "../../../src/store/remote/envelope.ts";
import { foundPayload, parseFound } from "../../../src/store/remote/shared-record.ts";

const PLACE = { scope: "main", fingerprint: "0".repeat(64) as Fingerprint };

function read(fields: object): readonly (readonly string[])[] {
  return parseFound(unseal(seal(fields, Buffer.alloc(0), undefined)) as Envelope, PLACE);
}

function paths(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `src/${i}.h`);
}

test("lists of found inputs come as they were written, newest first, sixteen at most", () => {
  const sets = Array.from({ length: 20 }, (_, i) => [`a${i}.h`, "/usr/include/b.h"]);
  expect(read(foundPayload(sets, PLACE))).toEqual(sets.slice(0, 16));
});

test("a small record that unpacks to more paths than a run can look at costs nothing", () => {
  const many = paths(60_000);
  const fields = { ...foundPayload([], PLACE), sets: [many, many, ["a.h"]] };
  expect(seal(fields, Buffer.alloc(0), undefined).length).toBeLessThan(1024 * 1024);
  expect(read(fields)).toEqual([many]);
  expect(read({ ...fields, sets: [paths(100_001)] })).toEqual([]);
  // Whoever adds to the list keeps the newest.
  expect(read(foundPayload([["new.h"], many, many], PLACE))).toEqual([["new.h"], many]);
});

test.each([[["../a"]], [["a/../../b"]], [["//etc"]], [[""]], [[1]], "a", [{ length: 1 }]])("%o is refused", (set) => {
  expect(() => read({ ...foundPayload([], PLACE), sets: [set] })).toThrow("names a found input that is no path");
});
