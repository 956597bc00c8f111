import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keyedRecords } from "../../src/content/records/keyed.ts";
import { piecesOf } from "../../src/content/records/pieces.ts";
import { recordBytes } from "../../src/content/records/read.ts";

test.each([
  [
    "a.csv",
    "id,tax\neu,1\nus\n",
    "INC4340 the file has no records: a row has 1 field, and the header has another number",
    3,
  ],
  ["a.csv", 'id,tax\neu,1\n"us,2\n', "INC4340 the file has no records: a quoted field has no end", 3],
  ["a.csv", 'id,tax\n"a"b,1\n', "INC4340 the file has no records: field 1 of a row goes on behind its quotes", 2],
  [
    "a.csv",
    'id,tax\na,1"\n',
    "INC4340 the file has no records: field 2 of a row has a quote that does not begin it",
    2,
  ],
  ["a.csv", "id,id\n", 'INC4340 the file has no records: two columns are named "id"', 1],
  ["a.csv", "", "INC4340 the file has no records: it has no header", 1],
  ["a.csv", Buffer.from([0xff]), "INC4340 the file has no records: it is not UTF-8", 1],
  ["a.tsv", "name\tn\n", 'INC4341 records() takes its keys from the column "id", which the file does not have', 1],
  ["a.csv", 'id\neu\n""\n', 'INC4341 a record has nothing in "id" that could be its key', 3],
  ["a.csv", "id,tax\neu,1\n\nus,1\neu,2\n", 'INC4342 two records have the key "eu"', 5],
  ["a.jsonl", '{"id":1}\n{"id":2', "INC4340 the file has no records: the line is not JSON", 2],
  [
    "a.jsonl",
    '{"id":9007199254740993}',
    "INC4340 the file has no records: the line holds the number 9007199254740993, which JavaScript cannot hold",
    1,
  ],
  ["a.ndjson", "[1]", "INC4340 the file has no records: the line is no object", 1],
  ["a.jsonl", '{"id":{}}', 'INC4341 a record has nothing in "id" that could be its key', 1],
  ["a.txt", "eu", 'INC4340 the file has no records: "a.txt" ends in none of .csv, .tsv, .jsonl, .ndjson', 1],
])("%s = %j has a mistake in a line", (name, content, message, line) => {
  const read = keyedRecords(`/w/${name}`, Buffer.from(content), ["id"]);
  const found = read.ok
    ? []
    : read.diagnostics.map(({ code, message: text, location }) => [`${code} ${text}`, location?.line]);
  expect(found).toEqual([[message, line]]);
});

test("more than a value holds is better cut into pieces", () => {
  const rows = Array.from({ length: 17 }, (_, i) => `{"id":${i},"text":"${"x".repeat(2 ** 20)}"}\n`);
  const read = keyedRecords("/w/a.jsonl", Buffer.from(rows.join("")), ["id"]);
  expect(read.ok ? [] : read.diagnostics.map(({ message }) => message)).toEqual([
    "the records are 17.0 MiB as JSON, and a value has at most 16 MiB",
  ]);
  expect(keyedRecords("/w/a.jsonl", Buffer.from(rows.slice(2).join("")), ["id"]).ok).toBe(true);
});

