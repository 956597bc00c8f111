import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.create('export const t = task(sh`cat ${file("in")} > ${out("out")}`);');
  rig.write("in", "1\n");
});
afterEach(() => rig.close());

test("INC_DEBUG writes what inc itself does and how long it takes to stderr, for the named rooms", async () => {
  const { code, stdout, stderr } = await rig.start(["run", "--json"], { env: { INC_DEBUG: "plan,store" } }).ended;
  expect(code).toBe(0);
  for (const line of stdout.trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
  const [decided, stored, ...commits] = stderr
    .trim()
    .split("\n")
    .map((line) => line.replace(/ +[\d.]+ ms +/, " "));
  expect([decided, stored]).toEqual(["inc:plan decide t", "inc:store store t"]);
  // Whether the end of the run shares a transaction with the attempt depends on how soon it comes.
  expect(commits.length).toBeGreaterThan(0);
  for (const line of commits) expect(line).toMatch(/^inc:store commit \d attempts$/);
});

test("INC_DEBUG_FILE takes the lines, and all means every room", async () => {
  const env = { INC_DEBUG: "all", INC_DEBUG_FILE: rig.path("debug.log") };
  const { code, stderr } = await rig.start(["run"], { env }).ended;
  expect(code).toBe(0);
  expect(stderr).toBe("");
  const text = readFileSync(rig.path("debug.log"), "utf8");
  for (const phase of ["no-op", "load", "pin", "decide t", "store t", "commit", "sweep", "save"])
    expect(text).toMatch(new RegExp(`ms +${phase}`));
});

test("INC_DEBUG never harms the command: its reader may go, its file may be full or not there", async () => {
  const many = Array.from({ length: 40 }, (_, i) => `export const t${i} = task(sh\`echo > \${out("b/${i}")}\`);\n`);
  rig.manifest(many.join(""));
  for (const [file, said] of [
    ["/dev/full", "ENOSPC"],
    ["no/such/directory/log", "ENOENT"],
  ] as const) {
    const { code, stderr } = await rig.start(["run", "-f"], { env: { INC_DEBUG: "all", INC_DEBUG_FILE: file } }).ended;
    expect({ code, lines: stderr.split("\n").length }).toEqual({ code: 0, lines: 2 });
    expect(stderr).toContain(`inc: INC_DEBUG_FILE cannot be written: ${said}`);
  }
  const running = rig.start(["run", "-f"], { env: { INC_DEBUG: "all" } });
  running.child.stderr?.destroy();
  expect((await running.ended).code).toBe(0);
  expect(rig.exists("b/39")).toBe(true);
});

test("INC_DEBUG follows lineage and commands, too", async () => {
  expect((await rig.start(["run"], { env: { INC_DEBUG: "execute" } }).ended).stderr).toMatch(
    /^inc:execute +[\d.]+ ms {2}command t\n$/,
  );
  expect((await rig.start(["lineage", "out"], { env: { INC_DEBUG: "lineage" } }).ended).stderr).toMatch(/ms {2}ask\n/);
});

test("INC_DEBUG with an unknown room lists the known ones", async () => {
  const { code, stderr } = await rig.start(["run"], { env: { INC_DEBUG: "brain" } }).ended;
  expect(code).toBe(0);
  expect(stderr).toBe(
    'inc: INC_DEBUG knows no "brain"; it knows access, execute, files, lineage, plan, run, store, watch, all\n',
  );
});

test("--profile shows inc's own phases beside the tasks", async () => {
  expect((await rig.run("run", "--profile", "trace.json")).code).toBe(0);
  const { traceEvents } = JSON.parse(rig.read("trace.json")) as {
    traceEvents: { name: string; ph: string; ts: number; tid: number; args: { room?: string } }[];
  };
  const inner = traceEvents.filter(({ ph, args }) => ph === "X" && args.room !== undefined);
  expect(new Set(inner.map(({ name }) => name))).toEqual(
    new Set(["load", "pin", "decide", "store", "commit", "sweep", "save"]),
  );
  expect(Math.min(...traceEvents.map(({ ts }) => ts))).toBe(0);
  expect(traceEvents.some(({ name, tid }) => name === "t" && tid === 1)).toBe(true);
});
