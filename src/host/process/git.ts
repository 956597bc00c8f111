import { spawnSync } from "node:child_process";
import { runTool } from "./process.ts";

/**
 * A repository's own settings name programs (a monitor of files, what fetches objects that are missing), and a
 * repository may come from an archive: inc only asks, so none of them is started.
 */
const STARTS_NOTHING = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"] as const;

/** Disables fetching, and hides GIT_DIR and the like, which in a hook name another repository. */
function environment(): NodeJS.ProcessEnv {
  const variables = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(variables),
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
  };
}

/** The output of a git command in a directory; undefined: git could not be started, or failed. */
export function askGit(args: readonly string[], directory: string): string | undefined {
  const options = { cwd: directory, env: environment(), encoding: "utf8", maxBuffer: 1 << 26 } as const;
  const { status, stdout } = spawnSync("git", [...STARTS_NOTHING, ...args], options);
  return status === 0 ? stdout : undefined;
}

/** As `askGit`, asynchronously. */
export async function askGitLater(args: readonly string[], directory: string): Promise<string | undefined> {
  const answer = await runTool("git", [...STARTS_NOTHING, ...args], { cwd: directory, env: environment() });
  return answer?.exit === 0 ? answer.stdout : undefined;
}