test("a file that fits into no buffer is refused, and what to do is said", async () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-records-"));
  try {
    const file = join(directory, "a.csv");
    writeFileSync(file, "id\n");
    truncateSync(file, 2 ** 31);
    const read = await recordBytes(file);
    expect(read.ok ? [] : read.diagnostics).toMatchObject([
      { message: "the file has no records: it has 2.0 GiB, and records() reads at most 2 GiB", location: { file } },
    ]);
    truncateSync(file, 3);
    expect(await recordBytes(file)).toEqual({ ok: true, value: Buffer.from("id\n") });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("keys of several columns are told apart, whatever they hold", () => {
  const read = keyedRecords("/w/a.csv", Buffer.from('\uFEFFa,b\r\n"x,y",z\r\nx,"y,z"\r\n__proto__,\\\r\n'), ["a", "b"]);
  expect(read.ok && Object.entries(read.value)).toEqual([
    ["x\\,y,z", { a: "x,y", b: "z" }],
    ["x,y\\,z", { a: "x", b: "y,z" }],
    ["__proto__,\\\\", { a: "__proto__", b: "\\" }],
  ]);
});

test.each([
  ["of Windows", "\r\n", "\r\n"],
  ["of old Macs", "\r", "\r"],
  ["of two systems", "\n", "\r\n"],
  ["of two systems, the other way round", "\r\n", "\n"],
])("lines that end as those %s are rows, and their ends no part of a field", (_, end, other) => {
  const content = `${end}id,n${end}a,1${other}${other}b,2${other}b,3`;
  const read = keyedRecords("/w/a.csv", Buffer.from(content), ["id"]);
  expect(read.ok ? [] : read.diagnostics.map(({ message, location }) => [message, location?.line])).toEqual([
    ['two records have the key "b"', 6],
  ]);
  const fewer = keyedRecords("/w/a.csv", Buffer.from(content.slice(0, -3)), ["id"]);
  expect(fewer.ok && Object.values(fewer.value)).toEqual([
    { id: "a", n: "1" },
    { id: "b", n: "2" },
  ]);
  expect([...pieces("a.csv", content).values()]).toEqual([content]);
  expect(pieces("a.csv", `id,n${end}${table(0, 30_000).replaceAll("\n", other)}`).size).toBeGreaterThan(4);
  const open = piecesOf("/w/a.csv", Buffer.from(`id${end}1${other}"2${other}3`));
  expect(open.ok ? [] : open.diagnostics.map(({ location }) => location?.line)).toEqual([3]);
});

/** Lines that differ, some of which have a line feed in quotes. */
function table(from: number, to: number): string {
  const rows = Array.from({ length: to - from }, (_, i) => {
    const n = Math.imul(i + from, 2_654_435_761) >>> 0;
    return `${i + from},${n % 7 === 0 ? `"a ""${n}""\nb"` : n}\n`;
  });
  return rows.join("");
}

function pieces(name: string, content: string): Map<string, string> {
  const cut = piecesOf(`/w/${name}`, Buffer.from(content));
  if (!cut.ok) throw new Error(JSON.stringify(cut.diagnostics));
  return new Map(cut.value.map(({ name: piece, parts }) => [piece, Buffer.concat(parts).toString()]));
}

test("pieces begin with the header, are cut between rows, and are the file together", () => {
  const cut = pieces("a.csv", `\nid,n\n${table(0, 30_000)}`);
  expect(cut.size).toBeGreaterThan(4);
  for (const piece of cut.values()) {
    expect(piece.startsWith("\nid,n\n")).toBe(true);
    expect(keyedRecords("/w/a.csv", Buffer.from(piece), ["id"]).ok).toBe(true);
  }
  expect([...cut.values()].map((piece) => piece.slice("\nid,n\n".length)).join("")).toBe(table(0, 30_000));
  expect([...pieces("a.txt", `${table(0, 9000)}end`).values()].join("")).toBe(`${table(0, 9000)}end`);
  expect([pieces("a.csv", "id,n\n").size, pieces("a.csv", "").size, pieces("a.txt", "").size]).toEqual([0, 0, 0]);
});

test.each([
  ["at the top", `new,1\n${table(0, 30_000)}`],
  ["in the middle", `${table(0, 15_000)}new,1\n${table(15_000, 30_000)}`],
  ["away", `${table(0, 15_000)}${table(15_001, 30_000)}`],
])("a line %s changes the pieces near it", (_, edited) => {
  const before = pieces("a.csv", `id,n\n${table(0, 30_000)}`);
  const changed = [...pieces("a.csv", `id,n\n${edited}`).keys()].filter((name) => !before.has(name));
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.length).toBeLessThan(3);
});

test("equal pieces are as many units", () => {
  const [first, second, ...rest] = pieces("a.txt", "same\n".repeat(200_000)).keys();
  expect(second).toBe(first?.replace(".txt", "-2.txt"));
  expect(rest.length).toBeGreaterThan(0);
});

test("a quoted field without end is no place to cut", () => {
  const cut = piecesOf("/w/a.csv", Buffer.from('id\n1\n"2\n3\n'));
  expect(cut.ok ? [] : cut.diagnostics).toMatchObject([
    { message: "the file has no records: a quoted field, which begins here, has no end", location: { line: 3 } },
  ]);
});
