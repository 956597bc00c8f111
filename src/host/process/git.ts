import { spawnSync } from "node:child_process";

/**
 * What git says of the repository around a directory; undefined: it could not be asked, or refused. It hears nothing of
 * GIT_DIR and its like, which in a hook stand for another repository.
 */
export function askGit(args: readonly string[], directory: string): string | undefined {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  const { status, stdout } = spawnSync("git", args, { cwd: directory, env, encoding: "utf8", maxBuffer: 1 << 26 });
  return status === 0 ? stdout : undefined;
}
