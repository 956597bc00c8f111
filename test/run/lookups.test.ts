import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";
import type { Running } from "../support/running.ts";
import { type Answer, type Archive, answering, archiveResults } from "./archive.ts";

const SCRIPT = fileURLToPath(new URL("with-lookup.ts", import.meta.url));

let rig: Rig;
let archive: Archive;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

interface Line {
  readonly kind: string;
  readonly task?: string;
  readonly result?: string;
  readonly diagnostic?: { readonly code: string; readonly message: string };
}

const linesOf = (text: string): Line[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

/** `task: result` of each ended task, in order. */
const results = (lines: readonly Line[]): string[] =>
  lines.filter(({ kind }) => kind === "task-ended").map(({ task, result }) => `${task}: ${result}`);

/** Runs a pipeline and moves its results into the archive. */
async function make(manifest: string, ...tasks: string[]): Promise<void> {
  rig.manifest(manifest);
  expect(await rig.run("run")).toMatchObject({ code: 0 });
  archive = await archiveResults(rig, tasks);
}

/** Starts a run whose look-ups get the given answers; those of other tasks are hits. */
function start(answers: Readonly<Record<string, Partial<Answer>>>, ...args: string[]): Running {
  rig.write(".archive.json", JSON.stringify(answering(archive, answers)));
  return rig.start([rig.path(".archive.json"), ...args], { script: SCRIPT });
}

const CHAIN = `
const a = task(sh\`echo a > \${out("build/a")}\`);
const b = task(sh\`sed s/a/b/ \${a} > \${out("build/b")}\`);
const c = task(sh\`echo c > \${out("build/c")}\`);
const d = task(sh\`cat \${c} > \${out("build/d")}\`);
export { a, b, c, d };
`;

test("a hit is stored and restored, with its record, and needs no second look-up", async () => {
  await make(CHAIN, "a", "b", "c", "d");
  const { code, stdout } = await start({}, "run").ended;
  const lines = linesOf(stdout);
  expect(code).toBe(0);
  expect(results(lines).sort()).toEqual(["a: restored", "b: restored", "c: restored", "d: restored"]);
  expect(lines.some(({ kind }) => kind === "attempt-started")).toBe(false);
  expect(rig.read("build/b")).toBe("b\n");
  expect((await rig.run("run", "--verbose")).stdout).toContain("fresh 4");
  rig.remove("build");
  expect(await rig.results()).toEqual(["a: restored", "b: restored", "c: restored", "d: restored"]);
  const up = await rig.run("lineage", "build/b", "--format", "json");
  expect(JSON.parse(up.stdout)).toMatchObject({
    nodes: expect.arrayContaining([{ kind: "record", task: "a" }].map((node) => expect.objectContaining(node))),
  });
});

test("a miss runs the task without a message", async () => {
  await make(CHAIN, "a", "b", "c", "d");
  const { code, stdout } = await start({ a: { answer: "miss" }, d: { answer: "miss" } }, "run").ended;
  expect(code).toBe(0);
  expect(results(linesOf(stdout)).sort()).toEqual(["a: ran", "b: restored", "c: restored", "d: ran"]);
  expect(linesOf(stdout).filter(({ kind }) => kind === "diagnostic")).toEqual([]);
});

test("a failed look-up counts as a miss, with one warning for all of them", async () => {
  await make(CHAIN, "a", "b", "c", "d");
  const error = { answer: "error" } as const;
  const { code, stdout } = await start({ a: error, b: error, c: error, d: error }, "run").ended;
  const lines = linesOf(stdout);
  expect(code).toBe(0);
  expect(results(lines).sort()).toEqual(["a: ran", "b: ran", "c: ran", "d: ran"]);
  expect(lines.filter(({ kind }) => kind === "diagnostic").map(({ diagnostic }) => diagnostic)).toMatchObject([
    { code: "INC4224", message: "results cannot be looked up elsewhere: connect ECONNREFUSED 10.0.0.1:443" },
  ]);
});

test("a result under another fingerprint is not accepted", async () => {
  await make(CHAIN, "a", "c");
  const [a, c] = Object.keys(archive) as [string, string];
  const swapped = { ...archive, [a]: { ...archive[c], task: "a" }, [c]: { ...archive[a], task: "c" } } as Archive;
  archive = swapped;
  const { code, stdout } = await start({}, "run", "2").ended;
  expect(code).toBe(0);
  expect(results(linesOf(stdout)).sort()).toEqual(["a: ran", "b: ran", "c: ran", "d: ran"]);
  expect(stdout).toContain("INC4224");
  expect(rig.read("build/a")).toBe("a\n");
});

test("the result of a task with a depfile is accepted when its found inputs are the same here", async () => {
  const manifest = `
export const a = task(sh\`cat in.txt > \${out("build/a")}; echo "build/a: in.txt" > \${depfile("build/a.d")}\`);
`;
  rig.write("in.txt", "1\n");
  await make(manifest, "a");
  expect(results(linesOf((await start({}, "run").ended).stdout))).toEqual(["a: restored"]);
  rig.remove(".inc");
  rig.remove("build");
  rig.write("in.txt", "2\n");
  expect(results(linesOf((await start({}, "run").ended).stdout))).toEqual(["a: ran"]);
  expect(rig.read("build/a")).toBe("2\n");
});

test("a task is run when the bytes of its result are missing", async () => {
  await make(CHAIN, "a", "b", "c", "d");
  for (const known of Object.values(archive)) if (known.task === "a") known.blobs.length = 0;
  const { code, stdout } = await start({}, "run").ended;
  expect(code).toBe(0);
  expect(results(linesOf(stdout)).sort()).toEqual(["a: ran", "b: restored", "c: restored", "d: restored"]);
});

test.each(["1", "4"])("with %s jobs a held look-up delays no other task", async (jobs) => {
  await make(CHAIN, "a", "b", "c", "d");
  const miss = { answer: "miss" } as const;
  const running = start({ a: { held: true }, c: miss, d: miss, b: miss }, "run", jobs);
  const lines = new EventLines(running);
  const held = await rig.waitFor("lookup-a");
  // c and d run to their ends meanwhile.
  const before: Line[] = [];
  while (!results(before).includes("d: ran")) before.push(...linesOf((await lines.until("task-ended")).join("\n")));
  expect(results(before)).toEqual(["c: ran", "d: ran"]);
  held.release();
  expect((await running.ended).code).toBe(0);
  expect(results(linesOf(lines.rest().join("\n")))).toEqual(["a: restored", "b: ran"]);
});

test("look-ups take no job: with one job, all of them run at once", async () => {
  await make(CHAIN, "a", "b", "c", "d");
  const running = start({ a: { held: true }, c: { held: true } }, "run", "1");
  const a = await rig.waitFor("lookup-a");
  const c = await rig.waitFor("lookup-c");
  c.release();
  a.release();
  expect((await running.ended).code).toBe(0);
});

test("an interrupt ends look-ups that never answer", async () => {
  await make(CHAIN, "a", "b", "c", "d");
  const running = start({ a: { answer: "hang" } }, "run", "4");
  const lines = new EventLines(running);
  const seen: Line[] = [];
  while (!results(seen).includes("d: restored")) seen.push(...linesOf((await lines.until("task-ended")).join("\n")));
  running.child.kill("SIGINT");
  const { code, stdout } = await running.ended;
  expect(code).toBe(130);
  expect(results(linesOf(stdout)).slice(-2)).toEqual(["a: skipped", "b: skipped"]);
  expect(linesOf(stdout)).toContainEqual({ kind: "lookup-aborted", task: "a" });
  // Hits from before the interrupt are stored.
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
});

test("a failure without --keep-going ends look-ups as well", async () => {
  rig.write("mode", "ok");
  await make(
    `
export const a = task(sh\`echo a > \${out("build/a")}\`);
export const bad = task(sh\`grep -q ok \${file("mode")} && touch \${out("build/bad")}\`);
`,
    "a",
  );
  rig.write("mode", "no");
  const { code, stdout } = await start({ a: { answer: "hang" } }, "run", "4").ended;
  expect(code).toBe(1);
  expect(results(linesOf(stdout)).sort()).toEqual(["a: skipped", "bad: failed"]);
});

test.each([["--dry"], ["--no-cache-read"]])("with %s nothing is looked up", async (flag) => {
  await make(CHAIN, "a", "b", "c", "d");
  const { stdout } = await start({}, "run", "2", flag).ended;
  expect(linesOf(stdout).filter(({ kind }) => kind === "lookup")).toEqual([]);
  expect(results(linesOf(stdout))).toHaveLength(4);
});

test("tasks that always run are not looked up", async () => {
  await make(
    `
export const a = task(sh\`echo a > \${out("build/a")}\`, { rerun: "always" });
export const format = task(sh\`touch src.txt\`, { mutates: ["src.txt"] });
export const deploy = task(sh\`true\`, { rerun: "manual" });
`,
    "a",
  );
  const { stdout } = await start({}, "run", "2").ended;
  expect(linesOf(stdout).filter(({ kind }) => kind === "lookup")).toEqual([]);
});

test("an edit of an input during a look-up leads to another round", async () => {
  rig.write("in.txt", "1\n");
  await make(`export const a = task(sh\`cat \${file("in.txt")} > \${out("build/a")}\`);`, "a");
  const running = start({ a: { held: true } }, "run", "2");
  const held = await rig.waitFor("lookup-a");
  rig.write("in.txt", "2\n");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("build/a")).toBe("2\n");
});

