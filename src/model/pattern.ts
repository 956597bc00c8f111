/** The directory above the first wildcard of a glob pattern; empty for the workspace itself. */
export function literalBase(pattern: string): string {
  const steps = pattern.split("/");
  const wild = steps.findIndex(hasWildcard);
  return (wild < 0 ? steps.slice(0, -1) : steps.slice(0, wild)).join("/");
}

/** True when a pattern can match more than one path. `@`, `!` and `+` are plain (`node_modules/@scope`) but before a `(`. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[\]{}()\\]/.test(pattern);
}
