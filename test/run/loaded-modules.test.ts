import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** Modules of Node that take milliseconds to load, each for something that a run of commands does not do. */
const COSTLY = ["crypto", "http", "https", "inspector", "repl", "tls"];

test("a run of commands loads no module of Node that only other runs need", async () => {
  rig.write(
    "loaded.cjs",
    `process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(rig.path("loaded"))}, process.moduleLoadList.join("\\n")));`,
  );
  const run = () => rig.start(["run"], { flags: ["-r", rig.path("loaded.cjs")] }).ended;
  rig.manifest(`export const t = task(sh\`cat \${file("in")} > \${out("o")}\`);`);
  rig.write("in", "1");
  await run();
  rig.write("in", "2");
  expect((await run()).stdout).toContain("ran 1,");
  const loaded = rig.read("loaded").split("\n");
  expect(loaded).toContain("NativeModule child_process");
  expect(COSTLY.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
});
