import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

interface Node {
  readonly kind: "version" | "record";
  readonly id: string;
  readonly name: string;
  readonly type?: string;
  readonly stale?: readonly string[];
}

interface Document {
  readonly nodes: readonly Node[];
}

async function ok(...args: readonly string[]): Promise<string> {
  const outcome = await rig.run(...args);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return outcome.stdout;
}

async function lineage(...args: readonly string[]): Promise<readonly Node[]> {
  return (JSON.parse(await ok("lineage", "--format", "json", ...args)) as Document).nodes;
}

async function versionsIn(...args: readonly string[]): Promise<readonly string[]> {
  return (await lineage(...args)).filter(({ kind }) => kind === "version").map(({ id }) => id);
}

async function stale(...args: readonly string[]): Promise<readonly string[]> {
  return (await lineage(...args)).filter((node) => (node.stale ?? []).length > 0).map(({ id }) => id);
}

/** Numbers of the versions of a name, newest first. */
async function numbers(name: string): Promise<readonly number[]> {
  const [log] = JSON.parse(await ok("log", name, "--json")) as { versions: { n: number }[] }[];
  return log?.versions.map(({ n }) => n) ?? [];
}

async function runWith(text: string, ...args: readonly string[]): Promise<void> {
  rig.write("in", text);
  await ok("run", ...args);
}

const CHAIN = `
export const mid = task(sh\`cat \${file("in")} > \${out("mid")}\`);
export const end = task(sh\`cat \${mid} > \${out("end")}\`);
`;

/** Lines that begin with `#` do not reach `mid`. */
const CUT = `
export const mid = task(sh\`grep -v '^#' \${file("in")} > \${out("mid")}\`);
export const end = task(sh\`cat \${mid} > \${out("end")}\`);
`;

test("A, B, A: the restored result is made of the third version of its source", async () => {
  rig.manifest(CHAIN);
  for (const text of ["A\n", "B\n", "A\n"]) await runWith(text);
  expect(await numbers("in")).toEqual([3, 2, 1]);
  expect(await ok("get", "in@latest")).toBe("A\n");
  expect(await ok("get", "in@{now}")).toBe("A\n");
  expect(await versionsIn("end")).toEqual(["end@3", "mid@3", "in@3"]);
  expect(await versionsIn("in", "--down")).toEqual(["in@3", "mid@3", "end@3"]);
  expect(await versionsIn("mid", "--down")).toEqual(["mid@3", "end@3"]);
  expect(await stale("in", "--down")).toEqual([]);
  expect(await versionsIn("end@1")).toEqual(["end@1", "mid@1", "in@1"]);
  expect(await versionsIn("end@2")).toEqual(["end@2", "mid@2", "in@2"]);
  // A version that is no longer the latest keeps its inputs.
  await runWith("C\n");
  expect(await versionsIn("end@3")).toEqual(["end@3", "mid@3", "in@3"]);
  expect(await versionsIn("in@3", "--down")).toEqual(["in@3", "mid@3", "end@3"]);
});

test("early cutoff on the way back: the result is made of the latest version of its source", async () => {
  rig.manifest(CUT);
  for (const text of ["A\n", "A\n#\n", "A\n"]) await runWith(text);
  expect(await numbers("in")).toEqual([3, 2, 1]);
  expect(await versionsIn("end")).toEqual(["end@1", "mid@1", "in@3"]);
  expect(await versionsIn("in", "--down")).toEqual(["in@3", "mid@1", "end@1"]);
  expect(await stale("in", "--down")).toEqual([]);
});

test("after early cutoff a result is made of the latest version of its source", async () => {
  rig.manifest(CUT);
  for (const text of ["A\n", "A\n#\n"]) await runWith(text);
  expect(await versionsIn("end")).toEqual(["end@1", "mid@1", "in@2"]);
  expect(await versionsIn("in", "--down")).toEqual(["in@2", "mid@1", "end@1"]);
});

test("a result whose input changed and changed back between its runs is made of the present versions", async () => {
  rig.manifest(CHAIN);
  await runWith("A\n");
  await runWith("B\n", "mid");
  await runWith("A\n", "mid");
  await ok("run");
  expect(await versionsIn("end")).toEqual(["end@1", "mid@3", "in@3"]);
  expect(await versionsIn("in", "--down")).toEqual(["in@3", "mid@3", "end@1"]);
});

