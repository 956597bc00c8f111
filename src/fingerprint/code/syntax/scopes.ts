import type { analyze, Scope, Variable } from "eslint-scope";
import { scopeLibrary } from "./libraries.ts";
import type { Node } from "./node.ts";
import type { Syntax } from "./parse.ts";

/** What a name in the source means. */
export interface Meaning {
  readonly scope: "module" | "local" | "global";
  /** Of a local name: the offset of its declaration; for what is not declared, like `arguments`, of the function. */
  readonly declared: number;
  /** The name by which the code of a class, or of a function expression, knows itself. */
  readonly isSelf: boolean;
}

/** What all names of a module mean. */
export interface Scopes {
  /** Of each identifier that refers to something. */
  readonly meanings: ReadonlyMap<Node, Meaning>;
  /** Offsets of the declarations of each name of the module's own scope. */
  readonly declarations: ReadonlyMap<string, readonly number[]>;
}

const GLOBAL: Meaning = { scope: "global", declared: -1, isSelf: false };
const MODULE: Meaning = { scope: "module", declared: -1, isSelf: false };

/** Variables that Node gives to a CommonJS module. */
const OF_SCRIPTS = new Set(["module", "exports", "require", "__filename", "__dirname", "arguments"]);

export function scopesOf({ program, isScript }: Syntax): Scopes {
  const manager = scopeLibrary().analyze(program as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2026,
    sourceType: isScript ? "commonjs" : "module",
    // Syntax that it does not know: everything below is visited. To tell it the keys makes it copy them for each pattern.
    fallback: "iteration",
    jsx: true,
  });
  // In CommonJS, the function that Node puts around a module.
  const own = manager.scopes[1] as Scope;
  const meanings = new Map<Node, Meaning>();
  // The name in `const x = 1` declares, and refers to nothing.
  for (const { references } of manager.scopes)
    for (const { identifier, resolved, init } of references)
      if (init !== true) meanings.set(identifier as unknown as Node, meaningOf(resolved, own));
  return { meanings, declarations: declarationsOf(own) };
}

function meaningOf(variable: Variable | null, own: Scope): Meaning {
  if (variable === null) return GLOBAL;
  if (variable.scope === own) return OF_SCRIPTS.has(variable.name) && variable.defs.length === 0 ? GLOBAL : MODULE;
  const { type, block } = variable.scope;
  const declared = offsetsOf(variable)[0] ?? (block as unknown as Node).start;
  return { scope: "local", declared, isSelf: type === "class" || type === "function-expression-name" };
}

function declarationsOf(own: Scope): Map<string, readonly number[]> {
  return new Map(own.variables.map((variable) => [variable.name, offsetsOf(variable)]));
}

function offsetsOf(variable: Variable): number[] {
  return variable.identifiers.map((identifier) => (identifier as unknown as Node).start);
}
