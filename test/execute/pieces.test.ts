import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDepfile } from "../../src/execute/depfile.ts";
import { missingVariable, taskEnvironment } from "../../src/execute/environment.ts";
import { collectOutputs, prepareOutputs } from "../../src/execute/outputs.ts";
import { type RenderContext, renderCommand } from "../../src/execute/render.ts";
import { safeText } from "../../src/execute/safe-text.ts";
import type { Digest } from "../../src/model/digest.ts";
import type { Identity } from "../../src/model/identity.ts";
import { removeStale } from "../../src/workspace/remove.ts";
import { taskOf } from "../support/graph.ts";

const location = { file: "/w/pipeline.ts", line: 1, column: 1 };

function workspace(): string {
  return mkdtempSync(join(tmpdir(), "inc-execute-"));
}

function contextOf(kind: "bash" | "sh", set: readonly string[] = []): RenderContext {
  const values = {
    param: () => "it's",
    env: () => undefined,
    tool: (name: string) => name,
    set: () => set,
    object: (name: string) => name,
  };
  return { shell: { kind, path: `/bin/${kind}` }, values, responseFile: (input) => `/lists/${input}` };
}

test("a shell command is rendered from its directory, quoted, sets as arguments", () => {
  const task = taskOf("t", [], {
    cwd: "app",
    inputs: [
      { kind: "files", set: 0, location },
      { kind: "param", name: "p", location },
      { kind: "file", path: "app/run.sh", location },
    ],
    action: {
      kind: "shell",
      parts: [{ input: 2 }, " ", { input: 0 }, " ", { input: 1 }, " @", { list: 0 }, " > ", { output: 0 }],
    },
  });
  const rendered = renderCommand(task, contextOf("bash", ["app/-a", "app/b c", "d"]));
  const command = "./run.sh ./-a 'b c' ../d 'it'\\''s' @/lists/0 > ../build/t";
  expect(rendered).toEqual({
    ok: true,
    value: {
      shell: "bash",
      command: [command],
      file: "/bin/bash",
      args: ["-e", "-o", "pipefail", "-c", command],
      display: command,
    },
  });
});

test("exec joins the parts of an argument and shows redirections", () => {
  const action = { kind: "exec", argv: [["cat"], ["--x=", { input: 0 }], [{ input: 0 }]], stdout: 0 } as const;
  const rendered = renderCommand(taskOf("t", ["up"], { action }), contextOf("bash"));
  expect(rendered.ok && rendered.value).toMatchObject({
    file: "cat",
    args: ["--x=build/up", "build/up"],
    display: "cat --x=build/up build/up > build/t",
  });
});

test.each([
  ["a | b", true],
  ["a || b", false],
  ["echo 'a|b' \"a|b\" a\\|b # a | b", false],
  ['echo "$(a | b)"', true],
  ["a >| b", false],
])("under plain sh, %s has a pipe: %s", (text, pipe) => {
  const rendered = renderCommand(taskOf("t", [], { action: { kind: "shell", parts: [text] } }), contextOf("sh"));
  expect(rendered.ok ? [] : rendered.diagnostics.map(({ code }) => code)).toEqual(pipe ? ["INC4306"] : []);
});

test("a command that is too long suggests a response file", () => {
  const rendered = renderCommand(
    taskOf("t", [], { action: { kind: "shell", parts: ["x".repeat(200_000)] } }),
    contextOf("sh"),
  );
  expect(rendered.ok ? "" : rendered.diagnostics[0]?.message).toBe(
    'the command of task "t" is too long for the system: 196 KiB',
  );
});

test("the environment is a short list and what is declared", () => {
  const task = taskOf("t", [], {
    cwd: "a",
    env: { A: { kind: "literal", value: "1" }, B: { kind: "env", name: "B" } },
  });
  const environment = taskEnvironment(task, { workspace: "/w", marker: "id", param: () => "", env: () => undefined });
  expect(environment).toMatchObject({ A: "1", LC_ALL: "C.UTF-8", TZ: "UTC" });
  expect(environment.PATH).toBe(`/w/a/node_modules/.bin:/w/node_modules/.bin:${process.env.PATH}`);
  expect(environment).not.toHaveProperty("B");
});

test.each([
  ["bash: line 1: TOKEN: unbound variable", "TOKEN"],
  ["sh: 1: TOKEN: parameter not set", "TOKEN"],
  ["KeyError: 'TOKEN'", "TOKEN"],
  ["Error: API_KEY is not set", "API_KEY"],
  ["Missing environment variable: TOKEN", "TOKEN"],
  ["no such file", undefined],
])("%s misses %s", (log, name) => {
  expect(missingVariable(log)).toBe(name);
});

