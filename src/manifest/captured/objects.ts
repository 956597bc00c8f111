import { types } from "node:util";

/** Names of builtin classes whose objects consist of JSON-like content alone. */
const READABLE = new Set([
  "Object",
  "Array",
  "Map",
  "Set",
  "Date",
  "RegExp",
  "URL",
  "URLSearchParams",
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "Boolean",
  "Number",
  "String",
  "BigInt",
  "Symbol",
  "ArrayBuffer",
  "DataView",
  "Buffer",
  "Function",
]);

/** What an object is whose content cannot be read, in words; undefined: it can. */
export function unreadable(value: object): string | undefined {
  if (types.isProxy(value)) return "a proxy";
  if (types.isPromise(value)) return "a promise";
  if (types.isWeakMap(value) || types.isWeakSet(value)) return "a weak collection";
  if (types.isGeneratorObject(value)) return "a generator that has begun";
  if (types.isExternal(value)) return "something outside of JavaScript";
  if (types.isSharedArrayBuffer(value)) return "memory that others may change";
  const native = nativeClass(value);
  return native === undefined ? undefined : `an object of ${native}`;
}

/** The name of a class of the platform, among those of an object, whose objects have state that cannot be read. */
function nativeClass(value: object): string | undefined {
  for (let at: unknown = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const made = (at as { constructor?: unknown }).constructor;
    if (typeof made !== "function" || !Object.hasOwn(at as object, "constructor")) continue;
    if (isNative(made) && !isReadable(made) && !ArrayBuffer.isView(value)) return made.name;
  }
  return undefined;
}

/** A class of the platform, not one of the same name. */
function isReadable(made: { readonly name: string }): boolean {
  return READABLE.has(made.name) && made === (globalThis as Record<string, unknown>)[made.name];
}

function isNative(of: unknown): boolean {
  return /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(of));
}

/**
 * What an object holds beside its properties: items to describe in turn, or a text that says all of it. Undefined: nothing.
 */
export function contentOf(value: object): readonly unknown[] | string | undefined {
  if (value instanceof Map) return [...Map.prototype.entries.call(value)].flat();
  if (value instanceof Set) return [...Set.prototype.values.call(value)];
  if (types.isDate(value)) return String(Date.prototype.getTime.call(value));
  if (types.isRegExp(value)) return `${value.source}/${value.flags}`;
  if (value instanceof URL || value instanceof URLSearchParams) return value.toString();
  if (types.isBoxedPrimitive(value)) return [(value as { valueOf(): unknown }).valueOf()];
  if (types.isArrayBuffer(value)) return Buffer.from(value).toString("base64");
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  if (types.isNativeError(value)) return [value.name, value.message];
  return undefined;
}

/** The class of an object, or the name of one that the platform has. */
export function prototypeOf(value: object): string | null | ((...args: never[]) => unknown) {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  if (prototype === null) return null;
  const made = prototype.constructor;
  if (typeof made !== "function") return "Object";
  return isNative(made) || isReadable(made) ? made.name : (made as () => unknown);
}