describe("under watch", () => {
  const PIPELINE = `
export const a = task(sh\`cat \${file("a.txt")} > \${out("build/a")}\`);
export const b = task(sh\`cat \${file("b.txt")} > \${out("build/b")}\`);
`;
  let lines: EventLines;
  let running: Running;

  async function watch(answers: Readonly<Record<string, Partial<Answer>>>): Promise<void> {
    rig.write("a.txt", "1\n");
    rig.write("b.txt", "1\n");
    await make(PIPELINE, "a", "b");
    running = start(answers, "watch", "4");
    lines = new EventLines(running);
  }

  async function until(kind: string): Promise<Line[]> {
    return linesOf((await lines.until(kind)).join("\n"));
  }

  test("an edit of another task's input takes effect while the look-up continues", async () => {
    await watch({ a: { held: true } });
    const held = await rig.waitFor("lookup-a");
    expect(results(await until("task-ended"))).toEqual(["b: restored"]);
    rig.write("b.txt", "2\n");
    expect(results(await until("task-ended"))).toEqual(["b: ran"]);
    held.release();
    const rest = await until("watch-quiet");
    expect(results(rest)).toEqual(["a: restored"]);
    expect(rest.filter(({ kind }) => kind.startsWith("lookup"))).toEqual([]);
    running.child.kill("SIGINT");
    await running.ended;
  });

  test("an edit of the task's own input cancels its look-up", async () => {
    await watch({ a: { answer: "hang" } });
    expect(results(await until("task-ended"))).toEqual(["b: restored"]);
    rig.write("a.txt", "2\n");
    const rest = await until("watch-quiet");
    expect(rest).toContainEqual({ kind: "lookup-aborted", task: "a" });
    expect(results(rest)).toEqual(["a: ran"]);
    expect(rig.read("build/a")).toBe("2\n");
    running.child.kill("SIGINT");
    await running.ended;
  });
});
