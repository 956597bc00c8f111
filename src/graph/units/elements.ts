import { canonicalValue } from "../../content/value.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";

/** What is there for an expansion. */
export interface ExpansionSource {
  /** What decides which units there are. Null: nothing is there. */
  readonly digest: Digest | null;
  /** The elements are in this value. */
  readonly value?: unknown;
  /** Workspace paths of the files, sorted. */
  readonly files?: readonly string[];
  /** Why there are to be no units. */
  readonly problems?: readonly Diagnostic[];
}

export interface Element {
  readonly key: string;
  readonly value: unknown;
}

/** How many digits of its digest are the key of an element that has none of its own: enough for millions. */
const DIGITS = 12;

/**
 * The elements of a value: of an array its items, of an object its members. An item's key is what `keyOf` gives; else text, a
 * number and a boolean are their own keys, and a larger item is known by its content. Undefined: it has no elements.
 */
export function elementsOf(
  value: unknown,
  keyOf: ((element: unknown) => unknown) | undefined,
  digest: (bytes: Uint8Array) => string,
): readonly Element[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const ownKeyOf = (name: string, item: unknown): string => (Array.isArray(value) ? contentKey(item, digest) : name);
  return Object.entries(value).map(([name, item]: [string, unknown]) => ({
    key: keyOf === undefined ? ownKeyOf(name, item) : String(keyOf(item)),
    value: item,
  }));
}

function contentKey(item: unknown, digest: (bytes: Uint8Array) => string): string {
  if (typeof item !== "object" || item === null) return String(item);
  const canonical = canonicalValue(Buffer.from(JSON.stringify(item)), "json");
  return canonical.ok ? digest(canonical.bytes).slice(0, DIGITS) : "";
}
