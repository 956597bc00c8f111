import { spawnSync } from "node:child_process";
import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Rig } from "../../support/rig.ts";
import { AskedWatch, digested, VERSION } from "./asked-watch.ts";

let rig: Rig;
let watch: AskedWatch;

beforeEach(async () => {
  watch = await AskedWatch.create();
  rig = watch.rig;
});

afterEach(() => rig.close());

test("a run and a status with nothing to do print the same as without a watch", async () => {
  await watch.start();
  await watch.known();
  const duration = /in \d+ms/;
  const answered = [await rig.run("run"), await rig.run("status")];
  await watch.stop();
  const alone = [await rig.run("run"), await rig.run("status")];
  expect(answered[0]?.stdout.replace(duration, "")).toBe(alone[0]?.stdout.replace(duration, ""));
  expect(answered[0]?.stdout).toMatch(/^ran 0, restored 0, fresh 2, failed 0 in /);
  expect(answered[1]?.stdout).toBe(alone[1]?.stdout);
  expect(answered[1]?.stdout).toMatch(/^2 of 2 fresh\nlast run: .*, exit 0, inc watch --json\n$/);
  expect(answered.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ""],
    [0, ""],
  ]);
});

test("with an answer the command opens and stats nothing in the tree", async () => {
  await watch.start();
  await watch.known();
  const trace = (): string => {
    const log = rig.path(".inc/trace");
    const traced = ["-f", "-o", log, "-e", "trace=file", process.execPath, rig.cli, "run"];
    const env = { PATH: process.env["PATH"], HOME: rig.root };
    const { error, stdout } = spawnSync("strace", traced, { cwd: rig.root, env, encoding: "utf8" });
    // Without strace the answer alone has to do.
    if (error !== undefined) return "none";
    expect(stdout).toMatch(/fresh 2/);
    return rig.read(".inc/trace");
  };
  const answered = trace();
  await watch.stop();
  const alone = trace();
  expect(answered).not.toContain("data/a.txt");
  expect(answered).not.toContain(".inc/snapshot");
  if (alone !== "none") expect(alone).toContain("data/a.txt");
});

/** Like `known`, but sooner: a run in the command itself writes its snapshot at once. */
async function armed(watch: AskedWatch): Promise<void> {
  expect((await watch.rig.run("run")).code).toBe(0);
  await watch.known();
}

/** A question without its line feed, so that it can be completed right after an edit. */
async function begin(watch: AskedWatch): Promise<{ end(): Promise<Record<string, unknown>> }> {
  const client = connect(watch.socket);
  const answer = new Promise<string>((resolve, reject) =>
    client.once("data", (data) => resolve(`${data}`)).once("error", reject),
  );
  client.write(watch.question());
  // Watch reads in order, so that it has read the beginning by now. A run of its own may have begun since it knew.
  if ((await watch.ask())?.["answer"] !== "fresh") {
    client.destroy();
    await watch.known();
    return begin(watch);
  }
  return {
    async end() {
      client.write("\n");
      return JSON.parse(await answer) as Record<string, unknown>;
    },
  };
}

async function editBeforeQuestions(turns: number): Promise<void> {
  const watch = await AskedWatch.create();
  const { rig } = watch;
  try {
    await watch.start();
    for (let turn = 0; turn < turns; turn += 1) {
      await armed(watch);
      expect(rig.read("build/upper")).toBe(turn === 0 ? "A\nB\n" : `EDIT ${turn - 1}\nB\n`);
      const begun = await begin(watch);
      rig.write("data/a.txt", `edit ${turn}\n`);
      const answers = await Promise.all([begun.end(), watch.ask(), watch.ask()]);
      expect(answers.map((answer) => answer?.["answer"])).toEqual(["look", "look", "look"]);
    }
  } finally {
    await rig.close();
  }
}

test("an edit just before a question is never missed, however often", async () => {
  // Side by side: each turn waits a second until watch knows.
  await Promise.all([25, 25, 25, 25].map(editBeforeQuestions));
});

test("a snapshot that a command wrote after the last run of watch is not replaced by that of watch", async () => {
  await watch.start();
  rig.write("data/a.txt", "edited\n");
  await watch.running.printed('"ran":1,');
  expect((await rig.run("run")).code).toBe(0);
  const written = rig.read(".inc/snapshot");
  // Watch would write its own a second after its run, or when it ends.
  await watch.stop();
  expect(rig.read(".inc/snapshot")).toBe(written);
});

