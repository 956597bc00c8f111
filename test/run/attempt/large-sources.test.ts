import { truncateSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => rig.close());

test("inc does not store a source directory with a large file, just as it does not store a large file", async () => {
  rig.manifest(`
    export const t = task(sh\`ls \${file("data")} \${file("small")} > \${out("out")}\`);
  `);
  rig.write("data/a", "a");
  rig.write("small/a", "a");
  rig.write("data/large", "");
  truncateSync(rig.path("data/large"), 17 * 1024 * 1024);
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("log", "data")).stdout).toMatch(/17(\.0)? MiB.*bytes not stored/);
  expect((await rig.run("log", "small")).stdout).not.toContain("not stored");
});
