import { readFileSync } from "node:fs";
import { elementTexts, parseElement } from "../../../content/element-texts.ts";
import { type Element, keyOf } from "../../../graph/units/elements.ts";
import { hasher } from "../../../host/files/hash.ts";
import type { MadeElements } from "../../../manifest/declaration.ts";
import type { Digest } from "../../../model/digest.ts";

/** A value to find an element in. */
export interface MadeValue {
  /** Absolute path of the file that holds it. */
  readonly path: string;
  readonly digest: Digest;
}

/**
 * How many elements are looked for among the texts of a value before the keys of all are found: that takes as long as some 50 such
 * searches, and a run with one changed element of 100,000 needs one.
 */
const MOST_SEARCHES = 32;
/** So many elements that hold the text of a key are parsed to find the one whose key it is. */
const MOST_LIKELY = 16;

const digestOf = (bytes: Uint8Array): string => hasher.digest(bytes);

/**
 * Elements of the values that units are fanned out from. A process that executes many units reads a value once, not for each of
 * them. An element is kept as text: no unit sees what another one did to its own.
 */
export class KnownElements {
  readonly #values = new Map<string, KnownValue>();

  /** Undefined: the value has no element of this key. */
  find(over: MadeElements, key: string, { path, digest }: MadeValue): Element | undefined {
    let known = this.#values.get(path);
    if (known?.digest !== digest) {
      known = new KnownValue(readFileSync(path, "latin1"), digest);
      this.#values.set(path, known);
    }
    return known.find(over, key);
  }
}

/** The elements of one value, each as text. */
class KnownValue {
  readonly digest: Digest;
  readonly #isArray: boolean;
  readonly #texts: readonly string[];
  #searches = 0;
  #byKey: ReadonlyMap<string, string> | undefined;

  /** @param text Its characters are bytes of UTF-8. */
  constructor(text: string, digest: Digest) {
    const { isArray, texts } = elementTexts(text) ?? { isArray: true, texts: [] };
    this.digest = digest;
    this.#isArray = isArray;
    this.#texts = texts;
  }

  find(over: MadeElements, key: string): Element | undefined {
    const known =
      this.#byKey === undefined ? this.#search(over, key) : this.#elementIn(this.#byKey.get(key), over, key);
    if (known !== undefined) return known;
    // The manifest may give keys in another way by now.
    this.#byKey = new Map(this.#texts.map((text) => [this.#keyOf(over, text).key, text]));
    return this.#elementIn(this.#byKey.get(key), over, key);
  }

  /** A key is mostly part of its element, as JSON. */
  #search(over: MadeElements, key: string): Element | undefined {
    this.#searches += 1;
    if (this.#searches > MOST_SEARCHES) return undefined;
    const part = Buffer.from(JSON.stringify(key).slice(1, -1)).toString("latin1");
    let left = MOST_LIKELY;
    for (const text of this.#texts) {
      if (!text.includes(part)) continue;
      const found = this.#elementIn(text, over, key);
      left -= 1;
      if (found !== undefined || left === 0) return found;
    }
    return undefined;
  }

  /** The manifest that asks decides what the key is: what another one left is no more than a place to look at first. */
  #elementIn(text: string | undefined, over: MadeElements, key: string): Element | undefined {
    if (text === undefined) return undefined;
    const element = this.#keyOf(over, text);
    return element.key === key ? element : undefined;
  }

  #keyOf(over: MadeElements, text: string): Element {
    const { name, value } = parseElement(text, this.#isArray);
    return { key: keyOf(over.key, name, value, { isArray: this.#isArray, digest: digestOf }), value };
  }
}
