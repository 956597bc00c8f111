import { compareBytes } from "../model/order.ts";

/** What can be encoded: plain JSON. */
export type Canonical = null | boolean | number | string | readonly Canonical[] | { readonly [key: string]: Canonical };

/**
 * The one byte string of a JSON value: two values that differ give different bytes, and key order does not count. Every
 * piece carries a tag and a length, as netstrings do, so that no text can pose as structure:
 *
 *     n │ t │ f │ #<length>:<number> │ $<length>:<UTF-8> │ [<count>:<items> │ {<count>:<key value pairs by the keys' bytes>
 *
 * Throws a TypeError for anything that is no JSON, `undefined` included: a field left out by mistake must not go
 * unseen.
 */
export function canonical(value: unknown): Buffer {
  const pieces: string[] = [];
  encode(value, pieces);
  return Buffer.from(pieces.join(""));
}

function encode(value: unknown, into: string[]): void {
  if (value === null) into.push("n");
  else if (typeof value === "boolean") into.push(value ? "t" : "f");
  else if (typeof value === "string") into.push(text("$", value));
  else if (typeof value === "number" && Number.isFinite(value))
    into.push(text("#", Object.is(value, -0) ? "-0" : String(value)));
  else if (Array.isArray(value)) {
    into.push(`[${value.length}:`);
    for (const item of value) encode(item, into);
  } else if (typeof value === "object" && isPlain(value)) encodeObject(value as Record<string, unknown>, into);
  else throw new TypeError(`no canonical form: ${String(value)}`);
}

function encodeObject(object: Record<string, unknown>, into: string[]): void {
  const keys = Object.keys(object).sort(compareBytes);
  into.push(`{${keys.length}:`);
  for (const key of keys) {
    into.push(text("$", key));
    encode(object[key], into);
  }
}

function text(tag: string, value: string): string {
  // A lone surrogate has no UTF-8: it would be encoded as U+FFFD, like every other one.
  if (!value.isWellFormed()) return text("!", JSON.stringify(value));
  return `${tag}${Buffer.byteLength(value)}:${value}`;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}
