import { spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../../src/host/files/hash.ts";
import { askLine } from "../../../src/host/net/ask-line.ts";
import { envDigest } from "../../../src/workspace/request.ts";
import { Rig, type Running, type StartOptions } from "../../support/rig.ts";

const VERSION = spawnSync(process.execPath, [new URL("../../../bin/inc.js", import.meta.url).pathname, "--version"], {
  encoding: "utf8",
})
  .stdout.trim()
  .slice("inc ".length);

const PIPELINE = `
export const upper = task(sh\`cat data/*.txt | tr a-z A-Z > \${out("build/upper")}\`, { inputs: [files("data/*.txt")] });
export const told = task(sh\`echo \${env("GREETING", { default: "none" })} > \${out("build/told")}\`);`;

let rig: Rig;
let watch: Running;

beforeEach(async () => {
  rig = await Rig.create(PIPELINE);
  rig.write("data/a.txt", "a\n");
  rig.write("data/b.txt", "b\n");
});

afterEach(() => rig.close());

const socket = (): string => rig.path(".inc/watch/socket");

/** A watch that has run everything. */
async function start(options: StartOptions = {}): Promise<void> {
  watch = rig.start(["watch", "--json"], options);
  await watch.printed(`"kind":"watch-quiet"`);
}

async function stop(): Promise<void> {
  watch.child.kill("SIGINT");
  await watch.ended;
}

/** The variables in the form in which a question holds them. */
function digested(variables: Readonly<Record<string, string | undefined>>): unknown {
  return Object.entries(variables).map(([name, value]) => [name, envDigest(hasher, "salt", name, value ?? "")]);
}

function question(more: Readonly<Record<string, unknown>> = {}): string {
  const env = digested({ PATH: process.env["PATH"], HOME: rig.root });
  const manifest = rig.path("pipeline.ts");
  const base = {
    inc: VERSION,
    command: "run",
    workspace: rig.root,
    manifest,
    tasks: [],
    params: {},
    salt: "salt",
    env,
  };
  return JSON.stringify({ ...base, ...more });
}

async function ask(more: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown> | undefined> {
  const line = await askLine(socket(), question(more), 10_000);
  return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
}

/** Asks until watch knows: it looks at the paths of a new snapshot after the first question, and a second after a run. */
async function known(): Promise<void> {
  while ((await ask())?.["answer"] !== "fresh");
}

test("a run and a status with nothing to do print the same as without a watch", async () => {
  await start();
  await known();
  const duration = /in \d+ms/;
  const answered = [await rig.run("run"), await rig.run("status")];
  await stop();
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
  await start();
  await known();
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
  await stop();
  const alone = trace();
  expect(answered).not.toContain("data/a.txt");
  expect(answered).not.toContain(".inc/snapshot");
  if (alone !== "none") expect(alone).toContain("data/a.txt");
});

/** Like `known`, but sooner: a run in the command itself writes its snapshot at once. */
async function armed(): Promise<void> {
  expect((await rig.run("run")).code).toBe(0);
  await known();
}

/** A question without its line feed, so that it can be completed right after an edit. */
async function begin(): Promise<{ end(): Promise<Record<string, unknown>> }> {
  const client = connect(socket());
  const answer = new Promise<string>((resolve, reject) =>
    client.once("data", (data) => resolve(`${data}`)).once("error", reject),
  );
  client.write(question());
  // Watch reads in order, so that it has read the beginning by now.
  expect((await ask())?.["answer"]).toBe("fresh");
  return {
    async end() {
      client.write("\n");
      return JSON.parse(await answer) as Record<string, unknown>;
    },
  };
}

test("an edit just before a question is never missed, however often", async () => {
  await start();
  for (let turn = 0; turn < 100; turn += 1) {
    await armed();
    expect(rig.read("build/upper")).toBe(turn === 0 ? "A\nB\n" : `EDIT ${turn - 1}\nB\n`);
    const begun = await begin();
    rig.write("data/a.txt", `edit ${turn}\n`);
    const answers = await Promise.all([begun.end(), ask(), ask()]);
    expect(answers.map((answer) => answer?.["answer"])).toEqual(["look", "look", "look"]);
  }
});

test("an edit just before a run is never missed, whatever kind of edit it is", async () => {
  await start();
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
    await armed();
    edit();
    expect((await rig.run("run")).code).toBe(0);
    const upper = spawnSync("sh", ["-c", "cat data/*.txt | tr a-z A-Z"], { cwd: rig.root, encoding: "utf8" });
    expect(rig.read("build/upper")).toBe(upper.stdout);
  }
});

test("watch checks a file with a second hard link at each question, because writes through that cause no events", async () => {
  await start();
  await known();
  linkSync(rig.path("data/a.txt"), rig.path("hard"));
  expect((await ask())?.["answer"]).toBe("look");
  await armed();
  rig.write("hard", "written by another name\n");
  expect((await ask())?.["answer"]).toBe("look");
});

test("watch checks paths without events at each question: those in ignored directories and those outside", async () => {
  rig.write("node_modules/kit/data.txt", "one\n");
  rig.manifest(`export const kit = task(sh\`cat \${file("node_modules/kit/data.txt")} > \${out("build/kit")}\`);`);
  await start();
  await known();
  rig.write("node_modules/kit/data.txt", "two\n");
  expect((await ask())?.["answer"]).toBe("look");
  expect((await rig.run("run")).stdout).toMatch(/^ran 1, /m);
  expect(rig.read("build/kit")).toBe("two\n");
});

test("another environment, other parameters, tasks, workspaces and versions are left to the command", async () => {
  await start();
  await known();
  const env = digested({ PATH: process.env["PATH"], GREETING: "hello" });
  const others = [{ env }, { params: { a: "1" } }, { tasks: ["upper"] }, { workspace: "/" }, { inc: "0.0.0-other" }];
  for (const other of others) expect(await ask(other)).toEqual({ inc: VERSION, answer: "look" });
  // Only the summary counts: watch, with another environment, may restore its own result at once.
  const greeted = await rig.start(["run"], { env: { GREETING: "hello" } }).ended;
  expect(greeted.stdout).toMatch(/^ran 1, restored 0, fresh 1, failed 0 /m);
});

test("an answer of another version is not believed", async () => {
  await rig.run("run");
  mkdirSync(rig.path(".inc/watch"));
  const server = createServer((client) => client.end(`{"inc":"0.0.0-other","answer":"fresh","fresh":7,"saved":0}\n`));
  await new Promise<void>((resolve) => server.listen(socket(), resolve));
  const { stdout, stderr } = await rig.run("run");
  expect(stdout).toMatch(/^ran 0, restored 0, fresh 2, failed 0 /);
  expect(stderr).toBe("");
  server.close();
});

test("a command does not wait for a hung watch, and sees the changes itself", async () => {
  await start();
  await known();
  watch.child.kill("SIGSTOP");
  rig.write("data/a.txt", "meanwhile\n");
  const { stdout, stderr } = await rig.run("run");
  watch.child.kill("SIGCONT");
  expect(stdout).toMatch(/^ran 1, restored 0, fresh 1, failed 0 /m);
  expect(stderr).toBe("");
  expect(rig.read("build/upper")).toBe("MEANWHILE\nB\n");
});

test("the remains of a killed watch do not matter, and the next one takes its place", async () => {
  await start();
  await known();
  watch.child.kill("SIGKILL");
  await watch.ended;
  expect(lstatSync(socket()).isSocket()).toBe(true);
  const { stdout, stderr } = await rig.run("run");
  expect(stdout).toMatch(/^ran 0, restored 0, fresh 2, failed 0 /);
  expect(stderr).toBe("");
  await start();
  await known();
  await stop();
  expect(readdirSync(rig.path(".inc/watch"))).toEqual(["cookies"]);
});

test("services of a killed process are left to the command, which ends them", async () => {
  await start();
  await known();
  const { pid } = spawnSync("true");
  const left = rig.path(`.inc/services/${pid}-1`);
  mkdirSync(left, { recursive: true });
  expect((await ask())?.["answer"]).toBe("look");
  expect((await rig.run("run")).code).toBe(0);
  expect(existsSync(left)).toBe(false);
});

test("a second watch leaves the socket to the first", async () => {
  await start();
  const { ino } = lstatSync(socket());
  const first = watch;
  await start();
  await stop();
  watch = first;
  expect(lstatSync(socket()).ino).toBe(ino);
  await known();
});

test("two commands at once are both answered", async () => {
  await start();
  await known();
  const outcomes = await Promise.all([rig.run("run"), rig.run("run"), rig.run("status")]);
  for (const { code, stdout } of outcomes) expect([code, /fresh 2|2 of 2 fresh/.test(stdout)]).toEqual([0, true]);
});

test("hostile bytes do no harm to watch", async () => {
  await start();
  await known();
  const { env: _, ...partial } = JSON.parse(question()) as Record<string, unknown>;
  const lines = [
    "\n",
    "\u0000\u00ff garbage\n",
    "null\n",
    "[]\n",
    `${"[".repeat(100_000)}\n`,
    `${JSON.stringify(partial)}\n`,
    `${JSON.stringify({ ...partial, env: [["PATH", 1]] })}\n`,
    `${"x".repeat(5 * 1024 * 1024)}`,
    `${question()}`,
  ];
  const answers = await Promise.all(lines.map(send));
  expect(answers.join("")).toBe("");
  expect((await ask())?.["answer"]).toBe("fresh");
  await stop();
  expect((await watch.ended).stderr).toBe("");
});

/** Sends a text, and returns the answer until the connection ends. */
function send(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const client = connect(socket());
    client.on("data", (data) => {
      answer += data.toString();
    });
    client.on("error", () => {});
    client.on("close", () => resolve(answer));
    client.write(text);
  });
}

