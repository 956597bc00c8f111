import { execFileSync, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Launcher } from "../../src/execute/launcher.ts";
import { Contained } from "../../src/host/files/contained.ts";
import { type Command, spawnCommand } from "../../src/host/process/process.ts";
import { groupExists } from "../../src/host/process/tree.ts";

const BASH = execFileSync("/bin/sh", ["-c", "command -v bash"], { encoding: "utf8" }).trim();

let directory: string;
let launcher: Launcher;
let files: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "inc launcher's "));
  launcher = new Launcher();
  files = 0;
  await untilForked();
});

afterEach(() => {
  launcher.close();
  rmSync(directory, { recursive: true, force: true });
});

function command(text: string, more: Partial<Command> = {}): Command {
  files += 1;
  const log = openSync(join(directory, `log${files}`), "w+");
  const env = { PATH: "/usr/bin:/bin" };
  return { file: BASH, args: ["-c", text], cwd: directory, env, stdin: undefined, stdout: log, stderr: log, ...more };
}

const log = (): string => readFileSync(join(directory, `log${files}`), "utf8");

/** The id of the process that forks the launcher's next command. */
async function parentOf(): Promise<number> {
  const child = await launcher.start(command("echo $PPID"));
  await child.exited;
  return Number(log());
}

/** Starts commands until the forker forks them: this process forks the first ones itself. */
async function untilForked(): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) if ((await parentOf()) !== process.pid) return;
  throw new Error("no forker came up");
}

/** The exit and the log of one command, forked by the forker and by this process. */
async function both(text: string, more: Partial<Command> = {}): Promise<readonly [unknown, unknown]> {
  const other = await launcher.start(command(text, more));
  const exit = [await other.exited, log()];
  const forked = spawnCommand(command(text, more));
  return [exit, [await forked.exited, log()]];
}

describe("the forker starts a command as inc itself does:", () => {
  test.each(["true", "exit 3", "exit 127", "exit 128", "exit 129", "exit 137", "exit 143", "exit 255"])(
    "%s",
    async (text) => {
      const [other, forked] = await both(text);
      expect(other).toEqual(forked);
    },
  );

  test.each(["KILL", "TERM", "INT", "HUP", "PIPE", "SEGV", "USR1", "ABRT"])("ended by SIG%s", async (name) => {
    const [other, forked] = await both(`ulimit -c 0; kill -${name} $$; sleep 9`);
    expect(other).toEqual(forked);
    expect(forked).toMatchObject([{ signal: `SIG${name}` }, ""]);
  });

  test.each([
    ["its environment", "env -0 | tr '\\0' '\\n' | grep -v '^_=' | LC_ALL=C sort"],
    ["its open files", "echo /proc/self/fd/*; readlink /proc/$$/fd/0"],
    ["its signals", "grep -E '^Sig(Blk|Ign|Cgt)' /proc/$$/status"],
    ["its directory", "pwd; pwd -P; echo ${OLDPWD-none}"],
    ["its umask, limits and flags", "umask; ulimit -a; echo $-; set -o | grep -v off"],
    [
      "its group, without a terminal",
      "read -r _ _ _ _ group _ terminal _ < /proc/$$/stat; echo $((group == $$)) $terminal",
    ],
    ["its variables", "compgen -v | grep -vE '^(PPID|RANDOM|SRANDOM|EPOCH.*|SECONDS|BASHPID)$'; echo $SHLVL"],
    [
      "both streams in order",
      "for i in 1 2 3; do echo out $i; echo err $i >&2; done; echo cut > /dev/stdout; echo after",
    ],
    ["a job of its own", "set -m; sleep .01 & wait; echo $?; jobs"],
  ])("%s", async (_name, text) => {
    const [other, forked] = await both(text);
    expect(other).toEqual(forked);
    expect((forked as [unknown, string])[1]).not.toBe("");
  });

  test("variables and arguments with quotes, newlines, non-ASCII characters and bash's own names", async () => {
    const words = ["", "'", '"$HOME"\n\\', "ü€😀", "a'b'c", "-n", "\t \n", "*", "$(echo no)", "!x"];
    const text = 'printf "<%s>" "$@"; env -0 | LC_ALL=C sort -z | tr "\\0" "\\n" | grep -v ^_=';
    for (const env of [
      Object.fromEntries(words.map((word, i) => [`V${i}`, word])),
      { LC_ALL: "de_DE.UTF-8", TZ: "UTC", LANG: "x" },
      { PWD: "/nowhere", SHLVL: "7", "not.a.name": "1", IFS: "x", _: "y", POSIXLY_CORRECT: "1" },
    ]) {
      const more = { args: ["-c", text, ...words], env: { PATH: "/usr/bin:/bin", ...env } };
      const [other, forked] = await both(text, more);
      expect(other).toEqual(forked);
    }
  });

  test("a missing working directory, and one that is a file", async () => {
    writeFileSync(join(directory, "file"), "");
    for (const cwd of [join(directory, "none"), join(directory, "file")]) {
      const child = await launcher.start(command("true", { cwd }));
      expect((await child.exited).error?.code).toBe(cwd.endsWith("none") ? "ENOENT" : "ENOTDIR");
      expect(log()).toBe("");
    }
    expect(await parentOf()).not.toBe(process.pid);
  });
});

