import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

export interface Shell {
  readonly kind: "bash" | "sh";
  /** Absolute. */
  readonly path: string;
}

let shell: Shell | undefined;

/** bash where PATH has it, else /bin/sh. Looked up once. */
export function findShell(): Shell {
  shell ??= lookForShell(process.env.PATH ?? "");
  return shell;
}

function lookForShell(path: string): Shell {
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory, "bash");
    if (isAbsolute(directory) && isExecutable(candidate)) return { kind: "bash", path: candidate };
  }
  return { kind: "sh", path: "/bin/sh" };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
