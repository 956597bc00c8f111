import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AttemptResult } from "../../../src/execute/executor.ts";
import { Launcher } from "../../../src/execute/launcher.ts";
import { type SupervisedCommand, supervise } from "../../../src/execute/local/supervise.ts";
import { findShell } from "../../../src/execute/shell.ts";
import { type Command, spawnCommand } from "../../../src/host/process/process.ts";
import { treeMembers } from "../../../src/host/process/tree.ts";

const SHELL = findShell().path;
const directory = mkdtempSync(join(tmpdir(), "inc-attempt-"));
let count = 0;

function specOf(script: string, more: Partial<SupervisedCommand> = {}): SupervisedCommand {
  count += 1;
  const id = `attempt-${process.pid}-${count}`;
  return {
    id,
    file: SHELL,
    args: ["-e", "-o", "pipefail", "-c", script],
    cwd: directory,
    env: { PATH: process.env.PATH ?? "", INC_ATTEMPT: id },
    log: join(directory, `${id}.log`),
    signal: new AbortController().signal,
    shared: { leaders: new Set(), freeLogs: new Set() },
    onSpawn: () => {},
    ...more,
  };
}

const launcher = new Launcher();

/** Both ways to start a command: inc forks it itself, or the forker does. */
describe.each([
  ["forked", async (command: Command) => spawnCommand(command)],
  ["by the forker", (command: Command) => launcher.start(command)],
])("%s:", (way, start) => {
  const run = (spec: SupervisedCommand): Promise<AttemptResult> => supervise(spec, start);

  beforeAll(async () => {
    for (let parent = ""; parent !== "forker"; ) {
      const spec = specOf(`[ $PPID = ${process.pid} ] && echo inc || echo forker`);
      await run(spec);
      parent = way === "forked" ? "forker" : readFileSync(spec.log, "utf8").trim();
    }
  });

  afterAll(() => launcher.close());

  test("both streams go to the log, in order", async () => {
    const spec = specOf("echo one; echo two >&2; echo three");
    const result = await run(spec);
    expect(result).toMatchObject({ outcome: "ok", exit: 0, logSize: 14 });
    expect(readFileSync(spec.log, "utf8")).toBe("one\ntwo\nthree\n");
  });

  test("a failure names its exit code or signal", async () => {
    expect(await run(specOf("exit 3"))).toMatchObject({ outcome: "failed", exit: 3 });
    const killed = await run(specOf("kill -KILL $$"));
    expect(killed).toMatchObject({ outcome: "failed", signal: "SIGKILL" });
    expect(killed).not.toHaveProperty("exit");
  });

  test("stdout and stderr go to their declared files", async () => {
    const input = join(directory, "in");
    writeFileSync(input, "hello");
    const stdout = join(directory, "out");
    const spec = specOf("", { file: "cat", args: [], stdin: input, stdout: () => openSync(stdout, "w") });
    expect(await run(spec)).toMatchObject({ outcome: "ok", logSize: 0 });
    expect(readFileSync(stdout, "utf8")).toBe("hello");
  });

  test("a timeout ends the whole tree", async () => {
    let group = 0;
    const spec = specOf("sleep 100 & sleep 100", {
      timeout: 50,
      onSpawn: (pid) => {
        group = pid;
      },
    });
    expect(await run(spec)).toMatchObject({ outcome: "timeout", signal: "SIGTERM" });
    expect(treeMembers(group, spec.id)).toEqual([]);
  });

  test("an abort ends a running command, and prevents a start", async () => {
    const stop = new AbortController();
    const running = specOf("sleep 100", { signal: stop.signal, onSpawn: () => stop.abort() });
    expect(await run(running)).toMatchObject({ outcome: "cancelled", signal: "SIGTERM" });
    expect(await run(specOf("true", { signal: stop.signal }))).toMatchObject({ outcome: "cancelled" });
  });

  test("background processes of a command are ended", async () => {
    let group = 0;
    const spec = specOf("sleep 100 & true", {
      onSpawn: (pid) => {
        group = pid;
      },
    });
    expect(await run(spec)).toMatchObject({ outcome: "ok", exit: 0 });
    expect(treeMembers(group, spec.id)).toEqual([]);
  });

  test("an empty log serves the next command, unless a process that has it open may be left", async () => {
    const spec = specOf("true");
    const { shared, log } = spec;
    // In doubt the log is made anew: the machine may have started other processes meanwhile.
    while (!shared.freeLogs.has(log)) await run(spec);
    const held = openSync(log, "r");
    await run(spec);
    expect(statSync(log).ino).toBe(fstatSync(held).ino);
    closeSync(held);
    const go = join(directory, `go${count}`);
    const daemon = `echo $$ > ${go}.pid; read -r _ < ${go}; echo late`;
    execFileSync("mkfifo", [go]);
    await run({
      ...spec,
      args: ["-c", `env -u INC_ATTEMPT setsid --fork sh -c '${daemon}'; until [ -s ${go}.pid ]; do :; done`],
    });
    expect(shared.freeLogs.has(log)).toBe(false);
    expect(
      await run({ ...spec, args: ["-c", `echo > ${go}; while [ -d /proc/$(cat ${go}.pid) ]; do :; done`] }),
    ).toMatchObject({
      outcome: "ok",
      logSize: 0,
    });
    await run({ ...spec, args: ["-c", "echo printed"] });
    expect(shared.freeLogs.has(log)).toBe(false);
  });

  test("a command that cannot be started gives a reason", async () => {
    const messageOf = async (spec: SupervisedCommand) =>
      (await run(spec)).diagnostics?.map((d) => `${d.code}: ${d.message}`);
    expect(await messageOf(specOf("", { file: "no-such-program" }))).toEqual([
      'INC4301: the program "no-such-program" was not found',
    ]);
    const script = join(directory, "plain.sh");
    writeFileSync(script, "", { mode: 0o644 });
    expect(await messageOf(specOf("", { file: script }))).toEqual([`INC4301: "${script}" is not executable`]);
    const cwd = join(directory, "nowhere");
    expect(await messageOf(specOf("true", { cwd }))).toEqual([
      `INC4301: the command's working directory "${cwd}" does not exist`,
    ]);
    const stdin = join(directory, "absent");
    expect(await messageOf(specOf("cat", { stdin }))).toEqual([
      `INC4301: "${stdin}" could not be opened for the command: ENOENT`,
    ]);
  });
});

test("supervision costs little beside the spawn itself", () => {
  const script = fileURLToPath(new URL("supervise-cost.ts", import.meta.url));
  const printed = execFileSync(process.execPath, [script, directory], { encoding: "utf8" });
  const { bare, ours } = JSON.parse(printed) as { bare: number; ours: number };
  const ratio = ours / bare;
  console.log(`50 attempts: ${Math.round(ours)} ms, bare spawn ${Math.round(bare)} ms, ratio ${ratio.toFixed(2)}`);
  expect(ratio).toBeLessThan(3);
});
