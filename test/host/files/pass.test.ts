import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../../src/host/files/hash.ts";
import { type Pass, passOver } from "../../../src/host/files/pass.ts";
import { passBeside } from "../../../src/host/passes.ts";
import type { Digest } from "../../../src/model/digest.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-pass-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);
const going = new AbortController().signal;

const ways: readonly (readonly [string, (pass: Pass) => Digest | undefined | Promise<Digest | undefined>])[] = [
  ["in this thread", (pass) => passOver(pass)],
  ["in another thread", (pass) => passBeside(pass, going)],
];

for (const [where, over] of ways) {
  test.each([0, 1, 262_143, 262_144, 262_145, 3_000_000])(
    `a pass ${where} digests and copies %i bytes`,
    async (size) => {
      const bytes = Buffer.alloc(size, "some bytes that are no multiple of anything");
      writeFileSync(path("from"), bytes);
      expect(await over({ source: path("from") })).toBe(hasher.digest(bytes));
      expect(readdirSync(directory)).toEqual(["from"]);
      expect(await over({ source: path("from"), destination: path("to") })).toBe(hasher.digest(bytes));
      expect(readFileSync(path("to")).equals(bytes)).toBe(true);
      expect(statSync(path("to")).mode & 0o777).toBe(0o600);
    },
  );

  test(`a pass ${where} leaves holes where there are only zeros`, async () => {
    writeFileSync(path("from"), "begin");
    truncateSync(path("from"), 64 * 1024 * 1024 + 5);
    expect(await over({ source: path("from"), destination: path("to") })).toBe(
      hasher.digest(readFileSync(path("from"))),
    );
    expect(readFileSync(path("to")).equals(readFileSync(path("from")))).toBe(true);
    expect(statSync(path("to")).blocks * 512).toBeLessThan(1024 * 1024);
  });

  test(`a pass ${where} names what it cannot do as the system does, and replaces nothing`, async () => {
    await expect(async () => over({ source: path("absent") })).rejects.toMatchObject({
      code: "ENOENT",
      path: path("absent"),
    });
    writeFileSync(path("from"), "new");
    writeFileSync(path("to"), "old");
    await expect(async () => over({ source: path("from"), destination: path("to") })).rejects.toMatchObject({
      code: "EEXIST",
    });
    expect(readFileSync(path("to"), "utf8")).toBe("old");
  });
}

test("more passes than threads all come to their end", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `${i}`);
  for (const name of names) writeFileSync(path(name), name.repeat(100_000));
  const digests = await Promise.all(
    names.map((name) => passBeside({ source: path(name), destination: path(`${name}-copy`) }, going)),
  );
  expect(digests).toEqual(names.map((name) => hasher.digest(name.repeat(100_000))));
});

test("an aborted pass ends soon, whether it has begun or waits", async () => {
  writeFileSync(path("from"), "");
  // It takes no room, but minutes to digest.
  truncateSync(path("from"), 512 * 1024 ** 3);
  const stopping = new AbortController();
  const all = Array.from({ length: 10 }, () => passBeside({ source: path("from") }, stopping.signal));
  stopping.abort();
  expect(await Promise.all(all)).toEqual(Array.from({ length: 10 }, () => undefined));
  expect(await passBeside({ source: path("from") }, stopping.signal)).toBeUndefined();
});
