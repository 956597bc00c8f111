import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Location } from "../../model/location.ts";
import { pathOf } from "../module-path.ts";

/** The first line of the modules that imports something by that path or package name. */
export function importOf(imported: string, modules: readonly string[]): Location | undefined {
  const name = basename(imported);
  const specifier = new RegExp(`(?<=\\b(?:from|import)\\b.*["'/])${escapeRegex(name)}(?=["'/])`);
  for (const file of modules)
    for (const [i, text] of readLines(file).entries()) {
      const match = specifier.exec(text);
      if (match !== null) return { file, line: i + 1, column: match.index + 1 };
    }
  return undefined;
}

/** The line of a module that exports a name; its first line when the export is written in another way. */
export function exportOf(name: string, file: string): Location {
  const declared =
    name === "default" ? "default" : `(?:const|let|var|(?:async\\s+)?function\\*?)\\s+${escapeRegex(name)}`;
  const [place] = placesOf(new RegExp(`^\\s*export\\s+${declared}(?![\\w$])`), name, [file]);
  return place ?? { file, line: 1, column: 1 };
}

/** The text between the quotes around a place. */
export function specifierAt(location: Location): string {
  const text = lineAt(location);
  const after = text.slice(location.column - 1).split(/["']/)[0] ?? "";
  return `${
    text
      .slice(0, location.column - 1)
      .split(/["']/)
      .at(-1) ?? ""
  }${after}`;
}

/** From the line that Node puts above a syntax error, else from the first frame that is in one of the modules. */
export function locate(error: Error, modules: readonly string[]): Location | undefined {
  const stack = error.stack ?? "";
  const head = /^(file:\/\/\S+|\/\S[^\n]*):(\d+)\n/.exec(stack);
  if (head !== null) {
    // Some lines of the source, with the caret below the one that is meant.
    const caret = stack.split("\n").find((text) => /^\s*\^+\s*$/.test(text));
    return { file: moduleIn(head[1] as string), line: Number(head[2]), column: (caret?.indexOf("^") ?? 0) + 1 };
  }
  for (const [, file, line, column] of stack.matchAll(/\(?((?:file:\/\/|\/)[^\s()]+):(\d+):(\d+)\)?$/gm)) {
    const path = moduleIn(file as string);
    if (modules.includes(path)) return { file: path, line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** The place of an error that V8 reports without one: found by the name in its message. */
export function placeByName(error: Error, modules: readonly string[]): Location | undefined {
  const field = /^Private field '(#\w+)' must be declared/.exec(error.message)?.[1];
  if (field !== undefined) return placesOf(new RegExp(`${field}\\b`), field, modules)[0];
  const name = /^Identifier '([\w$]+)' has already been declared$/.exec(error.message)?.[1];
  if (name === undefined) return undefined;
  const word = escapeRegex(name);
  const declaring = `\\b(?:const|let|var|function\\*?|class|import)\\b[^=;]*?(?<![\\w$])${word}(?![\\w$])`;
  const declared = placesOf(new RegExp(declaring), name, modules);
  return declared.find(({ file }, i) => declared[i - 1]?.file === file);
}

/** Where lines match, with the column of the name that the match ends with. */
function placesOf(pattern: RegExp, name: string, modules: readonly string[]): Location[] {
  return modules.flatMap((file) =>
    readLines(file).flatMap((text, i) => {
      const match = pattern.exec(text);
      return match === null ? [] : [{ file, line: i + 1, column: match.index + match[0].length - name.length + 1 }];
    }),
  );
}

/** The text of a line; empty when its file cannot be read. */
export function lineAt({ file, line }: Location): string {
  return readLines(file)[line - 1] ?? "";
}

/** The path of a module that a message of Node names. */
export function moduleIn(named: string): string {
  return pathOf(named) ?? named;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return [];
  }
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
