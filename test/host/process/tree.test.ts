import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { bootId, startTimeOf } from "../../../src/host/process/identity.ts";
import { endGroupOfDeadRun, endTree, groupExists, leftBy, treeMembers } from "../../../src/host/process/tree.ts";

const linux = process.platform === "linux";

/** Starts a script in a group of its own; resolves with the process ids that its first line names. */
async function start(script: string, marker: string): Promise<{ child: ChildProcess; pids: readonly number[] }> {
  const env = { PATH: process.env.PATH, INC_ATTEMPT: marker };
  const child = spawn("bash", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "inherit"], env });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return { child, pids: String(line).trim().split(/\s+/).map(Number) };
}

/** True for a running process. A zombie does not count: the first process of some machines reaps none. */
function alive(pid: number): boolean {
  const stat = linux ? spawnSync("ps", ["-o", "stat=", "-p", `${pid}`]).stdout.toString() : "";
  return stat !== "" && !stat.startsWith("Z");
}

test("grandchildren end with the group", async () => {
  const { child, pids } = await start("sleep 100 & a=$!; (sleep 100 & echo $a $! ; wait)", "m-grand");
  const exited = once(child, "exit");
  await endTree(child.pid, "m-grand", 2000);
  await exited;
  expect(treeMembers(child.pid, "m-grand")).toEqual([]);
  expect(pids.filter(alive)).toEqual([]);
});

test("a process that ignores SIGTERM is killed after the grace period", async () => {
  const { child } = await start("trap '' TERM; echo $$; while :; do sleep 100; done", "m-deaf");
  const exited = once(child, "exit");
  await endTree(child.pid, "m-deaf", 100);
  expect(await exited).toEqual([null, "SIGKILL"]);
});

test.runIf(linux)(
  "a process that left the group is found by its marker and ended, also with the marker of a nested attempt",
  async () => {
    // Each process prints its id only after it has left the group and changed its marker.
    const leaving = (name: string, marker = ""): string =>
      `read ${name} < <(${marker} setsid sh -c 'echo $$; exec sleep 100')`;
    const script = `${leaving("a")}; ${leaving("b", "INC_ATTEMPT=m-esc/inner")}; ${leaving("c", "INC_ATTEMPT=other")}; echo $a $b $c; exec sleep 100`;
    const { child, pids } = await start(script, "m-esc");
    const exited = once(child, "exit");
    await endTree(child.pid, "m-esc", 2000);
    await exited;
    expect(pids.map(alive)).toEqual([false, false, true]);
    await endTree(undefined, "other", 2000);
  },
);

test.runIf(linux)(
  "a dead run's group is ended only when its leader still is the process that the run started",
  async () => {
    const { child } = await start("unset INC_ATTEMPT; exec bash -c 'echo $$; exec sleep 100'", "m-dead");
    const group = child.pid as number;
    const known = { attempt: "m-dead", pid: group, boot: bootId() };
    await endGroupOfDeadRun({ ...known, startTime: "1" });
    expect(groupExists(group)).toBe(true);
    await endGroupOfDeadRun({ ...known, startTime: startTimeOf(group) as string, boot: "another boot" });
    expect(groupExists(group)).toBe(true);
    const exited = once(child, "exit");
    await endGroupOfDeadRun({ ...known, startTime: startTimeOf(group) as string });
    expect(await exited).toEqual([null, "SIGTERM"]);
  },
);

test.runIf(linux)("a stray is found while other attempts run, whose processes are none", async () => {
  // Both began after the first, and carry its marker: the second is another attempt with a group, the third one left its group.
  const first = await start("echo $$; sleep 100", "m-first");
  const second = await start("sleep 100 & echo $$ $!; wait", "m-first");
  const third = await start("read -r a < <(setsid sh -c 'echo $$; exec sleep 100'); echo $a; wait", "m-first");
  const leaders = [first, second, third].map(({ child }) => child.pid as number);
  const { strays, isNone } = leftBy(leaders[0] as number, "m-first", new Set(leaders));
  for (const leader of leaders) process.kill(-leader, "SIGKILL");
  await endTree(undefined, "m-first", 2000);
  expect(strays.map(({ pid }) => pid)).toEqual(third.pids);
  expect(isNone).toBe(false);
  expect(treeMembers(undefined, "m-first")).toEqual([]);
});
