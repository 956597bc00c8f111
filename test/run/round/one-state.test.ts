import { statSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openingLook } from "../../../src/run/noop.ts";
import { type Ran, runBy } from "../../execute/executed.ts";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

async function inc(): Promise<void> {
  expect((await rig.run("run")).code).toBe(0);
}

/** Returns once the file system's clock has gone on: what was written before that is older than what comes. */
function untilLater(): void {
  const touched = (): bigint => {
    rig.write("probe", "");
    return statSync(rig.path("probe"), { bigint: true }).ctimeNs;
  };
  const before = touched();
  while (touched() === before);
}

/** A run that begins with the opening look. @param change What happens then, before anything is decided. */
function changedInRun(change: () => void): Promise<Ran> {
  untilLater();
  const look = openingLook({ cwd: rig.root, tasks: [], params: {} });
  expect(look?.moved).toHaveLength(1);
  let isFirst = true;
  const onRound = (): void => {
    if (isFirst) change();
    isFirst = false;
  };
  return runBy(rig, undefined, { look, onRound });
}

test("a run that only restores stands for one state of all inputs", async () => {
  rig.manifest(`
    export const a = task(sh\`cat \${file("a.txt")} > \${out("build/a")}\`);
    export const z = task(sh\`cat \${file("z.txt")} > \${out("build/z")}\`);
  `);
  // z3 was seen with a0 alone.
  for (const state of ["a0 z3", "a1 z2", "a2 z1", "a1 z1"]) {
    const [a = "", z = ""] = state.split(" ");
    rig.write("a.txt", a);
    rig.write("z.txt", z);
    await inc();
  }
  await inc();
  rig.write("z.txt", "z2");
  const { summary } = await changedInRun(() => {
    rig.write("a.txt", "a2");
    rig.write("z.txt", "z3");
  });
  expect([summary.exit, summary.ran, rig.read("build/a"), rig.read("build/z")]).toEqual([0, 0, "a2", "z3"]);
});

const COMMAND = `task(sh\`if grep -q look \${file("one.txt")}; then
    cat x/extra > \${out("build/new")} 2> /dev/null || echo none > build/new
    echo "build/new: x/extra" > \${depfile("build/d")}
  else echo plain > build/new; echo "build/new: one.txt" > build/d; fi\`)`;

const FUNCTION = `task({
  inputs: { one: file("one.txt") },
  outputs: { made: "build/new" },
  async run({ inputs, outputs }) {
    const { existsSync, writeFileSync } = process.getBuiltinModule("node:fs");
    const looks = (await inputs.one.text()) === "look";
    writeFileSync(outputs.made, looks ? (existsSync("x/extra") ? "extra\\n" : "none\\n") : "plain\\n");
  },
})`;

test.each([
  ["command", COMMAND],
  ["function", FUNCTION],
])("what a %s looks for in vain may have been there when the run began", async (_, task) => {
  rig.manifest(`
    export const old = task(sh\`cat \${file("v.txt")} > \${out("build/old")}\`);
    export const found = ${task};
  `);
  rig.write("v.txt", "v1");
  rig.write("x/extra", "extra\n");
  rig.write("one.txt", "plain");
  await inc();
  await inc();
  rig.write("one.txt", "look");
  const { summary } = await changedInRun(() => {
    rig.write("v.txt", "v2");
    rig.remove("x/extra");
  });
  expect([summary.exit, rig.read("build/old"), rig.read("build/new")]).toEqual([0, "v2", "none\n"]);
});
