import { readJson } from "./read-json.ts";

/** The elements of a value as texts: of an array its items, of an object its members as `"name":value`. */
interface ElementTexts {
  readonly isArray: boolean;
  readonly texts: readonly string[];
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
/** Code units by which arrays and objects begin and end. */
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts the text of a value at the commas between its elements, without parsing those: of 100,000 nearly all are what they were. Where the
 * text is no JSON, some element is none either, so that parsing it throws.
 * @param text Without white space around it. Bytes of UTF-8 may stand for characters: what it is cut at are ASCII.
 * @returns Undefined: it is neither an array nor an object.
 */
export function elementTexts(text: string): ElementTexts | undefined {
  const open = text.charCodeAt(0);
  const close = open === OPEN_ARRAY ? CLOSE_ARRAY : open === OPEN_OBJECT ? CLOSE_OBJECT : undefined;
  const end = text.length - 1;
  if (close === undefined || end < 1 || text.charCodeAt(end) !== close) return undefined;
  const texts: string[] = [];
  let start = 1;
  let depth = 0;
  for (let i = 1; i < end; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) i = endOfString(text, i);
    else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) depth += 1;
    else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) depth -= 1;
    else if (unit === COMMA && depth === 0) {
      texts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (end > 1) texts.push(text.slice(start, end));
  return { isArray: open === OPEN_ARRAY, texts };
}

/** Where a string ends that begins at a place; behind the text: nowhere. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  for (; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === BACKSLASH) i += 1;
    else if (unit === QUOTE) break;
  }
  return i;
}

/** An element by its name in the value; that of an item is empty. */
export interface ParsedElement {
  readonly name: string;
  readonly value: unknown;
}

/** @param text One of those that an `ElementTexts` has; its characters are bytes of UTF-8. Throws what JSON.parse throws. */
export function parseElement(text: string, isArray: boolean): ParsedElement {
  const json = Buffer.from(text, "latin1").toString();
  if (isArray) return { name: "", value: readJson(json) };
  const [member] = Object.entries(readJson(`{${json}}`) as object);
  if (member === undefined) throw new SyntaxError("no member");
  return { name: member[0], value: member[1] as unknown };
}
