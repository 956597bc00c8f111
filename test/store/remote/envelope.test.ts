import { expect, test } from "vitest";
import { type Envelope, openPayload, seal, unseal } from "../../../src/store/remote/envelope.ts";

const NOTHING = Buffer.alloc(0);

function opened(fields: object): object {
  return openPayload(unseal(seal(fields, NOTHING, undefined)) as Envelope).fields;
}

/** As whoever writes to the store can, without the values. */
function written(json: string): Envelope {
  return unseal(Buffer.concat([Buffer.from("inc-record-3  \n\0"), Buffer.from(`${json}\n`)])) as Envelope;
}

test("a record holds whatever texts there are", () => {
  const fields = { a: '[[{{"', b: '\\"', c: "\\\\", d: [{ e: "}]," }], ["[".repeat(1000)]: ",".repeat(5_000_000) };
  expect(opened(fields)).toEqual(fields);
});

test("one of a task that names 100,000 files one by one can be read", () => {
  const digest = "0123456789abcdef".repeat(4);
  const outputs = Array.from({ length: 100_000 }, (_, i) => ({
    identity: { type: "file", digest, executable: false },
    name: `${i}`,
    path: `out/${i}`,
    permissions: { file: 0o644 },
    size: 1,
  }));
  const declared = outputs.map(({ name, path }) => ({ name, path, type: "file" }));
  expect(opened({ outputs, declared })).toMatchObject({ outputs: { length: 100_000 } });
});

test.each([
  ["that nests without end", `{"a":${"[".repeat(30_000_000)}`],
  ["that nests deeper than any", `{"a":${"[".repeat(100)}${"]".repeat(100)}}`],
  ["of millions of values", `{"a":[${"[],".repeat(10_000_000)}[]]}`],
  ["of millions of numbers", `{"a":[${"1,".repeat(15_000_000)}1]}`],
])("one %s is refused before it is parsed", (_, json) => {
  const before = process.memoryUsage().heapUsed;
  expect(() => openPayload(written(json))).toThrow("nests too deep, or holds too many values");
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
});
