import { scopeInCi } from "./ci-scope.ts";
import { isScope, MAIN, NO_SCOPE } from "./scope.ts";

/** Which scopes a run reads, in that order, and which it writes. */
export interface Scopes {
  readonly reads: readonly string[];
  /** Undefined: none. */
  readonly writes: string | undefined;
}

/**
 * `main` is read by all. A run in another scope reads that too, and writes there alone, so that nothing that it makes reaches
 * a run outside of it.
 * @param named INC_REMOTE_SCOPE; `none`: nothing is written. Undefined or empty: the one of what CI says that it builds,
 * else `main`.
 * @returns Undefined: the name cannot be used.
 */
export function scopesOf(named: string | undefined, env: NodeJS.ProcessEnv): Scopes | undefined {
  const scope = named === undefined || named === "" ? (scopeInCi(env) ?? MAIN) : named;
  if (scope === NO_SCOPE) return { reads: [MAIN], writes: undefined };
  if (!isScope(scope)) return undefined;
  return { reads: scope === MAIN ? [MAIN] : [MAIN, scope], writes: scope };
}
