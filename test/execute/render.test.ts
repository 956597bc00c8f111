import { expect, test } from "vitest";
import { type RenderContext, renderCommand } from "../../src/execute/render.ts";
import { taskOf } from "../support/graph.ts";

const location = { file: "/w/pipeline.ts", line: 1, column: 1 };

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

test("a shell command names paths from its working directory, quotes words, and expands a set to arguments", () => {
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

test("a command longer than the system permits is refused", () => {
  const rendered = renderCommand(
    taskOf("t", [], { action: { kind: "shell", parts: ["x".repeat(200_000)] } }),
    contextOf("sh"),
  );
  expect(rendered.ok ? "" : rendered.diagnostics[0]?.message).toBe(
    'the command of task "t" is too long for the system: 196 KiB',
  );
});
