import { origin } from "./call-site.ts";
import type { Declaration, EachDeclaration } from "./declaration.ts";
import { DECLARATION, declarationOf, notText } from "./handle.ts";
import { type Each, type FileRef, FileSetRef, type Task } from "./handles.ts";
import { session } from "./session.ts";

/** What a callback of `each` may return. */
type UnitResult = Task | Readonly<Record<string, Task>>;

/**
 * Fans out: one unit for each element. A new element runs one unit, a changed one reruns one, a removed one is cleaned up.
 * @example export const clean = each(files("data/*.csv"), (csv) => task(sh`clean ${csv} > ${out(`build/${csv.name}`)}`));
 */
export function each<const T extends UnitResult>(set: FileSetRef, callback: (file: FileRef) => T): Each<T>;
export function each<const E extends string | number, const T extends UnitResult>(
  items: readonly E[],
  callback: (item: E) => T,
): Each<T>;
export function each<const E, const T extends UnitResult>(
  items: readonly E[],
  options: { readonly key: (item: E) => string | number },
  callback: (item: E) => T,
): Each<T>;
export function each(
  over: FileSetRef | readonly unknown[],
  second: ((element: never) => UnitResult) | { readonly key: (item: never) => string | number },
  third?: (element: never) => UnitResult,
): unknown {
  const callback = (typeof second === "function" ? second : third) as (element: unknown) => unknown;
  const key = typeof second === "function" ? String : (second.key as (item: unknown) => string | number);
  const declaration: EachDeclaration = {
    kind: "each",
    over:
      over instanceof FileSetRef
        ? (declarationOf(over) as EachDeclaration["over"] & { kind: "files" })
        : { kind: "items", items: over.map((value) => ({ key: String(key(value)), value })) },
    callback,
    ...origin(),
  };
  session().made.push(declaration);
  return makeEach(declaration);
}

/**
 * What a callback returns is not known before the graph is built, so every member is taken for a reference; a wrong one is
 * a diagnostic then.
 */
function makeEach<T>(declaration: EachDeclaration): Each<T> {
  return reference(declaration, declaration, []) as Each<T>;
}

function reference(of: EachDeclaration, declaration: Declaration, path: readonly string[]): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, name) {
      if (name === DECLARATION) return declaration;
      if (name === Symbol.toPrimitive) return () => notText(declaration);
      // Looked for by await and by JSON.stringify.
      if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
      const next = [...path, name];
      return reference(of, { kind: "projection", of, path: next }, next);
    },
    has: (_target, name) => name === DECLARATION,
  });
}
