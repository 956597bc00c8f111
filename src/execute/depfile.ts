import { lstatSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readsOf } from "../graph/reads.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Depfile, Task } from "../model/graph.ts";
import { compareBytes } from "../model/order.ts";
import { isWithinAny, workspacePath } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import { parseDepfile } from "./depfile-syntax.ts";

/**
 * Reads the found inputs from a depfile, sorted: relative to the workspace, or absolute when they lie outside of it.
 * What the task declares as input or makes itself is left out.
 */
export function readDepfile(task: Task, depfile: Depfile, workspace: string): Result<readonly string[]> {
  let text: string;
  try {
    const absolute = join(workspace, depfile.path);
    // Reading a pipe would block until a process writes to it.
    if (!lstatSync(absolute).isFile()) return unusable(task, depfile, "it is no regular file");
    text = readFileSync(absolute, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return unusable(task, depfile, code === "ENOENT" ? "the command did not write it" : `it cannot be read: ${code}`);
  }
  // A tool that failed to write it may leave it empty; the inputs would then go unseen.
  if (text.trim() === "") return unusable(task, depfile, "it is empty");
  const names = parseDepfile(text);
  if (names === undefined) return unusable(task, depfile, "it is not in the syntax of a Makefile rule");
  const declared = declaredPaths(task);
  const found = new Set<string>();
  for (const name of names) {
    const path = workspacePath(workspace, resolve(workspace, baseOf(task, depfile), name));
    if (!isWithinAny(path, declared)) found.add(path);
  }
  return { ok: true, value: [...found].sort(compareBytes) };
}

/** The directory that names in a depfile are relative to. */
function baseOf(task: Task, depfile: Depfile): string {
  return depfile.relativeTo ?? task.cwd;
}

/** Says which names of a depfile stand for nothing: most often they are relative to another directory. */
export function absentNames(task: Task, depfile: Depfile, paths: readonly string[]): Diagnostic {
  const more = paths.length === 1 ? "" : ` (and ${paths.length - 1} more)`;
  return {
    code: "INC4310",
    severity: "warning",
    message: `the depfile "${depfile.path}" of task "${task.id}" names "${paths[0]}", which does not exist${more}`,
    location: task.location,
    notes: [{ message: `its names are resolved against "${baseOf(task, depfile)}"` }],
    help: ['if they are relative to another directory, declare it: depfile(path, { relativeTo: "dir" })'],
  };
}

function unusable(task: Task, { path }: Depfile, why: string): Result<never> {
  const diagnostic: Diagnostic = {
    code: "INC4305",
    severity: "error",
    message: `the depfile "${path}" of task "${task.id}" is unusable: ${why}`,
    location: task.location,
    help: ["let the compiler write it: -MMD -MF, and the path by depfile(…)"],
  };
  return { ok: false, diagnostics: [diagnostic] };
}

function declaredPaths(task: Task): ReadonlySet<string> {
  return new Set([...task.outputs.map(({ path }) => path), ...readsOf(task).paths]);
}
