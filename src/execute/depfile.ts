import { readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Task } from "../model/graph.ts";
import { compareBytes } from "../model/order.ts";
import type { Result } from "../model/result.ts";

/**
 * Reads the found inputs from a depfile, sorted: relative to the workspace, or absolute when they lie outside of it.
 * What the task declares as input or makes itself is left out.
 * @param depfile Relative to the workspace.
 */
export function readDepfile(task: Task, depfile: string, workspace: string): Result<readonly string[]> {
  let text: string;
  try {
    text = readFileSync(join(workspace, depfile), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return unusable(task, depfile, code === "ENOENT" ? "the command did not write it" : `it cannot be read: ${code}`);
  }
  const names = parseDepfile(text);
  if (names === undefined) return unusable(task, depfile, "it is not in the syntax of a Makefile rule");
  const declared = declaredPaths(task);
  const found = new Set<string>();
  for (const name of names) {
    const path = workspacePath(resolve(workspace, task.cwd, name), workspace);
    if (!isDeclared(path, declared)) found.add(path);
  }
  return { ok: true, value: [...found].sort(compareBytes) };
}

function unusable(task: Task, depfile: string, why: string): Result<never> {
  const diagnostic: Diagnostic = {
    code: "INC4305",
    severity: "error",
    message: `the depfile "${depfile}" of task "${task.id}" is of no use: ${why}`,
    location: task.location,
    help: ["let the compiler write it: -MMD -MF, and the path by depfile(…)"],
  };
  return { ok: false, diagnostics: [diagnostic] };
}

function workspacePath(absolute: string, workspace: string): string {
  const path = relative(workspace, absolute);
  return path === ".." || path.startsWith("../") || isAbsolute(path) ? absolute : path;
}

function declaredPaths(task: Task): ReadonlySet<string> {
  const paths = new Set(task.outputs.map((output) => output.path));
  for (const input of task.inputs) {
    if (input.kind === "file" || input.kind === "artifact") paths.add(input.path);
    else if (input.kind === "units") for (const { path } of input.items) if (path !== undefined) paths.add(path);
  }
  return paths;
}

/** A file in a declared directory is declared as well. */
function isDeclared(path: string, declared: ReadonlySet<string>): boolean {
  if (declared.has(path)) return true;
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
    if (declared.has(path.slice(0, end))) return true;
  return false;
}

/** A word, an escape in it, the end of a line, blanks or a comment. */
const TOKEN = /((?:\\[ \t#:]|\$\$|\\(?!\r?\n)|[^\s\\#])+)|(\\\r?\n|[ \t\f\v]+|\r(?=\n))|(\n)|#[^\n]*/gy;

/** Prerequisites of all rules, in order; undefined: this is no Makefile. Rules without any (`-MP`) add none. */
export function parseDepfile(text: string): readonly string[] | undefined {
  if (text.includes("\0")) return undefined;
  const names: string[] = [];
  let side: "none" | "targets" | "prerequisites" = "none";
  for (const [, word, , newline] of text.matchAll(TOKEN)) {
    if (newline !== undefined) {
      if (side === "targets") return undefined;
      side = "none";
    } else if (word !== undefined && side === "prerequisites") names.push(unescapeName(word));
    else if (word !== undefined) side = /(?<!\\):$/.test(word) ? "prerequisites" : "targets";
  }
  return side === "targets" ? undefined : names;
}

function unescapeName(word: string): string {
  return word.replace(/\\([ \t#:])|\$\$/g, (_, character?: string) => character ?? "$");
}