test("parameters and variables that change back get new versions, and tasks that share a source get the same version", async () => {
  rig.manifest(`
export const a = task(sh\`echo \${param("p", "1")} > \${out("a")}\`);
export const b = task(sh\`echo \${param("p", "1")} $V > \${out("b")}\`, { env: { V: env("V") } });
`);
  const run = async (p: string, v: string): Promise<void> => {
    const outcome = await rig.start(["run", "--param", `p=${p}`], { env: { V: v } }).ended;
    expect(outcome).toMatchObject({ code: 0 });
  };
  for (const [p, v] of [["1", "x"], ["2", "y"], ["1", "x"]] as const) await run(p, v); // biome-ignore format: a table
  expect(await numbers("param:p")).toEqual([3, 2, 1]);
  expect(await numbers("env:V")).toEqual([3, 2, 1]);
  expect(await versionsIn("b")).toEqual(["b@3", "env:V@3", "param:p@3"]);
  expect(await versionsIn("param:p", "--down")).toEqual(["param:p@3", "a@3", "b@3"]);
  expect(await stale("param:p", "--down")).toEqual([]);
});

test("sources get new versions when only a task without outputs reads them, and when the attempt fails", async () => {
  rig.manifest(`export const check = task(sh\`grep -q A \${file("in")}\`);`);
  await runWith("A\n");
  rig.write("in", "B\n");
  expect(await rig.run("run")).toMatchObject({ code: 1 });
  expect(await numbers("in")).toEqual([2, 1]);
  await runWith("A\n");
  expect(await numbers("in")).toEqual([3, 2, 1]);
  expect(await ok("get", "in@latest")).toBe("A\n");
});

test("members of a set and found inputs that change back get new versions", async () => {
  rig.manifest(`
export const set = task(sh\`cat \${files("d/*.txt")} > \${out("set")}\`);
export const found = task(sh\`cat h > \${out("found")}; echo 'found: h' > \${depfile("found.d")}\`);
`);
  for (const text of ["A\n", "B\n", "A\n"]) {
    rig.write("d/x.txt", text);
    rig.write("h", text);
    await ok("run");
  }
  expect(await numbers("d/x.txt")).toEqual([3, 2, 1]);
  expect(await numbers("h")).toEqual([3, 2, 1]);
  expect(await versionsIn("set")).toEqual(["set@3", "d/x.txt@3"]);
  expect(await versionsIn("found")).toEqual(["found@3", "h@3"]);
  expect(await versionsIn("d/x.txt", "--down")).toEqual(["d/x.txt@3", "set@3"]);
  expect(await versionsIn("h", "--down")).toEqual(["h@3", "found@3"]);
});

test("an output that is a link appears with its version in the lineage of its readers", async () => {
  rig.write("real", "r\n");
  rig.manifest(`
export const link = task(sh\`cat \${file("in")}; ln -s ../real \${out("build/link")}\`);
export const end = task(sh\`cat \${link} > \${out("end")}\`);
`);
  await runWith("A\n");
  expect(await versionsIn("end")).toEqual(["end@1", "build/link@1", "in@1"]);
  expect(await versionsIn("in", "--down")).toEqual(["in@1", "build/link@1", "end@1"]);
  expect(await stale("in", "--down")).toEqual([]);
});

test("a run that confirms nothing commits nothing, even without a snapshot", async () => {
  rig.manifest(CHAIN);
  for (const text of ["A\n", "B\n", "A\n"]) await runWith(text);
  const records = async (): Promise<number> =>
    (await lineage("in", "--down")).filter(({ kind }) => kind === "record").length;
  const [generation, before] = [rig.read(".inc/generation"), await records()];
  await ok("run");
  expect(rig.read(".inc/generation")).toBe(generation);
  // Without the snapshot inc reads all files again, and finds them unchanged.
  rig.remove(".inc/snapshot");
  await ok("run");
  expect(await numbers("in")).toEqual([3, 2, 1]);
  expect(await records()).toBe(before);
});

test("a source that changes back after a killed run had recorded the other state gets a new version", async () => {
  rig.manifest(
    `
export const mid = task(sh\`cat \${file("in")} > \${out("mid")}\`);
export const slow = task(sh\`cat \${mid} > \${out("slow")}; if grep -q B mid; then ${"HELD"}; fi\`);
`.replace("HELD", rig.held("slow")),
  );
  await runWith("A\n");
  rig.write("in", "B\n");
  const running = rig.start(["run"]);
  const held = await rig.waitFor("slow");
  // The first task was committed by then, a tenth of a second after it ended.
  await expect.poll(() => numbers("in"), { timeout: 20_000 }).toEqual([2, 1]);
  running.child.kill("SIGKILL");
  await running.ended;
  await runWith("A\n");
  await held.gone;
  expect(await numbers("in")).toEqual([3, 2, 1]);
  expect(await stale("in", "--down")).toEqual([]);
});
