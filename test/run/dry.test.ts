import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

/** The run does what --dry says. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a dry run fails where the run fails", async () => {
  rig.write("dist/mine.txt", "mine");
  rig.manifest(`
export const site = task(sh\`mkdir -p dist; echo > dist/x\`, { outputs: { dist: "dist/" } });
export const pack = task(sh\`cat \${site.outputs.dist}/x > \${out("o")}\`);`);
  const dry = await rig.run("run", "-n");
  const run = await rig.run("run", "-k");
  for (const { code, stdout } of [dry, run]) {
    expect(code).toBe(1);
    expect(stdout).toContain("INC4204");
    expect(stdout).toMatch(/^skipped +pack/m);
  }
  expect(rig.read("dist/mine.txt")).toBe("mine");
});

test("a dry run counts a task that early cutoff may spare only as a possible run", async () => {
  rig.write("in.txt", "one");
  rig.manifest(`
export const a = task(sh\`wc -l < \${file("in.txt")} > \${out("a")}\`);
export const b = task(sh\`cat \${a} > \${out("b")}\`);
export const c = task(sh\`cat \${b} > \${out("c")}\`);`);
  await rig.run("run");
  rig.write("in.txt", "two");
  expect((await rig.run("run", "-n")).stdout).toMatch(/^would run 1, perhaps 2 more, would restore 0, fresh 0 in /m);
  expect((await rig.run("run")).stdout).toMatch(/^ran 1, restored 0, fresh 2/m);
});

test("a task that reads a result to restore is not fresh", async () => {
  rig.manifest(`
export const a = task(sh\`cp \${file("in.txt")} \${out("a")}\`);
export const b = task(sh\`cp \${a} \${out("b")}\`);`);
  for (const text of ["one", "two"]) {
    rig.write("in.txt", text);
    await rig.run("run");
  }
  // This run records nothing, so the next assessment may take the short way.
  await rig.run("run");
  rig.write("in.txt", "one");
  expect((await rig.run("run", "-n")).stdout).toMatch(/^would run 0, would restore 2, fresh 0 in /m);
  rig.write("in.txt", "three");
  expect((await rig.run("status")).stdout).toMatch(/^0 of 2 fresh$/m);
});

test("a dry run expects a tool that a task makes", async () => {
  rig.manifest(`
export const made = task(sh\`{ echo '#!/bin/sh'; cat \${file("in.txt")}; } > \${out("bin/x")}; chmod +x bin/x\`);
export const used = task(sh\`\${tool("./bin/x")} > \${out("o")}\`, { inputs: [made] });`);
  rig.write("in.txt", "echo one");
  expect(await rig.run("run", "-n")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^would run 1, perhaps 1 more, /m),
  });
  await rig.run("run");
  rig.write("in.txt", "echo two");
  await rig.run("run");
  rig.write("in.txt", "echo one");
  expect((await rig.run("run", "-n")).stdout).toMatch(/^would run 0, would restore 2, /m);
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 2, /m);
});

test("a dry run expects a tool in a directory that a task makes", async () => {
  rig.manifest(`
export const installed = task(sh\`mkdir -p node_modules/.bin; echo 'echo hi' > node_modules/.bin/x; chmod +x node_modules/.bin/x\`, {
  outputs: { modules: "node_modules/" },
});
export const used = task(sh\`\${tool("x")} > \${out("o")}\`, { inputs: [installed] });
export const other = task(sh\`\${tool("no-such-tool")}\`);`);
  const dry = await rig.run("run", "-n", "used");
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^would run 1, perhaps 1 more, /m)]);
  const other = await rig.run("run", "-n", "-k");
  expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('INC4202: task "other"')]);
});
