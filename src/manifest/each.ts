import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";
import { origin } from "./call-site.ts";
import type { Declaration, EachDeclaration } from "./declaration.ts";
import { DECLARATION, declarationOf, notText } from "./handle.ts";
import type { Each, FileRef, FileSetRef, Nested, OutputRef, Shape, Task, Units } from "./handles.ts";
import { session } from "./session.ts";

/** What `each` gives. */
interface AnyUnits {
  readonly units: true;
}

/** The options of any `each`. */
interface EachOptions {
  /**
   * How many units one call of a function may make, where the callback returns tasks with `runAll`: what is only done once in a
   * call, such as loading a model, is shared. Each unit is still decided, stored and failed by itself.
   */
  readonly batch?: number;
}

/** What a callback of `each` may return. */
type UnitResult = Task | AnyUnits | Readonly<Record<string, Task | AnyUnits>>;

/** An element of a value: an item of an array, a member of an object. */
type ElementOf<V> = V extends readonly (infer E)[] ? E : V extends object ? V[keyof V] : unknown extends V ? V : never;

/** What the callback of an `each` returned for a unit. */
type UnitOf<U> =
  U extends Units<infer Names, infer S, infer V>
    ? Task<Names, S, V>
    : { readonly [K in Exclude<keyof U, keyof AnyUnits | keyof Nested>]: U[K] extends Nested ? U[K] : UnitOf<U[K]> };

/**
 * Fans out: one unit for each element. A new element runs one unit, a changed one reruns one, a removed one is cleaned up.
 * Over a task: the elements of its value, or the files in the directory that it makes; there are units once it has run.
 * Over the units of another `each`: a unit of the same key for each. In the callback of another `each`: the keys of both, `eu/42`.
 * @example export const clean = each(files("data/*.csv"), (csv) => task(sh`clean ${csv} > ${out(`build/${csv.name}`)}`));
 */
export function each<const T extends UnitResult>(set: FileSetRef, callback: (file: FileRef) => T): Each<T>;
export function each<const T extends UnitResult>(
  set: FileSetRef,
  options: EachOptions,
  callback: (file: FileRef) => T,
): Each<T>;
export function each<const T extends UnitResult>(
  directory: Task<string, "one", never> | OutputRef,
  callback: (file: FileRef) => T,
): Each<T>;
export function each<const T extends UnitResult>(
  directory: Task<string, "one", never> | OutputRef,
  options: EachOptions,
  callback: (file: FileRef) => T,
): Each<T>;
export function each<V, const T extends UnitResult>(
  value: Task<string, Shape, V>,
  callback: (element: ElementOf<V>, key: string) => T,
): Each<T>;
export function each<V, const T extends UnitResult>(
  value: Task<string, Shape, V>,
  options: EachOptions & { readonly key?: (element: ElementOf<V>) => string | number },
  callback: (element: ElementOf<V>, key: string) => T,
): Each<T>;
export function each<U extends AnyUnits, const T extends UnitResult>(
  units: U,
  callback: (unit: UnitOf<U>, key: string) => T,
): Each<T>;
export function each<U extends AnyUnits, const T extends UnitResult>(
  units: U,
  options: EachOptions,
  callback: (unit: UnitOf<U>, key: string) => T,
): Each<T>;
export function each<const E extends string | number, const T extends UnitResult>(
  items: readonly E[],
  callback: (item: E) => T,
): Each<T>;
export function each<const E extends string | number, const T extends UnitResult>(
  items: readonly E[],
  options: EachOptions,
  callback: (item: E) => T,
): Each<T>;
export function each<const E, const T extends UnitResult>(
  items: readonly E[],
  options: EachOptions & { readonly key: (item: E) => string | number },
  callback: (item: E) => T,
): Each<T>;
export function each(
  over: FileSetRef | Task | OutputRef | AnyUnits | readonly unknown[],
  second: ((element: never, key: string) => UnitResult) | EachOptions,
  third?: (element: never, key: string) => UnitResult,
): unknown {
  const from = origin();
  const callback = (typeof second === "function" ? second : third) as EachDeclaration["callback"];
  const { key, batch } = typeof second === "function" ? {} : optionsOf(second, from.location);
  const elements = elementsIn(over, key, from.location);
  const declaration: EachDeclaration = { kind: "each", over: elements, callback, ...defined({ batch }), ...from };
  session().made.push(declaration);
  return makeEach(declaration);
}

interface GivenOptions {
  readonly key?: (item: unknown) => unknown;
  readonly batch?: number;
}

function optionsOf(options: unknown, location: Location): GivenOptions {
  const { batch, key } = (options ?? {}) as { readonly batch?: unknown; readonly key?: unknown };
  if (batch !== undefined && !(Number.isInteger(batch) && (batch as number) > 0))
    throw new DiagnosticError({
      code: "INC2023",
      severity: "error",
      message: 'the option "batch" of each() has an unusable value',
      location,
      help: ["use a whole number from 1 up: how many units one call of a function may make"],
    });
  return defined({ batch: batch as number | undefined, key: key as GivenOptions["key"] });
}

function elementsIn(
  over: unknown,
  key: ((item: unknown) => unknown) | undefined,
  location: Location,
): EachDeclaration["over"] {
  if (Array.isArray(over))
    return { kind: "items", items: over.map((value: unknown) => ({ key: String((key ?? String)(value)), value })) };
  const declaration = declarationOf(over);
  if (declaration?.kind === "files") return declaration;
  if (declaration?.kind === "task") return { kind: "made", of: declaration, ...defined({ key }) };
  if (declaration?.kind === "projection" && declaration.of.kind === "task")
    return { kind: "made", of: declaration.of, ...defined({ output: declaration.path[1], key }) };
  if (declaration?.kind === "each") return { kind: "units", of: declaration, members: [] };
  if (declaration?.kind === "projection" && declaration.of.kind === "each" && !declaration.path.includes("outputs"))
    return { kind: "units", of: declaration.of, members: declaration.path };
  throw new DiagnosticError({
    code: "INC2533",
    severity: "error",
    message: "each() is given something that has no elements",
    location,
    help: ["give it a list, files(), a task with a value, an output that is a directory, or another each()"],
  });
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
