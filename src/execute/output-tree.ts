import { readdirSync } from "node:fs";
import { foreignName } from "../host/files/name-bytes.ts";

const SLASH = Buffer.from("/");

/** How something differs from a usable output, and what helps. */
export interface OutputProblem {
  /** Follows the output's name in a sentence. */
  readonly what: string;
  readonly help: string;
}

/**
 * Why a directory cannot be an output: a special file, a name that is not UTF-8, a directory that cannot be read.
 * Symlinks are never followed: they count as their text, and what they lead to need not end.
 */
export function problemIn(directory: string): OutputProblem | undefined {
  const open: Buffer[] = [Buffer.from(directory)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const shown = path.toString().slice(directory.length + 1);
    let entries: ReturnType<typeof list>;
    try {
      entries = list(path);
    } catch (error) {
      const what = shown === "" ? "is a directory" : `contains the directory "${shown}",`;
      return {
        what: `${what} that cannot be read (${(error as NodeJS.ErrnoException).code})`,
        help: "let the command leave it readable: chmod -R u+rwX",
      };
    }
    for (const entry of entries) {
      const foreign = foreignName(entry.name);
      if (foreign !== undefined)
        return {
          what: `contains the name "${inside(shown, foreign)}", which is not UTF-8`,
          help: "let the command use names in UTF-8",
        };
      if (entry.isDirectory()) open.push(Buffer.concat([path, SLASH, entry.name]));
      else if (!entry.isFile() && !entry.isSymbolicLink())
        return {
          what: `contains "${inside(shown, entry.name.toString())}", which is neither a file, a directory nor a symlink`,
          help: "remove it at the end of the command, or write it outside the output",
        };
    }
  }
  return undefined;
}

function list(path: Buffer) {
  return readdirSync(path, { withFileTypes: true, encoding: "buffer" });
}

function inside(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
