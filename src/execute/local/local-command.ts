import { isAbsolute, join, relative } from "node:path";
import { makeOwnDirectory, writeOwnFile } from "../../host/files/own-files.ts";
import type { Input } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import { foreignPrograms, taskEnvironment } from "../environment.ts";
import { membersOf } from "../list-members.ts";
import { type RenderedCommand, renderCommand } from "../render.ts";
import { findShell } from "../shell.ts";
import type { TaskCommand } from "../task-command.ts";

/** A directory of this machine in which commands run. Absolute paths. */
export interface LocalPlace {
  /** The workspace, or what stands for it. */
  readonly root: string;
  /** Where response files are written. */
  readonly temporary: string;
}

/** A command as it is spawned. All paths absolute. */
export interface LocalCommand extends Pick<RenderedCommand, "file" | "args" | "display"> {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
  readonly secrets: readonly Buffer[];
  /** Its response files. */
  readonly lists: readonly string[];
}

/**
 * Renders the command of a task or a service for a place on this machine and writes its response files.
 * @param marker Marks its processes, and names its response files.
 */
export function localCommand(command: TaskCommand, place: LocalPlace, marker: string): Result<LocalCommand> {
  const { task, values, secrets } = command;
  const foreign = foreignPrograms(task, place.root);
  if (foreign !== undefined) return { ok: false, diagnostics: [foreign] };
  const lists = new Map<number, string>();
  const responseFile = (input: number): string => {
    // A killed run's are found by the process id.
    const path = join(place.temporary, `${process.pid}-${marker}.${input}.list`);
    lists.set(input, path);
    return path;
  };
  const rendered = renderCommand(task, { shell: findShell(), values, responseFile });
  if (!rendered.ok) return rendered;
  for (const [input, path] of lists) writeList(command, place, path, task.inputs[input]);
  const { file, args, display } = rendered.value;
  const stdin =
    task.action.kind === "exec" && task.action.stdin !== undefined ? task.inputs[task.action.stdin] : undefined;
  const env = taskEnvironment(task, { ...values, workspace: place.root, marker });
  const cwd = join(place.root, task.cwd);
  return {
    ok: true,
    value: {
      file,
      args,
      display,
      cwd,
      env,
      stdin: stdinPath(command, place, stdin),
      secrets,
      lists: [...lists.values()],
    },
  };
}

function stdinPath({ values }: TaskCommand, place: LocalPlace, input: Input | undefined): string | undefined {
  switch (input?.kind) {
    case "object":
      return absolute(place, values.object(input.name));
    case "file":
    case "artifact":
      return absolute(place, input.path);
    case undefined:
    case "files":
    case "units":
    case "param":
    case "env":
    case "tool":
    case "entry":
    case "service":
      return undefined;
    default:
      return input satisfies never;
  }
}

/** The members of an input, one path a line, relative to the task's working directory. */
function writeList({ task, values }: TaskCommand, place: LocalPlace, path: string, input: Input | undefined): void {
  makeOwnDirectory(place.temporary);
  const cwd = join(place.root, task.cwd);
  const members = membersOf(input, values).map((member) => relative(cwd, absolute(place, member)));
  writeOwnFile(path, members.map((member) => `${member}\n`).join(""));
}

function absolute({ root }: LocalPlace, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}
