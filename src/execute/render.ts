import { isAbsolute, posix } from "node:path";
import { quoteWord } from "../graph/shell-text.ts";
import type { Description } from "../model/description.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Input, ParamValue, Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { Part } from "../model/task/action.ts";
import type { Shell } from "./shell.ts";

/** What references in a command stand for. */
export interface ReferenceValues {
  param(name: string): ParamValue;
  env(name: string): string | undefined;
  /** How to call it. */
  tool(name: string): string;
  /** Members of a set by its index, relative to the workspace. */
  set(index: number): readonly string[];
  /** Path of a published object, relative to the workspace or absolute. */
  object(name: string): string;
}

export interface RenderContext {
  readonly shell: Shell;
  readonly values: ReferenceValues;
  /** Path of the response file for an input, by its index; rendered unchanged. */
  responseFile(input: number): string;
}

export interface RenderedCommand {
  /** As the description has it. */
  readonly shell: Description["shell"];
  /** One element for a shell, the arguments for `exec`, nothing for a function. */
  readonly command: readonly string[];
  /** What to spawn. */
  readonly file: string;
  readonly args: readonly string[];
  /** As a person would type it. */
  readonly display: string;
}

/** Limits of Linux: 128 KiB for one argument with its NUL, 2 MB for all arguments and the environment. */
const MAX_ARGUMENT = 128 * 1024 - 1;
const MAX_ARGUMENTS = 2 * 1024 * 1024 - 64 * 1024;
/** Text after which a shell takes the next word for a command. */
const BEFORE_COMMAND = /(^|[;&|({\n])\s*$/;

/** Renders a task's command, paths relative to its working directory. */
export function renderCommand(task: Task, context: RenderContext): Result<RenderedCommand> {
  const rendered = renderAction(task, context);
  const problem = pipeProblem(task, rendered) ?? lengthProblem(task, rendered);
  return problem === undefined ? { ok: true, value: rendered } : { ok: false, diagnostics: [problem] };
}

function renderAction(task: Task, context: RenderContext): RenderedCommand {
  const { action } = task;
  if (action.kind === "shell") return renderShell(task, action.parts, context);
  if (action.kind === "exec") return renderExec(task, context);
  const shell = action.python === undefined ? "function" : "python";
  return { shell, command: [], file: "", args: [], display: functionName(task) };
}

/** What stands for a command where people read it: a function has a place instead of a text. */
export function functionName({ action, location: { file, line } }: Task): string {
  if (action.kind === "function" && action.python !== undefined)
    return `${action.python.name}() in ${action.python.module}`;
  const isForAll = action.kind === "function" && action.all === true;
  return `${isForAll ? "runAll" : "run"}() at ${posix.basename(file)}:${line}`;
}

function renderShell(task: Task, parts: readonly Part[], context: RenderContext): RenderedCommand {
  let command = "";
  for (const part of parts) {
    if (typeof part === "string") command += part;
    else command += wordsOf(task, part, context, BEFORE_COMMAND.test(command)).map(quoteWord).join(" ");
  }
  const { kind, path } = context.shell;
  const flags = kind === "bash" ? ["-e", "-o", "pipefail", "-c"] : ["-e", "-c"];
  return { shell: kind, command: [command], file: path, args: [...flags, command], display: command.trim() };
}

function renderExec(task: Task, context: RenderContext): RenderedCommand {
  const { action } = task;
  if (action.kind !== "exec") throw new Error("not an exec action");
  const command = action.argv.flatMap((parts, position) => {
    const words = parts.map((part) =>
      typeof part === "string" ? [part] : wordsOf(task, part, context, position === 0),
    );
    return words.length === 1 ? (words[0] ?? []) : [words.map((each) => each.join(" ")).join("")];
  });
  const [file = "", ...args] = command;
  const input = action.stdin === undefined ? undefined : task.inputs[action.stdin];
  const redirections = [
    redirection("<", input !== undefined && "path" in input ? input.path : undefined, task.cwd),
    redirection(">", action.stdout === undefined ? undefined : task.outputs[action.stdout]?.path, task.cwd),
    redirection("2>", action.stderr === undefined ? undefined : task.outputs[action.stderr]?.path, task.cwd),
  ];
  return { shell: "exec", command, file, args, display: `${command.map(quoteWord).join(" ")}${redirections.join("")}` };
}

function redirection(sign: string, path: string | undefined, cwd: string): string {
  return path === undefined ? "" : ` ${sign} ${quoteWord(pathFrom(cwd, path))}`;
}

/** The words that a reference stands for; none for an empty set. */
function wordsOf(
  task: Task,
  part: Exclude<Part, string>,
  context: RenderContext,
  isProgram: boolean,
): readonly string[] {
  if ("list" in part) return [context.responseFile(part.list)];
  const path = (from: string): string => {
    const relative = pathFrom(task.cwd, from);
    // Without a slash it would be looked up in PATH.
    return isProgram && !relative.includes("/") ? `./${relative}` : relative;
  };
  if ("output" in part) return [path(task.outputs[part.output]?.path ?? "")];
  if ("depfile" in part) return [path(task.depfiles[part.depfile]?.path ?? "")];
  const input = task.inputs[part.input];
  return input === undefined ? [] : inputWords(input, context, path);
}

function inputWords(input: Input, { values }: RenderContext, path: (from: string) => string): readonly string[] {
  switch (input.kind) {
    case "file":
    case "artifact":
      return [path(input.path)];
    case "files":
      return values.set(input.set).map(path);
    case "units":
      return input.items.flatMap((item) => (item.path === undefined ? [] : [path(item.path)]));
    case "param":
      return [String(values.param(input.name))];
    case "env":
      return [values.env(input.name) ?? ""];
    case "tool":
      return [values.tool(input.name)];
    case "object":
      return [path(values.object(input.name))];
    case "entry":
    case "service":
      return [];
  }
}

/** A workspace path as a command that runs in `cwd` names it, never like a flag. */
export function pathFrom(cwd: string, path: string): string {
  if (isAbsolute(path)) return path;
  const relative = cwd === "." ? path : posix.relative(cwd, path) || ".";
  return relative.startsWith("-") ? `./${relative}` : relative;
}

/** The parts of a command in which `|` is not a pipe: escapes, quotes, comments. Substitutions in quotes stay. */
const QUOTED = /\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?:^|(?<=\s))#[^\n]*/gs;

function pipeProblem(task: Task, { shell: kind, command }: RenderedCommand): Diagnostic | undefined {
  if (kind !== "sh") return undefined;
  const code = (command[0] ?? "").replace(QUOTED, (text) => (text.startsWith('"') && /\$\(|`/.test(text) ? text : ""));
  if (!/(?:^|[^|>])\|(?!\|)/.test(code)) return undefined;
  return {
    code: "INC4306",
    severity: "error",
    message: `task "${task.id}" uses a pipe, but bash is not installed, and /bin/sh ignores failures before the last command`,
    location: task.location,
    notes: [{ message: "a failing pipe would count as a success" }],
    help: ["install bash, or write to a file between the two commands"],
  };
}

function lengthProblem(task: Task, { args }: RenderedCommand): Diagnostic | undefined {
  let total = 0;
  let longest = 0;
  for (const argument of args) {
    const bytes = Buffer.byteLength(argument);
    longest = Math.max(longest, bytes);
    total += bytes + 9;
  }
  if (longest <= MAX_ARGUMENT && total <= MAX_ARGUMENTS) return undefined;
  return {
    code: "INC4307",
    severity: "error",
    message: `the command of task "${task.id}" is too long for the system: ${Math.ceil(total / 1024)} KiB`,
    location: task.location,
    help: [
      "pass the files by a response file: sh.list(set) in the command is the path of a file that lists them, one a line",
    ],
  };
}
