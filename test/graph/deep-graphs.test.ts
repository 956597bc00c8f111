import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** A fifth of Node's stack: what would overflow it for a chain of 20,000 tasks overflows it for 4,000. */
const SHALLOW = { flags: ["--stack-size=196"] };
const LENGTH = 4000;

test("a chain that is far longer than the stack is deep is drawn, listed, explained and planned", async () => {
  rig.manifest(`
let last = task(sh\`echo > \${out("b/0")}\`);
export const t: Record<string, unknown> = { 0: last };
for (let i = 1; i < ${LENGTH}; i += 1) t[i] = last = task(sh\`cp \${last} \${out("b/" + i)}\`);`);
  for (const format of ["tree", "dot", "mermaid", "json"]) {
    const drawn = await rig.start(["graph", "--format", format], SHALLOW).ended;
    expect([drawn.code, drawn.stderr]).toEqual([0, ""]);
    expect(drawn.stdout).toContain(`t.${LENGTH - 1}`);
    expect(drawn.stdout).toContain("t.0");
    expect(drawn.stdout.length).toBeLessThan(1_600_000);
  }
  for (const args of [["list"], ["status"], ["why", `t.${LENGTH - 1}`], ["run", "-n"]]) {
    const told = await rig.start(args, SHALLOW).ended;
    expect([told.code, told.stderr]).toEqual([0, ""]);
  }
});
