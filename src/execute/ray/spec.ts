import { isAbsolute, join, relative } from "node:path";
import { isShim } from "../../files/tools/version-shims.ts";
import type { Digest } from "../../model/digest.ts";
import type { Input, Task } from "../../model/graph.ts";
import { contentOf } from "../../model/identity.ts";
import type { Result } from "../../model/result.ts";
import { boundVariables, packageDirectories } from "../environment.ts";
import type { Attempt, NeededInput } from "../executor.ts";
import { membersOf } from "../list-members.ts";
import { PLATFORM } from "../machine.ts";
import { renderCommand } from "../render.ts";
import { findShell } from "../shell.ts";
import { stdoutOf } from "../streams.ts";
import type { TaskCommand } from "../task-command.ts";
import type { RaySpec } from "./protocol.ts";

/** Where objects are that a store outside of the workspace holds. */
const OBJECTS = ".inc-objects";

/** An attempt without what has to be looked at first: its inputs, its tools, and what the cluster knows of its resources. */
export type Sketch = Omit<RaySpec, "inputs" | "tools" | "resources" | "runtimeEnv">;

/** Renders a command for a directory of its own on some worker: all its paths are relative. */
export function sketchOf({ id, command }: Attempt): Result<{ readonly sketch: Sketch; readonly display: string }> {
  const { task } = command;
  const values = { ...command.values, object: (name: string) => objectPath(command, name) };
  const lists: { readonly name: string; readonly text: string }[] = [];
  const responseFile = (input: number): string => {
    lists.push({ name: `${input}`, text: listText({ ...command, values }, task.inputs[input]) });
    return join(relative(join("/", task.cwd), "/"), "../lists", `${input}`);
  };
  const rendered = renderCommand(task, { shell: findShell(), values, responseFile });
  if (!rendered.ok) return rendered;
  const { args, display, shell, file } = rendered.value;
  // Where the shell is, the worker's PATH says.
  const program = shell === "bash" ? "bash" : file;
  const { action } = task;
  const stderr = action.kind === "exec" && action.stderr !== undefined ? task.outputs[action.stderr]?.path : undefined;
  const stdout = stdoutOf(task);
  return {
    ok: true,
    value: {
      display,
      sketch: {
        id,
        name: task.id,
        platform: task.platform === "any" ? null : PLATFORM,
        args: [program, ...args],
        cwd: task.cwd,
        ...boundVariables(task, { ...command.values, marker: id }),
        bins: packageDirectories(task.cwd).map((directory) => `${directory}/.bin`),
        stdin: stdinOf(command) ?? null,
        stdout: (stdout === undefined ? undefined : task.outputs[stdout]?.path) ?? null,
        stderr: stderr ?? null,
        timeout: task.timeout === undefined ? null : task.timeout / 1000,
        lists,
        outputs: task.outputs.map(({ path }) => ({ path })),
        isPython: false,
      },
    },
  };
}

/** Absolute path of each object outside of the workspace that a command reads → its path where it runs. */
export function objectsOf(command: TaskCommand): ReadonlyMap<string, string> {
  const names = command.task.inputs.flatMap((input) => (input.kind === "object" ? [input.name] : []));
  return new Map(
    names.flatMap((name) => {
      const path = command.values.object(name);
      return isAbsolute(path) ? [[path, objectPath(command, name)]] : [];
    }),
  );
}

function objectPath({ task, values }: TaskCommand, name: string): string {
  const path = values.object(name);
  const index = task.inputs.findIndex((input) => input.kind === "object" && input.name === name);
  return isAbsolute(path) ? `${OBJECTS}/${index}` : path;
}

function stdinOf(command: TaskCommand): string | undefined {
  const { action, inputs } = command.task;
  const input = action.kind === "exec" && action.stdin !== undefined ? inputs[action.stdin] : undefined;
  if (input?.kind === "object") return objectPath(command, input.name);
  return input !== undefined && "path" in input ? input.path : undefined;
}

function listText({ task, values }: TaskCommand, input: Input | undefined): string {
  const members = membersOf(input, values).map((path) => relative(join("/", task.cwd), join("/", path)));
  return members.map((member) => `${member}\n`).join("");
}

/** A tool by the name under which the command calls it, with the digest of what that is here. */
export interface NamedTool {
  readonly name: string;
  readonly digest: Digest;
  /** Absolute. */
  readonly path: string;
}

/**
 * The programs of this machine that a command declares. The name of one of them, where that is no single file that another machine
 * could have, but a package of the workspace, or what a version manager chooses.
 */
export function toolsOf({ task }: TaskCommand, inputs: readonly NeededInput[]): readonly NamedTool[] | string {
  const tools: NamedTool[] = [];
  for (const input of task.inputs) {
    // The workspace's own programs come with the inputs; what runs a Python function, each worker has.
    if (input.kind !== "tool" || input.name.includes("/") || input === interpreterAmong(task)) continue;
    const tool = toolAmong(input.name, inputs);
    if (tool === undefined) return input.name;
    tools.push(tool);
  }
  return tools;
}

function interpreterAmong({ action, inputs }: Task): Input | undefined {
  return action.kind === "function" && action.python !== undefined ? inputs[action.python.interpreter] : undefined;
}

/** The first file of that name on the way that inc took to the tool. */
function toolAmong(name: string, inputs: readonly NeededInput[]): NamedTool | undefined {
  for (const { path, identity } of inputs) {
    const program = contentOf(identity);
    if (!path.endsWith(`/${name}`) || program.type !== "file" || !program.executable) continue;
    return isAbsolute(path) && !isShim(path) ? { name, digest: program.digest, path } : undefined;
  }
  return undefined;
}
