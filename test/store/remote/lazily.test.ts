import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { SharedDirectory } from "../../support/shared-directory.ts";

let rig: Rig;
let shared: SharedDirectory;

beforeEach(async () => {
  rig = await Rig.create('export const a = task(sh`cat ${file("in")} > ${out("build/a")}`);');
  rig.write("in", "1");
  shared = new SharedDirectory();
});

afterEach(async () => {
  await rig.close();
  shared.close();
});

const CHUNKS = fileURLToPath(new URL("../../../dist/chunks", import.meta.url));

/** Chunks of the bundle that hold code for shared caches alone, by what only that code says. */
const SHARED = readdirSync(CHUNKS).filter((name) =>
  /inc-record-3|(?:File|Http|S3)Backend = class/.test(readFileSync(join(CHUNKS, name), "utf8")),
);

/** Chunks that a run loads, as V8 lists them. */
async function loaded(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const coverage = mkdtempSync(join(tmpdir(), "inc-coverage-"));
  try {
    const { code } = await rig.start(["run"], { env: { ...env, NODE_V8_COVERAGE: coverage } }).ended;
    expect(code).toBe(0);
    const scripts = readdirSync(coverage).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(coverage, name), "utf8")) as { result: { url: string }[] };
      return result.map(({ url }) => url.slice(url.lastIndexOf("/") + 1));
    });
    return SHARED.filter((name) => scripts.includes(name));
  } finally {
    rmSync(coverage, { recursive: true });
  }
}

test("without a shared cache, nothing of it is loaded; with one, only its kind", async () => {
  expect(SHARED.length).toBeGreaterThanOrEqual(3);
  expect(await loaded({})).toEqual([]);
  rig.write("in", "2");
  const withDirectory = await loaded({ INC_REMOTE: shared.url });
  expect(withDirectory.length).toBeGreaterThan(0);
  // What asks by HTTP, as most shared caches are asked, is one file with what all of them need.
  expect(withDirectory.some((name) => name.startsWith("s3"))).toBe(false);
  // Nothing to do: nothing is asked.
  expect(await loaded({ INC_REMOTE: shared.url })).toEqual([]);
});
