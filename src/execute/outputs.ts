import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Contained } from "../host/files/contained.ts";
import { SymlinkError } from "../host/files/descend.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Output, Task } from "../model/graph.ts";
import { isWithin } from "../model/path.ts";
import { suggestion } from "../model/suggestion.ts";
import { meaningOf } from "../model/system-error.ts";
import { type OutputProblem, problemIn } from "./output-tree.ts";

/** How many names a diagnostic lists of what is there instead. */
const LISTED_NAMES = 5;

/**
 * Prepares the places of a task's outputs and depfiles: creates parent directories, removes what is there. Refuses to
 * reach through a symlink, for what it leads to is not the workspace's.
 */
export function prepareOutputs(task: Task, workspace: string): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const tree = new Contained(workspace);
  for (const path of [...task.outputs, ...task.depfiles].map((made) => made.path)) {
    const problem = prepare(task, path, tree);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

function prepare(task: Task, path: string, tree: Contained): Diagnostic | undefined {
  try {
    tree.vacate(path);
    return undefined;
  } catch (error) {
    if (error instanceof SymlinkError) return behindLink(task, path, error.link);
    const { code, message } = error as NodeJS.ErrnoException;
    const meaning = meaningOf(code);
    if (meaning === undefined) throw error;
    return { ...unusable(task, path, `${meaning.why} (${code})`, meaning.help), notes: [{ message }] };
  }
}

/** A text that identifies the directories above the outputs: it becomes another one when one of them is removed and made again. */
export function placesOf({ outputs }: Task, workspace: string): string {
  const directories = new Set(outputs.map(({ path }) => dirname(path)));
  return [...directories].map((directory) => identityOf(join(workspace, directory))).join();
}

function identityOf(path: string): string {
  const stat = look(path);
  return stat === undefined ? "" : `${stat.ino}-${stat.birthtimeMs}`;
}

/** Why a path is not the workspace's: a directory on the way to it is a symlink. */
export function behindLink(task: Task, path: string, link: string): Diagnostic {
  return unusable(
    task,
    path,
    `"${link}" is a symlink`,
    "replace it with a directory, or use the path that it leads to",
  );
}

function unusable(task: Task, path: string, why: string, help: string): Diagnostic {
  const location = task.outputs.find((output) => output.path === path)?.location ?? task.location;
  const message = `task "${task.id}" cannot make "${path}": ${why}`;
  return { code: "INC4304", severity: "error", message, location, help: [help] };
}

/** The first directory on the way to a workspace path that is a symlink; undefined: there is none. */
export function symlinkedComponent(workspace: string, path: string): string | undefined {
  for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
    const stat = look(join(workspace, path.slice(0, end)));
    if (stat === undefined) return undefined;
    if (stat.isSymbolicLink()) return path.slice(0, end);
  }
  return undefined;
}

/** True for a path that another task makes. */
export type IsMade = (path: string) => boolean;

/** What is wrong with the outputs of a successful command: each must be there, of the declared type. */
export function collectOutputs(task: Task, workspace: string, isMade: IsMade): readonly Diagnostic[] {
  return task.outputs.flatMap((output) => collect(task, output, workspace, isMade) ?? []);
}

function collect(task: Task, output: Output, workspace: string, isMade: IsMade): Diagnostic | undefined {
  const link = symlinkedComponent(workspace, output.path);
  if (link !== undefined) return behindLink(task, output.path, link);
  const absolute = join(workspace, output.path);
  const stat = look(absolute);
  if (stat === undefined) return notMade(task, output, workspace, isMade);
  if (stat.isSymbolicLink()) return linkProblem(task, output, workspace);
  const type = typeOf(stat);
  if (type !== output.type)
    return wrong(task, output, { what: `is a ${type}, not a ${output.type}`, help: typeHelp(output, type) });
  const problem = type === "directory" ? problemIn(absolute) : undefined;
  return problem === undefined ? undefined : wrong(task, output, problem);
}

function typeHelp(output: Output, type: string): string {
  if (type === "directory") return `declare a directory with a slash: out("${output.path}/")`;
  if (type === "file") return `declare a file without a slash: out("${output.path}")`;
  return `let the command write a ${output.type}`;
}

function typeOf(stat: Stats): string {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  return stat.isFIFO() ? "named pipe" : stat.isSocket() ? "socket" : "device";
}

function linkProblem(task: Task, output: Output, workspace: string): Diagnostic | undefined {
  const absolute = join(workspace, output.path);
  const target = targetOf(absolute);
  const help = "let the command write to the path itself instead of linking to it";
  if (target === undefined) return wrong(task, output, { what: "is a symlink that leads nowhere", help });
  const root = realpathSync(workspace);
  if (!isWithin(realpathSync(absolute), root))
    return wrong(task, output, {
      what: "is a symlink that leads out of the workspace",
      help: "copy the file instead of linking to it",
    });
  const type = typeOf(target);
  const what = `is a symlink to a ${type}, not to a ${output.type}`;
  return type === output.type ? undefined : wrong(task, output, { what, help });
}

/** The target of a symlink; undefined: there is none, or the link leads to itself. */
function targetOf(link: string): Stats | undefined {
  try {
    return statSync(link, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function wrong(task: Task, { path, location }: Output, { what, help }: OutputProblem): Diagnostic {
  const message = `task "${task.id}" succeeded, but its output "${path}" ${what}`;
  return { code: "INC4303", severity: "error", message, location, help: [help] };
}

function notMade(task: Task, { path, location }: Output, workspace: string, isMade: IsMade): Diagnostic {
  const parent = dirname(path);
  const names = namesIn(join(workspace, parent));
  const wanted = path.slice(path.lastIndexOf("/") + 1);
  const near = suggestion(
    wanted,
    names.filter((name) => !isMade(join(parent, name))),
  );
  const more = names.length > LISTED_NAMES ? ` and ${names.length - LISTED_NAMES} more` : "";
  const there =
    names.length === 0
      ? "nothing"
      : `${names
          .slice(0, LISTED_NAMES)
          .map((name) => `"${name}"`)
          .join(", ")}${more}`;
  return {
    code: "INC4302",
    severity: "error",
    message: `task "${task.id}" succeeded, but did not make its output "${path}"`,
    location,
    notes: [{ message: `in "${parent}" there is ${there}` }],
    help: [
      near === undefined
        ? "let the command write to it, or remove it from the outputs"
        : `did you mean "${join(parent, near)}"?`,
    ],
  };
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}