test("stdout and stderr go to different files, even to an unlinked one", async () => {
  const other = join(directory, "other");
  const stdout = openSync(other, "w+");
  rmSync(other);
  const child = await launcher.start(command("echo out; echo err >&2", { stdout }));
  expect(await child.exited).toEqual({ exit: 0 });
  expect(readFileSync(stdout, "utf8")).toBe("out\n");
  expect(log()).toBe("err\n");
});

test("stdout goes to a file that is made in a directory which only inc has open, and to nothing else than a file", async () => {
  for (const name of ["held", "other"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, "held/full"), "content before");
  execFileSync("mkfifo", [join(directory, "held/pipe")]);
  symlinkSync("full", join(directory, "held/link"));
  const held = new Contained(directory).hold("held");
  rmSync(join(directory, "other"), { recursive: true });
  renameSync(join(directory, "held"), join(directory, "other"));
  symlinkSync("/nowhere", join(directory, "held"));
  const into = async (name: string) =>
    (await launcher.start(command("echo $PPID; echo err >&2", { stdout: { create: `${held.path}/${name}` } }))).exited;
  for (const name of ["new", "full"]) {
    expect(await into(name)).toEqual({ exit: 0 });
    const parent = Number(readFileSync(join(directory, "other", name), "utf8"));
    expect([parent, parent === process.pid]).toEqual([expect.any(Number), false]);
    expect(log()).toBe("err\n");
  }
  for (const name of ["pipe", "link", "none/new"]) expect((await into(name)).error).toBeDefined();
  expect(readdirSync(join(directory, "other")).sort()).toEqual(["full", "link", "new", "pipe"]);
  held.close();
});

test("inc itself starts what the forker cannot, for it may not open the files", async () => {
  // No other process opens a socket by its path, as none opens the files of a Node that has capabilities.
  const reader = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
  const { fd } = (reader.stdin as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const child = await launcher.start(command("echo $PPID >&2", { stdout: fd }));
  expect(await child.exited).toEqual({ exit: 0 });
  expect(Number(log())).toBe(process.pid);
  reader.stdin.end();
  expect(await parentOf()).not.toBe(process.pid);
});

test("exit codes above 128 are not mistaken for signals, in a hundred short commands", async () => {
  for (let i = 0; i < 100; i += 1) {
    const status = 120 + (i % 24);
    const child = await launcher.start(command(`exit ${status}`));
    expect(await child.exited).toEqual({ exit: status });
  }
});

test("a stopped command has not ended", async () => {
  const child = await launcher.start(command("kill -STOP $$; exit 5"));
  const pid = child.pid as number;
  while (!/^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) await new Promise(setImmediate);
  process.kill(pid, "SIGCONT");
  expect(await child.exited).toEqual({ exit: 5 });
});

test("commands run in parallel, and a signal to a command's group ends that command", async () => {
  const started = await Promise.all([1, 2, 3].map(() => launcher.start(command("sleep 60 & sleep 60"))));
  for (const { pid } of started) process.kill(-(pid as number), "SIGTERM");
  for (const { pid, exited } of started) {
    expect(await exited).toEqual({ signal: "SIGTERM" });
    while (groupExists(pid as number)) await new Promise(setImmediate);
  }
});

test("when the forker is killed, its commands fail with an error, and later commands run without it", async () => {
  const forker = await parentOf();
  const child = await launcher.start(command("sleep 60"));
  process.kill(forker, "SIGKILL");
  expect((await child.exited).error?.message).toContain("ended");
  process.kill(-(child.pid as number), "SIGKILL");
  await untilForked();
});

test("a forker ends with its launcher, once its command has ended", async () => {
  const forker = await parentOf();
  execFileSync("mkfifo", [join(directory, "go")]);
  const child = await launcher.start(command("read -r _ < go; exit 4"));
  launcher.close();
  process.kill(child.pid as number, "SIGKILL");
  expect(await child.exited).toEqual({ signal: "SIGKILL" });
  while (groupExists(forker)) await new Promise(setImmediate);
});
