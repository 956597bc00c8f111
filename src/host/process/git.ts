import { spawnSync } from "node:child_process";
import { runTool } from "./process.ts";

/**
 * A repository's own settings name programs (a monitor of files, what fetches objects that are missing), and a
 * repository may come from an archive: inc only asks, so none of them is started.
 */
const STARTS_NOTHING = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"] as const;

/** It does not see GIT_DIR and the like, which in a hook mean another repository, and fetches nothing. */
function environment(): NodeJS.ProcessEnv {
  const variables = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(variables),
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
  };
}

/** What git says of the repository around a directory; undefined: it could not be asked, or refused. */
export function askGit(args: readonly string[], directory: string): string | undefined {
  const options = { cwd: directory, env: environment(), encoding: "utf8", maxBuffer: 1 << 26 } as const;
  const { status, stdout } = spawnSync("git", [...STARTS_NOTHING, ...args], options);
  return status === 0 ? stdout : undefined;
}

/** As `askGit`, while other things go on. */
export async function askGitLater(args: readonly string[], directory: string): Promise<string | undefined> {
  const answer = await runTool("git", [...STARTS_NOTHING, ...args], { cwd: directory, env: environment() });
  return answer?.exit === 0 ? answer.stdout : undefined;
}
