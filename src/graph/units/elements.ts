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

/** The same of a value whose elements are not parsed. */
export interface ExpansionText {
  readonly digest: Digest | null;
  /** A character for each byte. Absent: what is there is no value. */
  readonly text?: string;
}

export interface Element {
  readonly key: string;
  readonly value: unknown;
}

/** An element with its name in the value: of an object's member; of an array's item its index. */
interface NamedElement extends Element {
  readonly name: string;
}

/** How many digits of its digest are the key of an element that has none of its own: enough for millions. */
const DIGITS = 12;

/**
 * The elements of a value: of an array its items, of an object its members. An item's key is what `given` gives; else text, a
 * number and a boolean are their own keys, and a larger item is known by its content. Undefined: it has no elements.
 */
export function elementsOf(
  value: unknown,
  given: GivenKey | undefined,
  digest: KeySource["digest"],
): readonly NamedElement[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const source = { isArray: Array.isArray(value), digest };
  return Object.entries(value).map(([name, item]: [string, unknown]) => ({
    key: keyOf(given, name, item, source),
    name,
    value: item,
  }));
}

/** Gives an element's key, where the manifest has a function for that. */
type GivenKey = (element: unknown) => unknown;

/** What keys are made with where the manifest does not give them. */
interface KeySource {
  readonly isArray: boolean;
  readonly digest: (bytes: Uint8Array) => string;
}

/** The key of one element. @param name Its name in the value. */
export function keyOf(given: GivenKey | undefined, name: string, item: unknown, source: KeySource): string {
  if (given !== undefined) return String(given(item));
  return source.isArray ? contentKey(item, source.digest) : name;
}

function contentKey(item: unknown, digest: (bytes: Uint8Array) => string): string {
  if (typeof item !== "object" || item === null) return String(item);
  const canonical = canonicalValue(Buffer.from(JSON.stringify(item)), "json");
  return canonical.ok ? digest(canonical.bytes).slice(0, DIGITS) : "";
}
