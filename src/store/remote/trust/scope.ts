/** The scope that everyone reads: what protected branches make. */
export const MAIN = "main";

/** A scope is part of a path: names of letters, digits, `.`, `_` and `-`, with `/` in between. */
const SCOPE = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/;
const LONGEST = 100;

export function isScope(text: unknown): text is string {
  return typeof text === "string" && text.length <= LONGEST && SCOPE.test(text);
}

/** Which scopes a run reads, in that order, and which it writes. */
export interface Scopes {
  readonly reads: readonly string[];
  /** Undefined: none. */
  readonly writes: string | undefined;
}

/**
 * `main` is read by all. A run in another scope reads that too, and writes there alone, so that nothing that it makes reaches
 * a run outside of it.
 * @param named INC_REMOTE_SCOPE; `none`: nothing is written. Undefined or empty: the pull request that CI says it builds,
 * else `main`.
 * @returns Undefined: the name cannot be used.
 */
export function scopesOf(named: string | undefined, env: NodeJS.ProcessEnv): Scopes | undefined {
  const scope = named === undefined || named === "" ? (pullRequestOf(env) ?? MAIN) : named;
  if (scope === "none") return { reads: [MAIN], writes: undefined };
  if (!isScope(scope)) return undefined;
  return { reads: scope === MAIN ? [MAIN] : [MAIN, scope], writes: scope };
}

/** What GitHub Actions and GitLab say about the pull request that they build. Undefined: there is none. */
function pullRequestOf(env: NodeJS.ProcessEnv): string | undefined {
  const github = /^refs\/pull\/(\d+)\//.exec(env["GITHUB_REF"] ?? "")?.[1];
  const number = github ?? /^\d+$/.exec(env["CI_MERGE_REQUEST_IID"] ?? "")?.[0];
  if (number !== undefined) return `pr/${number}`;
  // A pull request that cannot be distinguished from others (`pull_request_target`) writes nothing.
  return (env["GITHUB_EVENT_NAME"] ?? "").startsWith("pull_request") ? "none" : undefined;
}

/** True when a pattern covers a scope: `main`, `pr/*` (all below), `*`. */
export function coversScope(pattern: string, scope: string): boolean {
  if (pattern === "*" || pattern === scope) return true;
  return pattern.endsWith("/*") && scope.startsWith(pattern.slice(0, -1));
}
