import { readFileSync } from "node:fs";
import { type Element, elementsOf, keyOf } from "../../../graph/units/elements.ts";
import { hasher } from "../../../host/files/hash.ts";
import type { MadeElements } from "../../../manifest/declaration.ts";
import type { Digest } from "../../../model/digest.ts";

/** The elements of one value: each as JSON, with its name in the value. */
interface Known {
  readonly digest: Digest;
  readonly isArray: boolean;
  readonly byKey: ReadonlyMap<string, { readonly name: string; readonly text: string }>;
}

/** A value to find an element in. */
export interface MadeValue {
  /** Absolute path of the file that holds it. */
  readonly path: string;
  readonly digest: Digest;
}

const digestOf = (bytes: Uint8Array): string => hasher.digest(bytes);

/**
 * Elements of the values that units are fanned out from. A process that executes many units parses a value once, not for each of
 * them. An element is kept as text: no unit sees what another one did to its own.
 */
export class KnownElements {
  readonly #values = new Map<string, Known>();

  /** Undefined: the value has no element of this key. */
  find(over: MadeElements, key: string, made: MadeValue): Element | undefined {
    const known = this.#values.get(made.path);
    if (known?.digest === made.digest) {
      const element = elementIn(known, over, key);
      if (element !== undefined) return element;
    }
    // The manifest may give keys in another way by now.
    const anew = knownOf(over, made);
    if (anew === undefined) return undefined;
    this.#values.set(made.path, anew);
    return elementIn(anew, over, key);
  }
}

/** The manifest that asks decides what the key is: what another one left is no more than a place to look at first. */
function elementIn({ byKey, isArray }: Known, over: MadeElements, key: string): Element | undefined {
  const found = byKey.get(key);
  if (found === undefined) return undefined;
  const value: unknown = JSON.parse(found.text);
  return keyOf(over.key, found.name, value, { isArray, digest: digestOf }) === key ? { key, value } : undefined;
}

function knownOf(over: MadeElements, { path, digest }: MadeValue): Known | undefined {
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  const elements = elementsOf(value, over.key, digestOf);
  if (elements === undefined) return undefined;
  const byKey = new Map(
    elements.map(({ key, name, value: item }) => [key, { name, text: JSON.stringify(item) }] as const),
  );
  return { digest, isArray: Array.isArray(value), byKey };
}
