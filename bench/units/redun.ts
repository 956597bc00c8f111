import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where redun is, or why there is none. */
export type Found = { readonly program: string } | { readonly absent: string };

/** From PATH, else from an environment of Python's that is made once, below the cache directory. */
export function findRedun(): Found {
  if (runs("redun")) return { program: "redun" };
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "inc-bench");
  const directory = join(cache, "redun");
  const program = join(directory, "bin/redun");
  if (existsSync(program)) return { program };
  try {
    mkdirSync(cache, { recursive: true });
    console.log(`installing redun in ${directory} …`);
    execFileSync("python3", ["-m", "venv", directory], { stdio: "pipe" });
    execFileSync(join(directory, "bin/pip"), ["install", "--quiet", "redun"], { stdio: "pipe" });
  } catch (error) {
    return { absent: `it could not be installed: ${(error as Error).message.split("\n")[0]}` };
  }
  return runs(program) ? { program } : { absent: `${program} does not start` };
}

function runs(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
