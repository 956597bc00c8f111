import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DirectStart } from "../../../src/execute/local/direct.ts";
import { findShell } from "../../../src/execute/shell.ts";
import { type Child, type Command, spawnCommand } from "../../../src/host/process/process.ts";
import type { Task } from "../../../src/model/graph.ts";

let directory: string;
let started: string[];
let direct: DirectStart;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "inc direct's "));
  for (const name of ["bin", "in", "other"]) mkdirSync(join(directory, name));
  started = [];
  direct = new DirectStart(directory, async (command) => {
    started.push(command.file);
    return spawnCommand(command);
  });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function program(name: string, content: string, mode = 0o755): void {
  writeFileSync(join(directory, name), content);
  chmodSync(join(directory, name), mode);
}

const task = (cwd = "."): Task =>
  ({ cwd, outputs: [{ path: "out" }, { path: "in/out" }, { path: "none/out" }] }) as unknown as Task;

const files = { logs: 0 };

/** How a command ends, what it prints and what it writes. */
async function result(
  how: (command: Command) => Promise<Child | undefined>,
  text: string,
  more: Partial<Command> = {},
) {
  for (const name of ["out", "in/out"]) rmSync(join(directory, name), { force: true });
  files.logs += 1;
  const path = join(directory, `log${files.logs}`);
  const log = openSync(path, "w+");
  const env = { PATH: `${directory}/missing:${directory}/bin:/usr/bin:/bin` };
  const args = ["-e", "-o", "pipefail", "-c", text];
  const command = {
    file: findShell().path,
    args,
    cwd: directory,
    env,
    stdin: undefined,
    stdout: log,
    stderr: log,
    ...more,
  };
  const child = await how(command);
  if (child === undefined) return undefined;
  const exit = await child.exited;
  const written = ["out", "in/out"].map((name) => linesOf(join(directory, name)));
  return { exit, log: linesOf(path), written };
}

/** Sorted: bash passes on variables in an order of its own. */
function linesOf(path: string): readonly string[] | undefined {
  try {
    return readFileSync(path, "utf8").split("\n").sort();
  } catch {
    return undefined;
  }
}

const inBash = (text: string, more?: Partial<Command>) => result(async (command) => spawnCommand(command), text, more);
const directly = (text: string, more?: Partial<Command>, of = task()) =>
  result((command) => direct.start(of, command), text, more);

describe("started without bash, a command does the same:", () => {
  test.each([
    ["its output", "cat a 'b c'"],
    ["its output in a file", "cat a 'b c' > out"],
    ["an error, with its output in a file", "cat a missing > out"],
    ["its environment", "env"],
    ["its environment, with its output in a file", "env > out"],
    ["its own name and its arguments", "show a 'b c' '' > in/out"],
    ["a program of the workspace", "bin/show a"],
    ["a failure", "fail > out"],
    ["its signals and its group", "look > out"],
  ])("%s", async (_, text) => {
    writeFileSync(join(directory, "a"), "a\n");
    writeFileSync(join(directory, "b c"), "b\n");
    program("bin/show", '#!/bin/sh\nfor word in "$0" "$@"; do echo "<$word>"; done\n');
    program("bin/fail", "#!/bin/sh\necho out; echo err >&2; exit 3\n");
    program(
      "bin/look",
      "#!/bin/sh\ngrep -E '^Sig(Blk|Ign|Cgt)|^Umask' /proc/self/status; readlink /proc/self/fd/0; ulimit -a\n",
    );
    const expected = await inBash(text);
    expect(await directly(text)).toEqual(expected);
    expect(started.map((file) => file.split("/").at(-1))).toEqual([text.split(/[ /]/).find((word) => word !== "bin")]);
  });

  test("in another directory, by way of a symlink", async () => {
    symlinkSync("in", join(directory, "link"));
    for (const cwd of ["in", "link"]) {
      const more = { cwd: join(directory, cwd) };
      expect(await directly("env", more, task(cwd))).toEqual(await inBash("env", more));
      expect(started).toHaveLength(1);
      started.pop();
    }
    const more = { cwd: join(directory, "in") };
    expect(await directly("env > out", more, task("in"))).toEqual(await inBash("env > out", more));
    expect(started).toHaveLength(1);
  });
});

test("a signal that ends a program with an output is no exit code of bash", async () => {
  program("bin/end", "#!/bin/sh\nkill -KILL $$\n");
  expect(await inBash("end > out")).toMatchObject({ exit: { exit: 137 } });
  expect(await directly("end > out")).toMatchObject({ exit: { signal: "SIGKILL" }, log: [""] });
});

describe("left to bash:", () => {
  test.each([
    ["a program that does not exist", "nothing > out"],
    ["a program that is not executable", "plain > out"],
    ["a program that not everyone may execute", "mine > out"],
    ["a script without an interpreter's line", "script > out"],
    ["an empty file", "empty > out"],
    ["a directory", "bin/directory > out"],
    ["a command of bash", "echo a > out"],
    ["an output in a missing directory", "cat a > none/out"],
    ["a file that is no output", "cat a > other/file"],
    ["an output that is a symlink", "cat a > in/out"],
  ])("%s", async (_, text) => {
    writeFileSync(join(directory, "a"), "a\n");
    program("bin/plain", "#!/bin/sh\n", 0o644);
    program("bin/mine", "#!/bin/sh\n", 0o700);
    program("bin/script", "echo a\n");
    program("bin/empty", "");
    mkdirSync(join(directory, "bin/directory"));
    rmSync(join(directory, "in"), { recursive: true });
    symlinkSync("other", join(directory, "in"));
    expect(await directly(text)).toBeUndefined();
    expect(started).toEqual([]);
  });

  test("a program whose interpreter is missing", async () => {
    program("bin/lost", "#!/nowhere/interpreter\n");
    expect(await directly("lost > out")).toBeUndefined();
    expect(started).toEqual([join(directory, "bin/lost")]);
  });

  test("a program that may be found in the working directory by PATH", async () => {
    program("show", "#!/bin/sh\n");
    for (const path of ["", ".:/usr/bin", "/usr/bin::/bin", "bin:/usr/bin"])
      expect(await directly("show", { env: { PATH: path } })).toBeUndefined();
    expect(started).toEqual([]);
  });
});

test("a program that replaces another one during the run is the one that runs", async () => {
  program("bin/show", "#!/bin/sh\necho one\n");
  expect(await directly("show")).toMatchObject({ log: ["", "one"] });
  mkdirSync(join(directory, "missing"));
  program("missing/show", "#!/bin/sh\necho two\n");
  expect(await directly("show")).toMatchObject({ log: ["", "two"] });
  program("missing/show", "echo three\n");
  expect(await directly("show")).toBeUndefined();
});
