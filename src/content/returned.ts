import canonicalize from "canonicalize";
import { isObject, memberPointer } from "./json.ts";

/** What a value that a function returned would not be any more as JSON, and where: a pointer, empty for the whole. */
export interface NotJson {
  readonly pointer: string;
  readonly what: string;
}

export type ReturnedValue =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: NotJson };

/** The canonical JSON of what a function returned; its readers get the same. Members that are undefined are left out. */
export function returnedValue(value: unknown): ReturnedValue {
  try {
    const problem = find(value, "", new Set());
    if (problem !== undefined) return { ok: false, problem };
    return { ok: true, text: canonicalize(value) as string };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, problem: { pointer: "", what: "nested too deeply" } };
  }
}

/** @param around The objects that this one is in. */
function find(value: unknown, pointer: string, around: Set<unknown>): NotJson | undefined {
  const what = whatItIs(value);
  if (what !== undefined) return { pointer, what };
  if (typeof value !== "object" || value === null) return undefined;
  if (around.has(value)) return { pointer, what: "an object that it is in itself" };
  around.add(value);
  const isArray = Array.isArray(value);
  // With the holes of an array, which JSON would make null.
  for (const [key, member] of isArray ? value.entries() : Object.entries(value)) {
    if (member === undefined && !isArray) continue;
    const problem = find(member, memberPointer(pointer, String(key)), around);
    if (problem !== undefined) return problem;
  }
  around.delete(value);
  return undefined;
}

/** Undefined: JSON has it. */
function whatItIs(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? undefined : "text with half of a character";
    case "number":
      return Number.isFinite(value) ? undefined : String(value);
    case "bigint":
      return "a bigint";
    case "undefined":
      return "undefined";
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    case "object":
      return value === null || Array.isArray(value) || isPlain(value) ? undefined : `a ${nameOf(value)}`;
    case "boolean":
      return undefined;
  }
}

/** Of another realm as well. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return isObject(value) && (prototype === null || Object.getPrototypeOf(prototype) === null);
}

function nameOf(value: object): string {
  const made = (value as { constructor?: unknown }).constructor;
  return typeof made === "function" && made.name !== "" ? made.name : "object with a prototype";
}