test("outputs are emptied before and checked after", () => {
  const root = workspace();
  const task = taskOf("t");
  mkdirSync(join(root, "build/t"), { recursive: true });
  expect(prepareOutputs(task, root)).toEqual([]);
  expect(existsSync(join(root, "build/t"))).toBe(false);
  writeFileSync(join(root, "build/T"), "");
  const [missing] = collectOutputs(task, root, () => false);
  expect(missing?.message).toBe('task "t" succeeded, but did not make its output "build/t"');
  expect([missing?.notes?.[0]?.message, missing?.help]).toEqual([
    'in "build" there is "T"',
    ['did you mean "build/T"?'],
  ]);
  execFileSync("mkfifo", [join(root, "build/t")]);
  expect(collectOutputs(task, root, () => false)[0]?.message).toBe(
    'task "t" succeeded, but its output "build/t" is a named pipe, not a file',
  );
  expect(prepareOutputs(task, root)).toEqual([]);
  symlinkSync("/etc/passwd", join(root, "build/t"));
  expect(collectOutputs(task, root, () => false)[0]?.message).toBe(
    'task "t" succeeded, but its output "build/t" is a symlink that leads out of the workspace',
  );
});

test("outputs are not emptied through a symlink", () => {
  const root = workspace();
  mkdirSync(join(root, "real"));
  writeFileSync(join(root, "real/t"), "mine");
  symlinkSync("real", join(root, "build"));
  expect(prepareOutputs(taskOf("t"), root).map(({ message }) => message)).toEqual([
    'task "t" cannot make "build/t": "build" is a symlink',
  ]);
  expect(readFileSync(join(root, "real/t"), "utf8")).toBe("mine");
});

test("only what inc wrote and git does not track is removed", async () => {
  const root = workspace();
  execFileSync("git", ["init", "-q"], { cwd: root });
  const identity: Identity = { type: "file", digest: "a" as Digest, executable: false };
  mkdirSync(join(root, "build/deep"), { recursive: true });
  for (const path of ["build/deep/gone", "tracked", "edited"]) writeFileSync(join(root, path), "");
  execFileSync("git", ["add", "tracked"], { cwd: root });
  const owned = ["build/deep/gone", "tracked", "edited"].map((path) => ({
    path,
    identity,
    manifest: "pipeline.ts",
    task: "t",
  }));
  const identify = (path: string): Identity => (path === "edited" ? { ...identity, digest: "b" as Digest } : identity);
  const { removed, warnings } = await removeStale(owned, { workspace: root, identify });
  expect(removed).toEqual(["build/deep/gone"]);
  expect(existsSync(join(root, "build"))).toBe(false);
  expect(warnings.map(({ message }) => message.replace(/.*in place: /, ""))).toEqual([
    "git tracks it",
    "it was changed since",
  ]);
});

test("depfiles: found inputs are what the task neither declares nor makes", () => {
  const root = workspace();
  writeFileSync(join(root, "d"), "o: build/up b.h /usr/include/x.h ../up.h a.h b.h\n");
  mkdirSync(join(root, "sub"));
  const read = readDepfile(taskOf("t", ["up"]), { path: "d" }, root);
  expect(read).toEqual({ ok: true, value: [join(root, "../up.h"), "/usr/include/x.h", "a.h", "b.h"].sort() });
  const missing = readDepfile(taskOf("t"), { path: "none" }, root);
  expect(missing.ok ? "" : missing.diagnostics[0]?.message).toBe(
    'the depfile "none" of task "t" is unusable: the command did not write it',
  );
});

test("a log keeps its colours and loses what a terminal would act on", () => {
  const log = Buffer.from(
    "\x1b]0;title\x07\x1b[31mred\x1b[2J\x1b[0m\x07 10%\r 50%\r100%\r\nok\x1bP1$q\x1b\\\xff\n",
    "latin1",
  );
  expect(safeText(log, { colours: true })).toBe("100%\nok�\n");
  expect(safeText(Buffer.from("\x1b[31mred\x1b[2K\n"), { colours: true })).toBe("\x1b[31mred\n\x1b[0m");
  expect(safeText(Buffer.from("\x1b[31mred\n"), { colours: false })).toBe("red\n");
  expect(safeText(Buffer.from("0123456789"), { colours: true, limit: 4 })).toBe("0\n… 6 bytes left out …\n789");
});
