import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { readJson } from "../../content/read-json.ts";
import { type AskedTool, askTool } from "../../host/process/ask-tool.ts";
import type { PythonAnswer } from "./answer.ts";
import type { PythonEntry } from "./python-slice.ts";

/** The directory that holds the program's package: beside this file, and where the bundle puts it. */
const PACKAGE = fileURLToPath(
  new URL(extname(import.meta.url) === ".ts" ? "." : "../fingerprint/python/", import.meta.url),
);
const START = "import sys; sys.path.insert(0, sys.argv.pop()); from slicer.main import main; sys.path.pop(0); main()";

/** Neither variables of Python's nor the user's own start-up files have a say, and no byte code is written. */
const FLAGS = ["-I", "-S", "-B", "-X", "utf8"] as const;

/** An answer, or why there is none. */
export type Asked = PythonAnswer | { readonly failed: AskedTool };

/** Asks one process of an interpreter for the slices of some functions. It runs none of their code. */
export function askPython(interpreter: string, root: string, entries: readonly PythonEntry[]): Asked {
  const input = JSON.stringify({ entries });
  const asked = askTool(interpreter, [...FLAGS, "-c", START, PACKAGE], { cwd: root, env: variables(), input });
  if (asked.exit !== 0) return { failed: asked };
  return readJson(asked.stdout) as PythonAnswer;
}

/** By PATH a script that chooses an interpreter finds it; in HOME is what a user has installed. */
function variables(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME };
}
