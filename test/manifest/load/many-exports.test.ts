import { afterEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;
afterEach(() => rig.close());

test("a message finds its line in a manifest of thousands of exports", async () => {
  const tasks = Array.from({ length: 2000 }, (_, i) => `export const t${i} = task(sh\`true > \${out("b/${i}")}\`);`);
  rig = await Rig.create(`${tasks.join("\n")}\nexport const last = task(sh\`cat \${file("absent")}\`);`);
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr).toContain("--> pipeline.ts:2002:");
  expect(stderr).toContain('export const last = task(sh`cat ${file("absent")}`);');
});
