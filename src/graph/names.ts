import type { ConfigDeclaration, EachDeclaration, Evaluation, TaskDeclaration } from "../manifest/declaration.ts";
import { declarationOf } from "../manifest/handles.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareBytes } from "../model/order.ts";

export type Named = TaskDeclaration | EachDeclaration;

export interface Names {
  /** The shortest name of each, and the others. */
  readonly names: ReadonlyMap<Named, { readonly name: string; readonly aliases: readonly string[] }>;
  readonly config: ConfigDeclaration | undefined;
  readonly errors: readonly Diagnostic[];
}

/**
 * Names what the exports reach: an export's own name, dotted where records, arrays and namespaces lead on. The shortest
 * name wins, then the first by bytes. Functions and plain values are nobody's business.
 */
export function nameExports(evaluation: Evaluation): Names {
  const found = new Map<Named, string[]>();
  const errors: Diagnostic[] = [];
  let config: ConfigDeclaration | undefined;
  const seen = new Set<object>();
  const visit = (name: string, value: unknown): void => {
    const declaration = declarationOf(value);
    if (declaration?.kind === "task" || declaration?.kind === "each")
      found.set(declaration, [...(found.get(declaration) ?? []), name]);
    if (
      declaration !== undefined ||
      typeof value !== "object" ||
      value === null ||
      seen.has(value) ||
      !isContainer(value)
    )
      return;
    seen.add(value);
    for (const key of Object.keys(value).sort(compareBytes))
      visit(`${name}.${key}`, (value as Record<string, unknown>)[key]);
  };
  for (const name of Object.keys(evaluation.exports).sort(compareBytes)) {
    const value = evaluation.exports[name];
    const declaration = declarationOf(value);
    if (name !== "default") visit(name, value);
    else if (declaration?.kind === "config") config = declaration;
    else if (declaration !== undefined) errors.push(notConfig(declaration));
  }
  const names = new Map([...found].map(([declaration, all]) => [declaration, shortestFirst(all)]));
  return { names, config, errors };
}

function isContainer(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}

function shortestFirst(all: readonly string[]): { name: string; aliases: readonly string[] } {
  const [name, ...aliases] = [...all].sort((a, b) => a.length - b.length || compareBytes(a, b));
  return { name: name as string, aliases };
}

function notConfig(declaration: { readonly kind: string; readonly location?: unknown }): Diagnostic {
  return {
    code: "INC2501",
    severity: "error",
    message: `the default export is a ${declaration.kind}, but it is kept for config()`,
    ...("location" in declaration ? { location: declaration.location as NonNullable<Diagnostic["location"]> } : {}),
    help: ["give it a name: export const build = …"],
  };
}
