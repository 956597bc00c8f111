import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
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
  const [opened, decided, stored, ...later] = stderr
    .trim()
    .split("\n")
    .map((line) => line.replace(/ +[\d.]+ ms +/, " "));
  expect([opened, decided, stored]).toEqual(["inc:store open", "inc:plan decide t", "inc:store store t"]);
  const commits = later.slice(0, -1);
  expect(later.at(-1)).toBe("inc:store close");
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
  for (const phase of [
    "no-op",
    "open",
    "lease",
    "load",
    "pin \\d+ looks",
    "decide t",
    "store t",
    "commit",
    "sweep",
    "save",
    "close",
  ])
    expect(text).toMatch(new RegExp(`ms +${phase}`));
});

test("INC_DEBUG never harms the command: its reader may go, its file may be full or not there", async () => {
  const many = Array.from({ length: 40 }, (_, i) => `export const t${i} = task(sh\`echo > \${out("b/${i}")}\`);\n`);
  rig.manifest(many.join(""));
  for (const [file, said] of [
    ["/dev/full", "ENOSPC: no space left on device, write"],
    ["no/such/directory/log", "ENOENT: no such file or directory, open 'no/such/directory/log'"],
  ] as const) {
    const { code, stderr } = await rig.start(["run", "-f"], { env: { INC_DEBUG: "all", INC_DEBUG_FILE: file } }).ended;
    expect(code).toBe(0);
    const [warning, ...lines] = stderr.split(/(?<=\n)(?! )/);
    expect(warning).toBe(
      `warning INC1053: INC_DEBUG_FILE cannot be written: "${file}"\n` +
        `  note: ${said}\n  note: the lines come here instead\n` +
        "  help: name a file in a directory that exists and has room: INC_DEBUG_FILE=/tmp/inc.log\n",
    );
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) expect(line).toMatch(/^inc:\w+ +[\d.]+ ms /);
  }
  const running = rig.start(["run", "-f"], { env: { INC_DEBUG: "all" } });
  running.child.stderr?.destroy();
  expect((await running.ended).code).toBe(0);
  expect(rig.exists("b/39")).toBe(true);
});

test("INC_DEBUG_FILE may be a named pipe, whose reader reads on until the command has ended", async () => {
  const pipe = rig.path("pipe");
  execFileSync("mkfifo", [pipe]);
  const reading = promisify(execFile)("cat", [pipe]);
  expect((await rig.start(["run"], { env: { INC_DEBUG: "all", INC_DEBUG_FILE: pipe } }).ended).code).toBe(0);
  expect((await reading).stdout).toMatch(/ms {2}open\n(.*\n)*.*ms {2}close\n$/);
});

test("INC_DEBUG follows lineage and commands, too", async () => {
  expect((await rig.start(["run"], { env: { INC_DEBUG: "execute" } }).ended).stderr).toMatch(
    /^inc:execute +[\d.]+ ms {2}command t\n$/,
  );
  expect((await rig.start(["lineage", "out"], { env: { INC_DEBUG: "lineage" } }).ended).stderr).toMatch(/ms {2}ask\n/);
});

test.each([["log", "out"], ["get", "out"], ["du"], ["doctor"], ["gc"], ["pin", "out"]])(
  "INC_DEBUG shows what a command takes its time for: %s",
  async (...args) => {
    expect((await rig.run("run")).code).toBe(0);
    const { code, stderr } = await rig.start(args, { env: { INC_DEBUG: "access,store" } }).ended;
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const phases = [...stderr.matchAll(/^inc:(\w+) +[\d.]+ ms {2}(\w+)/gm)].map(([, room, name]) => `${room} ${name}`);
    expect(phases).toEqual(expect.arrayContaining(["access find", "store open", "store read", "store close"]));
  },
);

test("INC_DEBUG says how long reading inputs takes, apart from deciding", async () => {
  rig.manifest('export const t = task(sh`cat ${files("many/*")} > ${out("out")}`);');
  for (let i = 0; i < 300; i += 1) rig.write(`many/${i}`, new Uint8Array(20_000));
  const { stderr } = await rig.start(["run"], { env: { INC_DEBUG: "files,plan" } }).ended;
  const [, pinned, looks] = /inc:files +([\d.]+) ms {2}pin (\d+) looks\n/.exec(stderr) ?? [];
  const [, decided] = /inc:plan +([\d.]+) ms {2}decide t\n/.exec(stderr) ?? [];
  expect(Number(looks)).toBeGreaterThan(600);
  expect(Number(pinned)).toBeGreaterThan(Number(decided) / 10);
  expect(Number(pinned)).toBeLessThan(Number(decided));
});

test("INC_DEBUG escapes what moves the cursor, or would begin another line", async () => {
  rig.manifest('export const { t } = { t: each(["a\\u001b[2J\\nb"], (key) => task(sh`echo ${key} > ${out("x")}`)) };');
  const { code, stderr } = await rig.start(["run"], { env: { INC_DEBUG: "all,\u001b[2J" } }).ended;
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("\u001b")]);
  expect(stderr).toContain('no room "\\u001b[2J"');
  expect(stderr).toMatch(/decide t.*\\u001b\[2J\\nb/);
});

test("INC_DEBUG with an unknown room lists the known ones", async () => {
  const { code, stderr } = await rig.start(["run"], { env: { INC_DEBUG: "brain" } }).ended;
  expect(code).toBe(0);
  expect(stderr).toBe(
    'warning INC1052: INC_DEBUG knows no room "brain"\n' +
      "  help: name some of these, with commas between them: access, execute, files, lineage, plan, run, store, watch, all\n",
  );
});

test("--profile shows inc's own phases beside the tasks", async () => {
  expect((await rig.run("run", "--profile", "trace.json")).code).toBe(0);
  const { traceEvents } = JSON.parse(rig.read("trace.json")) as {
    traceEvents: { name: string; ph: string; ts: number; tid: number; args: { room?: string } }[];
  };
  const inner = traceEvents.filter(({ ph, args }) => ph === "X" && args.room !== undefined);
  expect(new Set(inner.map(({ name }) => name))).toEqual(
    new Set(["no-op", "open", "lease", "load", "pin", "decide", "store", "commit", "sweep", "save", "close"]),
  );
  expect(Math.min(...traceEvents.map(({ ts }) => ts))).toBe(0);
  expect(traceEvents.some(({ name, tid }) => name === "t" && tid === 1)).toBe(true);
});

test("--profile writes to a named pipe once, whether or not there is something to do", async () => {
  const pipe = rig.path("pipe");
  execFileSync("mkfifo", [pipe]);
  for (const last of ["close", "no-op"]) {
    const reading = promisify(execFile)("cat", [pipe]);
    expect((await rig.run("run", "--profile", pipe)).code).toBe(0);
    const { traceEvents } = JSON.parse((await reading).stdout) as { traceEvents: { name: string; ph: string }[] };
    expect(traceEvents.filter(({ ph }) => ph === "X").map(({ name }) => name)).toContain(last);
    await rig.run("run");
  }
});
