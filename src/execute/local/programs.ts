import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Any user may run it. */
const EXECUTABLE = 0o111;
const INTERPRETED = Buffer.from("#!");
const ELF = Buffer.from("\x7fELF", "latin1");

/** Finds programs as a shell does, where no doubt is possible. */
export class Programs {
  /** Path and times of files that the system can run by itself. */
  readonly #runnable = new Set<string>();

  /**
   * The file of a program: a path as it is, a name looked up in PATH. Undefined where a shell might take another one, run it in
   * another way, or report an error.
   * @param cwd Absolute.
   */
  find(program: string, cwd: string, path: string): string | undefined {
    if (program.includes("/"))
      return this.#isRunnable(isAbsolute(program) ? program : join(cwd, program)) ? program : undefined;
    for (const directory of path.split(delimiter)) {
      if (!isAbsolute(directory)) return undefined;
      const file = `${directory}/${program}`;
      const stat = look(file);
      if (stat !== undefined) return this.#isRunnable(file, stat) ? file : undefined;
    }
    return undefined;
  }

  /** A script without `#!` is run by the shell itself. */
  #isRunnable(file: string, stat = look(file)): boolean {
    if (stat === undefined || stat === "unknown" || !stat.isFile() || (stat.mode & EXECUTABLE) !== EXECUTABLE)
      return false;
    const key = `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
    if (this.#runnable.has(key)) return true;
    if (!hasFormat(file)) return false;
    this.#runnable.add(key);
    return true;
  }
}

/** Undefined: there is nothing. */
function look(file: string): Stats | "unknown" | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return "unknown";
  }
}

function hasFormat(file: string): boolean {
  const bytes = Buffer.alloc(ELF.length);
  try {
    const open = openSync(file, "r");
    try {
      readSync(open, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(open);
    }
  } catch {
    return false;
  }
  return bytes.equals(ELF) || bytes.subarray(0, INTERPRETED.length).equals(INTERPRETED);
}
