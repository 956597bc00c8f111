import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalValue } from "../../../../src/content/value.ts";
import { KnownElements } from "../../../../src/execute/worker/child/known-elements.ts";
import { elementsOf } from "../../../../src/graph/units/elements.ts";
import { hasher } from "../../../../src/host/files/hash.ts";
import type { MadeElements } from "../../../../src/manifest/declaration.ts";
import type { Digest } from "../../../../src/model/digest.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-known-"));
});

afterEach(() => rmSync(root, { recursive: true }));

const digestOf = (bytes: Uint8Array): Digest => hasher.digest(bytes);
const over = (key?: MadeElements["key"]): MadeElements => ({ kind: "made", ...(key && { key }) }) as MadeElements;

function write(value: unknown): { readonly path: string; readonly digest: Digest } {
  const canonical = canonicalValue(Buffer.from(JSON.stringify(value)), "json");
  if (!canonical.ok) throw new Error("no value");
  writeFileSync(join(root, "value"), canonical.bytes);
  return { path: join(root, "value"), digest: digestOf(canonical.bytes) };
}

/** More than are searched for one by one. */
const MANY = Array.from({ length: 100 }, (_, i) => i);
const rows = MANY.map((i) => ({ id: `k${i}`, n: i, text: `é "${i}" , k${i + 1}` }));

test.each<[string, unknown, MadeElements["key"]]>([
  ["an array by a member", rows, (row) => (row as { id: string }).id],
  ["an array by a number", rows, (row) => (row as { n: number }).n],
  ["an array by what is computed", rows, (row) => `${(row as { n: number }).n * 7}x`],
  ["an array by content", rows, undefined],
  ["texts", MANY.map((i) => `é\n"${i}`), undefined],
  ["an object", Object.fromEntries(MANY.map((i) => [`é"${i}`, { i }])), undefined],
  ["an object by a member", Object.fromEntries(MANY.map((i) => [`x${i}`, { i }])), (row) => (row as { i: number }).i],
])("each element of %s is found by its key, a copy each time", (_, value, key) => {
  const known = new KnownElements();
  const made = write(value);
  const elements = elementsOf(value, key, digestOf) ?? [];
  expect(elements).toHaveLength(MANY.length);
  for (const { key: own, value: element } of elements)
    expect(known.find(over(key), own, made)).toEqual({ key: own, value: element });
  const first = elements[0]?.key as string;
  expect(known.find(over(key), first, made)?.value).toEqual(elements[0]?.value);
  expect(known.find(over(key), "none", made)).toBeUndefined();
});

test("keys are those that the manifest gives now, of the value that is there now", () => {
  const known = new KnownElements();
  let made = write(rows);
  for (const { id } of rows)
    expect(
      known.find(
        over((row) => (row as { id: string }).id),
        id,
        made,
      )?.key,
    ).toBe(id);
  for (const i of MANY) {
    const found = known.find(
      over((row) => (row as { n: number }).n + 1),
      `${i + 1}`,
      made,
    );
    expect(found?.value).toEqual(rows[i]);
  }
  made = write([{ id: "k1", n: 9 }]);
  expect(
    known.find(
      over((row) => (row as { id: string }).id),
      "k1",
      made,
    )?.value,
  ).toEqual({ id: "k1", n: 9 });
  expect(
    known.find(
      over((row) => (row as { id: string }).id),
      "k2",
      made,
    ),
  ).toBeUndefined();
});
