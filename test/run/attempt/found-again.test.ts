import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a task with a depfile does not run again in the same run when outputs of a task are removed that is gone", async () => {
  rig.write("in.txt", "1");
  rig.manifest(`export const old = task(sh\`echo 1 > \${out("build/old.txt")}\`);`);
  await rig.run("run");
  rig.manifest(
    `export const found = task(sh\`cat in.txt > \${out("build/found.txt")}; echo "build/found.txt: in.txt" > \${depfile("build/found.d")}\`);`,
  );
  const { stdout } = await rig.run("run");
  expect(stdout).toContain("removed  build/old.txt");
  expect(stdout.match(/^ran {6}found/gm)).toHaveLength(1);
});
