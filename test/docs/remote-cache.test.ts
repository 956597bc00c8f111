import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CODES } from "../../src/model/codes.ts";
import type { SharedDirectory } from "../support/shared-directory.ts";
import { type Checkouts, ran, runShared, sharedForEachTest } from "../support/shared-runs.ts";
import { ROOT } from "./projects.ts";

const PAGE = readFileSync(join(ROOT, "docs/remote-cache.md"), "utf8");

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.warn("the documented keys are not made: there is no openssl");

test.skipIf(!hasOpenssl)("the documented commands make keys that inc takes", async () => {
  const commands = /```sh\n(openssl [\s\S]*?)```/.exec(PAGE)?.[1] ?? "";
  const rig = await checkouts.make("");
  const key = execFileSync("sh", ["-ec", commands], { cwd: rig.root, encoding: "utf8", stdio: "pipe" }).trim();
  const manifest = `
export const a = task(sh\`echo a > \${out("build/a")}\`);
export default config({ remote: { url: ${JSON.stringify(shared.url)}, keys: [${JSON.stringify(key)}] } });
`;
  const writer = await checkouts.make(manifest);
  const outcome = await runShared(writer, { INC_SIGNING_KEY_FILE: rig.path("key.pem") });
  expect(outcome).toMatchObject({ code: 0, warnings: [] });
  expect(shared.tasks()).toEqual(["a"]);
  expect(ran(await runShared(await checkouts.make(manifest), {}))).toEqual([]);
});

test("every code that the page lists exists", () => {
  const codes = [...PAGE.matchAll(/INC\d{4}/g)].map(([code]) => code);
  expect(codes.length).toBeGreaterThan(8);
  expect(codes.filter((code) => !(code in CODES))).toEqual([]);
});
