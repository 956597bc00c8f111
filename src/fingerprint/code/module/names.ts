import type { Scopes } from "../syntax/scopes.ts";
import type { ImportedName } from "./module-code.ts";

/** What the names of a module mean. */
export interface Names {
  readonly scopes: Scopes;
  readonly imports: Readonly<Record<string, ImportedName>>;
  /** Names of the module that stand for functions like `require`. */
  readonly requires: ReadonlySet<string>;
  /** Offsets of calls that a comment says are pure. */
  readonly pure: ReadonlySet<number>;
  /** CommonJS, where a function that is called by itself has all globals as its `this`. */
  readonly isScript: boolean;
}
