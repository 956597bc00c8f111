type Env = Readonly<Record<string, string | undefined>>;

/** True in a job of GitHub Actions, and of systems that follow it. */
export function isOnGitHub(env: Env): boolean {
  return env["GITHUB_ACTIONS"] === "true";
}

/** The file that takes summaries of the job, in Markdown; undefined elsewhere. */
export function summaryFile(env: Env): string | undefined {
  const path = env["GITHUB_STEP_SUMMARY"];
  return isOnGitHub(env) && path !== "" ? path : undefined;
}

/** The directory that paths of annotations are relative to, absolute. */
export function checkout(env: Env, cwd: string): string {
  return env["GITHUB_WORKSPACE"] ?? cwd;
}
