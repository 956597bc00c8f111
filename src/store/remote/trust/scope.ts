/** The scope that everyone reads: what protected branches make. */
export const MAIN = "main";
/** Instead of a scope: nothing is written. */
export const NO_SCOPE = "none";

/** A scope is part of a path: names of letters, digits, `.`, `_` and `-`, with `/` in between. */
const SCOPE = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/;
const LONGEST = 100;

export function isScope(text: unknown): text is string {
  return typeof text === "string" && text.length <= LONGEST && SCOPE.test(text);
}

/** True when a pattern covers a scope: `main`, `pr/*` (all below), `*`. */
export function coversScope(pattern: string, scope: string): boolean {
  if (pattern === "*" || pattern === scope) return true;
  return pattern.endsWith("/*") && scope.startsWith(pattern.slice(0, -1));
}
