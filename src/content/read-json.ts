const [QUOTE, BACKSLASH] = [0x22, 0x5c];

type Reviver = (name: string, item: unknown, context?: { readonly source?: string }) => unknown;

/**
 * What JSON.parse gives, with the names that the text has. V8 (in Node 24 and 26) compares a name that is written with an escape as it is
 * written with the names of objects that it has made before: where there was one with a member `\`, it takes `{"\n":1}` for
 * `{"\\":1}` (https://issues.chromium.org/issues/521080746). So a text with such names is parsed with others in their place. Throws what
 * JSON.parse throws.
 */
export function readJson(text: string, reviver?: Reviver): unknown {
  const escaped = escapedNames(text);
  if (escaped.length === 0) return JSON.parse(text, reviver);
  // What is wrong in it is wrong in the text as it is.
  JSON.parse(text);
  return parseRenamed(text, escaped, reviver);
}

/** Where a name stands in a text, with its quotes. */
interface Place {
  readonly start: number;
  /** Behind it. */
  readonly end: number;
}

/** The names of members that are written with an escape. The text is JSON: elsewhere it may give anything. */
function escapedNames(text: string): readonly Place[] {
  const places: Place[] = [];
  for (let at = text.indexOf("\\"); at >= 0; ) {
    const end = endOfString(text, at);
    if (isBeforeColon(text, end)) places.push({ start: text.lastIndexOf('"', at), end });
    at = text.indexOf("\\", end);
  }
  return places;
}

/** Behind the string that a place is in. */
function endOfString(text: string, inside: number): number {
  let at = inside;
  for (let unit = text.charCodeAt(at); at < text.length && unit !== QUOTE; unit = text.charCodeAt(at))
    at += unit === BACKSLASH ? 2 : 1;
  return at + 1;
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from;
  while (" \t\r\n".includes(text.charAt(at)) && at < text.length) at += 1;
  return text[at] === ":";
}

function parseRenamed(text: string, escaped: readonly Place[], reviver: Reviver = (_, item) => item): unknown {
  const mark = unusedMark(text);
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end } of escaped) {
    const name = JSON.parse(text.slice(start, end)) as string;
    const number = numbers.get(name) ?? names.push(name) - 1;
    numbers.set(name, number);
    pieces.push(text.slice(done, start), `"${mark}${number}"`);
    done = end;
  }
  const renamed = pieces.join("") + text.slice(done);
  const nameOf = (name: string): string =>
    name.startsWith(mark) ? (names[Number(name.slice(mark.length))] as string) : name;
  return JSON.parse(renamed, (name, item: unknown, context?: { readonly source?: string }) =>
    reviver(nameOf(name), withNames(item, nameOf), context),
  );
}

/** What no string of a text begins with. */
function unusedMark(text: string): string {
  let mark = "#";
  while (text.includes(`"${mark}`)) mark += "#";
  return mark;
}

/** An object with other names for its members, of which the last counts where two have one. */
function withNames(item: unknown, nameOf: (name: string) => string): unknown {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [nameOf(name), value]));
}
