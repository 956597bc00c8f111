import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";
import { diffContent } from "../../../src/content/diff/diff.ts";

const diff = (name: string, before: string | Uint8Array, after: string | Uint8Array) =>
  diffContent(name, Buffer.from(before), Buffer.from(after));

const json = (before: unknown, after: unknown) => diff("x.json", JSON.stringify(before), JSON.stringify(after));

test("text by line, with three lines around", () => {
  expect(diff("x.txt", "1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nfive\n6")).toEqual({
    kind: "text",
    hunks: [
      {
        oldStart: 2,
        oldLines: 5,
        newStart: 2,
        newLines: 5,
        lines: [" 2", " 3", " 4", "-5", "-6", "+five", "+6", "\\ No newline at end of file"],
      },
    ],
  });
});

test("JSON by pointer; an element that moved along is no change", () => {
  const before = { a: 1, "x/y": { "~": [1, 2] }, gone: null, list: [{ id: 1 }, { id: 2 }, { id: 3, v: "a" }] };
  const after = { "x/y": { "~": [1, 3] }, a: 1, list: [{ id: 2 }, { v: "b", id: 3 }, 4], new: [] };
  expect(json(before, after)).toEqual({
    kind: "json",
    changes: [
      { pointer: "/x~1y/~0/1", before: 2, after: 3 },
      { pointer: "/gone", before: null },
      { pointer: "/list/0", before: { id: 1 } },
      { pointer: "/list/1/v", before: "a", after: "b" },
      { pointer: "/list/2", after: 4 },
      { pointer: "/new", after: [] },
    ],
  });
  expect(json([1], { 0: 1 })).toEqual({ kind: "json", changes: [{ pointer: "", before: [1], after: { 0: 1 } }] });
});

test("JSON that differs in its text only, is broken or cannot be held exactly is compared by line", () => {
  for (const [before, after] of [
    ['{"a":1}', '{ "a": 1 }'],
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['{"a":1}', '{"a":1'],
    ['{"a":12345678901234567890}', '{"a":12345678901234567891}'],
    ["[".repeat(20_000) + "]".repeat(20_000), `${"[".repeat(20_000)}1${"]".repeat(20_000)}`],
  ] as const)
    expect(diff("x.json", before, after).kind).toBe("text");
  expect(json(JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":2}'))).toEqual({
    kind: "json",
    changes: [{ pointer: "/__proto__", before: 1, after: 2 }],
  });
});

test("tables by the first column, whatever the order of the rows", () => {
  expect(diff("x.csv", "id,name,old\n1,a,x\n2,b,x\n3,c,x\n", 'id,new,name\n3,y,c\n4,y,d\n1,y,"a,\n"\n')).toEqual({
    kind: "csv",
    addedColumns: ["new"],
    removedColumns: ["old"],
    rows: [
      {
        key: "2",
        oldRow: 2,
        cells: [
          { column: "id", before: "2" },
          { column: "name", before: "b" },
          { column: "old", before: "x" },
        ],
      },
      {
        key: "4",
        newRow: 2,
        cells: [
          { column: "id", after: "4" },
          { column: "new", after: "y" },
          { column: "name", after: "d" },
        ],
      },
      { key: "1", oldRow: 1, newRow: 3, cells: [{ column: "name", before: "a", after: "a,\n" }] },
    ],
  });
});

test("tables whose first column does not identify rows, by the rows around", () => {
  expect(diff("x.tsv", "k\tv\na\t1\na\t2\na\t3\n", "k\tv\na\t0\na\t1\na\t9\na\t3\n")).toEqual({
    kind: "csv",
    addedColumns: [],
    removedColumns: [],
    rows: [
      {
        newRow: 1,
        cells: [
          { column: "k", after: "a" },
          { column: "v", after: "0" },
        ],
      },
      { oldRow: 2, newRow: 3, cells: [{ column: "v", before: "2", after: "9" }] },
    ],
  });
});

test("semicolons between the cells, where the header has no comma", () => {
  expect(diff("x.csv", "id;v\na;1,5\n", "id;v\na;2,5\n")).toMatchObject({
    kind: "csv",
    rows: [{ key: "a", cells: [{ column: "v", before: "1,5", after: "2,5" }] }],
  });
});

test("broken tables are compared by line, binary files by size", () => {
  expect(diff("x.csv", "a,b\n1\n", "a,b\n1,2\n").kind).toBe("text");
  expect(diff("x.csv", "a,a\n1,2\n", "a,a\n1,3\n").kind).toBe("text");
  expect(diff("x.csv", 'a\n"1"\n', "a\n1\n").kind).toBe("text");
  expect(diff("x.txt", new Uint8Array([1, 2, 0xff, 4, 5]), new Uint8Array([1, 2, 3, 0xff, 5]))).toEqual({
    kind: "binary",
    before: 5,
    after: 5,
    sameStart: 2,
    sameEnd: 1,
    shared: 0,
  });
  expect(diff("x.bin", "a\0b", "a\0").kind).toBe("binary");
  expect(diff("x.bin", "aa", "aaa\0a")).toMatchObject({ sameStart: 2, sameEnd: 0 });
});

test("binary files share chunks, wherever they are", () => {
  const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(2_000_000));
  const moved = Buffer.concat([Buffer.from("new\0"), noise.subarray(1_000_000), noise.subarray(0, 1_000_000)]);
  const { shared } = diff("x.bin", noise, moved) as { shared: number };
  expect(shared).toBeGreaterThan(1_300_000);
  expect(shared).toBeLessThan(2_000_000);
});

test("texts without anything in common take no more than a few seconds", () => {
  const lines = (seed: number) => Array.from({ length: 60_000 }, (_, i) => `${(i * seed) % 1_000_003}`).join("\n");
  const started = performance.now();
  expect(["binary", "text"]).toContain(diff("x.txt", lines(7919), lines(104_729)).kind);
  expect(performance.now() - started).toBeLessThan(20_000);
});
