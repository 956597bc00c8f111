import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where a job's results are, and what they are called in the cache of GitHub Actions. */
export interface CachePlace {
  /** Absolute. Outside of the workspace: no set of files matches anything in there. */
  readonly directory: string;
  /** What is saved for this commit. */
  readonly key: string;
  /** What all commits have in common. */
  readonly prefix: string;
}

/** The layout of what is saved; another one is never restored. */
const FORMAT = 1;
/** How much of a digest tells jobs apart, in hexadecimal digits. */
const SHORT = 16;

/**
 * Jobs do not share: of two that save for one commit, the second is refused, and what it needs would be missing ever after.
 * @param variant Tells jobs of one name apart.
 */
export function cachePlaceOf(env: NodeJS.ProcessEnv, variant: string): CachePlace {
  const { RUNNER_TEMP: temporary, RUNNER_OS: os, RUNNER_ARCH: arch, GITHUB_SHA: commit } = env;
  if (temporary === undefined || commit === undefined) throw new Error("this is no job of GitHub Actions");
  const job = [env["GITHUB_WORKFLOW"], env["GITHUB_JOB"], variant].map((text) => text ?? "");
  const short = createHash("sha256").update(JSON.stringify(job)).digest("hex").slice(0, SHORT);
  const prefix = `inc-${FORMAT}-${os}-${arch}-${short}-`;
  return { directory: join(temporary, "inc-results"), key: `${prefix}${commit}`, prefix };
}