test("an edit just before a run is never missed, whatever kind of edit it is", async () => {
  await watch.start();
  const edits: (() => void)[] = [
    () => rig.write("data/a.txt", "changed\n"),
    () => rig.write("data/c.txt", "added\n"),
    () => rig.remove("data/b.txt"),
    () => renameSync(rig.path("data/c.txt"), rig.path("data/d.txt")),
    () => rig.write("build/upper", "someone wrote here\n"),
    () => rig.remove("build"),
    () => {
      renameSync(rig.path("data"), rig.path("before"));
      rig.write("data/a.txt", "another directory\n");
    },
  ];
  for (const edit of edits) {
    await armed(watch);
    edit();
    expect((await rig.run("run")).code).toBe(0);
    const upper = spawnSync("sh", ["-c", "cat data/*.txt | tr a-z A-Z"], { cwd: rig.root, encoding: "utf8" });
    expect(rig.read("build/upper")).toBe(upper.stdout);
  }
});

test("watch checks a file with a second hard link at each question, because writes through that cause no events", async () => {
  await watch.start();
  await watch.known();
  linkSync(rig.path("data/a.txt"), rig.path("hard"));
  expect((await watch.ask())?.["answer"]).toBe("look");
  await armed(watch);
  rig.write("hard", "written by another name\n");
  expect((await watch.ask())?.["answer"]).toBe("look");
});

test("watch checks paths without events at each question: those in ignored directories and those outside", async () => {
  rig.write("node_modules/kit/data.txt", "one\n");
  rig.manifest(`export const kit = task(sh\`cat \${file("node_modules/kit/data.txt")} > \${out("build/kit")}\`);`);
  await watch.start();
  await watch.known();
  rig.write("node_modules/kit/data.txt", "two\n");
  expect((await watch.ask())?.["answer"]).toBe("look");
  expect((await rig.run("run")).stdout).toMatch(/^ran 1, /m);
  expect(rig.read("build/kit")).toBe("two\n");
});

test("another environment, other parameters, tasks, workspaces and versions are left to the command", async () => {
  await watch.start();
  await watch.known();
  const env = digested({ PATH: process.env["PATH"], GREETING: "hello" });
  const others = [
    { env },
    { params: { a: "1" } },
    { tasks: ["upper"] },
    { workspace: "/" },
    { machine: "other" },
    { inc: "0.0.0-other" },
  ];
  for (const other of others) expect(await watch.ask(other)).toEqual({ inc: VERSION, answer: "look" });
  // Only the summary counts: watch, with another environment, may restore its own result at once.
  const greeted = await rig.start(["run"], { env: { GREETING: "hello" } }).ended;
  expect(greeted.stdout).toMatch(/^ran 1, restored 0, fresh 1, failed 0 /m);
});

test("services of a killed process are left to the command, which ends them", async () => {
  await watch.start();
  await watch.known();
  const { pid } = spawnSync("true");
  const left = rig.path(`.inc/services/${pid}-1`);
  mkdirSync(left, { recursive: true });
  expect((await watch.ask())?.["answer"]).toBe("look");
  expect((await rig.run("run")).code).toBe(0);
  expect(existsSync(left)).toBe(false);
});

test("two commands at once are both answered", async () => {
  await watch.start();
  await watch.known();
  const outcomes = await Promise.all([rig.run("run"), rig.run("run"), rig.run("status")]);
  for (const { code, stdout } of outcomes) expect([code, /fresh 2|2 of 2 fresh/.test(stdout)]).toEqual([0, true]);
});

test("all watched directories share one inotify instance, without which a cookie proves nothing", async () => {
  for (const name of ["x", "y", "z"]) rig.write(`data/${name}/file.txt`, "\n");
  await watch.start();
  await watch.known();
  const open = readdirSync(`/proc/${watch.running.child.pid}/fd`).flatMap((fd) => {
    const path = `/proc/${watch.running.child.pid}/fd/${fd}`;
    // Some descriptors are closed by now.
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [] : [readlinkSync(path)];
  });
  expect(open.filter((target) => target === "anon_inode:inotify")).toHaveLength(1);
});

test("a lost cookie counts as lost events: watch looks at everything again, then answers questions", async () => {
  await watch.start();
  await watch.known();
  rmSync(rig.path(".inc/watch/cookies"), { recursive: true });
  mkdirSync(rig.path(".inc/watch/cookies"));
  expect((await watch.ask())?.["answer"]).toBe("look");
  await watch.known();
});