test("only the owner may ask", async () => {
  await start();
  expect((statSync(socket()).mode & 0o777).toString(8)).toBe("600");
  expect((statSync(dirname(socket())).mode & 0o777).toString(8)).toBe("700");
});

test("watch answers where the path is too long for a socket", async () => {
  const store = `${"long-name/".repeat(12)}store`;
  mkdirSync(dirname(rig.path(store)), { recursive: true });
  const env = { INC_DIR: store };
  await start({ env });
  const place = join(rig.path(store), "watch", "socket");
  expect((statSync(dirname(place)).mode & 0o777).toString(8)).toBe("700");
  const asked = { env: digested({ PATH: process.env["PATH"], HOME: rig.root, INC_DIR: store }) };
  let answer: string | undefined;
  while (answer?.includes(`"fresh"`) !== true) answer = await askLine(place, question(asked), 10_000);
  expect((await rig.start(["run"], { env }).ended).stdout).toMatch(/^ran 0, restored 0, fresh 2, /);
  await stop();
  expect(existsSync(place)).toBe(false);
});

test("all watched directories share one inotify instance, without which a cookie proves nothing", async () => {
  for (const name of ["x", "y", "z"]) rig.write(`data/${name}/file.txt`, "\n");
  await start();
  await known();
  const open = readdirSync(`/proc/${watch.child.pid}/fd`).flatMap((fd) => {
    const path = `/proc/${watch.child.pid}/fd/${fd}`;
    // Some descriptors are closed by now.
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [] : [readlinkSync(path)];
  });
  expect(open.filter((target) => target === "anon_inode:inotify")).toHaveLength(1);
});

test("a lost cookie counts as lost events: watch looks at everything again, then answers questions", async () => {
  await start();
  await known();
  rmSync(rig.path(".inc/watch/cookies"), { recursive: true });
  mkdirSync(rig.path(".inc/watch/cookies"));
  expect((await ask())?.["answer"]).toBe("look");
  await known();
});

test("a question does not reveal the values of variables to the listener", async () => {
  mkdirSync(rig.path(".inc/watch"), { recursive: true });
  const heard = new Promise<string>((resolve) => {
    const server = createServer((client) => client.once("data", (data) => client.end(() => resolve(`${data}`))));
    server.listen(socket());
  });
  await rig.start(["run"], { env: { TOKEN: "hunter2hunter2" } }).ended;
  const line = await heard;
  expect(line).toContain('"TOKEN"');
  expect(line).not.toContain("hunter2hunter2");
  expect(line).not.toContain(process.env["PATH"]);
});
