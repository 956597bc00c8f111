import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
export const a = task(sh\`cat \${file("in.txt")} > \${out("a.txt")}\`);
export const b = task(sh\`cat \${a} > \${out("b.txt")}\`);
`);
  for (const text of ["one\n", "two\n"]) {
    rig.write("in.txt", text);
    expect(await rig.run("run")).toMatchObject({ code: 0 });
  }
  rig.write("in.txt", "one\n");
});

afterEach(() => rig.close());

test("the reason of a restore is the input that changed back, not the outputs", async () => {
  const { stdout, stderr } = await rig.run("run");
  expect(stdout + stderr).toMatch(/restored a {2}in\.txt changed/);
  expect(stdout + stderr).toMatch(/restored b {2}a\.txt changed/);
  expect(rig.read("b.txt")).toBe("one\n");
});

test("the reason of a restore is the output if it was edited", async () => {
  rig.write("a.txt", "by hand\n");
  const { stdout, stderr } = await rig.run("run");
  expect(stdout + stderr).toMatch(/restored a {2}output a\.txt differs/);
  expect(rig.read("a.txt")).toBe("one\n");
});
