/**
 * The syntax of patterns, as bash has it with `globstar` and without `extglob`:
 *
 *     *    any characters of one name         [abc] [a-z] [[:alpha:]]    one of them
 *     ?    one character                      [!abc] [^abc]              one that is none of them
 *     **   as a whole step: any directories   {a,b} {1..9}               alternatives
 *     \x   x itself, whatever it is
 *
 * All else matches itself: parentheses, `!`, `+`, `@`, a bracket or a brace without its other half.
 */
export type Step =
  | { readonly kind: "literal"; readonly name: string }
  /** Any number of directories; at the end of a pattern, any of what is in them. */
  | { readonly kind: "any" }
  /** `dot`: it begins with a dot itself, so that it may match a name that does. */
  | { readonly kind: "name"; readonly fits: RegExp; readonly dot: boolean };

/** A pattern without alternatives: a step for each name of a path. */
export type Pattern = readonly Step[];

/** A pattern for each alternative of its braces. */
export function parsePattern(pattern: string): readonly Pattern[] {
  return alternativesOf(pattern).map((text) => text.split("/").map(parseStep));
}

/** The pattern that only this path matches. */
export function escapePattern(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, "\\$&");
}

/** True when a pattern may match more than one path, or another one than its own text without backslashes. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[{]/.test(pattern.replace(/\\./gs, ""));
}

/** The one path that a pattern without wildcards matches. */
export function literalPath(pattern: string): string {
  return pattern.replace(/\\(.)/gs, "$1");
}

/** The directory above the first wildcard of a pattern, as a path; empty for the workspace itself. */
export function literalBase(pattern: string): string {
  const steps = pattern.split("/");
  const wild = steps.findIndex(hasWildcard);
  return literalPath((wild < 0 ? steps.slice(0, -1) : steps.slice(0, wild)).join("/"));
}

/** How many alternatives a pattern may have: more stay text, which matches no path in practice. */
const MOST_ALTERNATIVES = 10_000;

/** Brace expansion: a text for each alternative, in order. */
export function alternativesOf(text: string): readonly string[] {
  for (let open = findUnescaped(text, "{", 0); open >= 0; open = findUnescaped(text, "{", open + 1)) {
    const body = bodyOf(text, open);
    const choices = body === undefined ? undefined : choicesOf(body);
    if (body === undefined || choices === undefined) continue;
    const rest = alternativesOf(text.slice(open + body.length + 2));
    if (choices.length * rest.length > MOST_ALTERNATIVES) continue;
    const before = text.slice(0, open);
    return choices.flatMap((choice) => rest.map((after) => before + choice + after));
  }
  return [text];
}

function findUnescaped(text: string, wanted: string, from: number): number {
  for (let at = from; at < text.length; at += text[at] === "\\" ? 2 : 1) if (text[at] === wanted) return at;
  return -1;
}

/** The text between a brace and its other half; undefined: there is none. */
function bodyOf(text: string, open: number): string | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return text.slice(open + 1, at);
  }
  return undefined;
}

function choicesOf(body: string): readonly string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let at = 0; at < body.length; at += body[at] === "\\" ? 2 : 1) {
    if (body[at] === "{") depth += 1;
    if (body[at] === "}") depth -= 1;
    if (body[at] !== "," || depth > 0) continue;
    parts.push(body.slice(begin, at));
    begin = at + 1;
  }
  if (parts.length === 0) return sequenceOf(body);
  return [...parts, body.slice(begin)].flatMap(alternativesOf);
}

/** `1..9`, `01..10`, `a..e`, each with a step at the end where it is not 1. */
function sequenceOf(body: string): readonly string[] | undefined {
  const [, from, to, step = "1"] = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/.exec(body) ?? [];
  if (from === undefined || to === undefined) return undefined;
  const isNumber = /\d/.test(from);
  if (isNumber !== /\d/.test(to)) return undefined;
  const [first, last] = [from, to].map((end) => (isNumber ? Number(end) : end.charCodeAt(0))) as [number, number];
  const by = Math.max(1, Math.abs(Number(step)));
  const length = Math.floor(Math.abs(last - first) / by) + 1;
  if (!(length <= MOST_ALTERNATIVES)) return undefined;
  const width = /^-?0\d/.test(from) || /^-?0\d/.test(to) ? Math.max(from.length, to.length) : 0;
  return Array.from({ length }, (_, i) => {
    const value = first + (last >= first ? i : -i) * by;
    return isNumber ? padded(value, width) : String.fromCharCode(value);
  });
}

function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0");
}

function parseStep(text: string): Step {
  if (text === "**") return { kind: "any" };
  let source = "";
  let name = "";
  let wild = false;
  const literal = (character: string): void => {
    source += escaped(character);
    name += character;
  };
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    at += character.length;
    const set = character === "[" ? parseBracket(text, at) : undefined;
    if (set !== undefined) {
      source += set.source;
      at = set.end;
      wild = true;
    } else if (character === "*" || character === "?") {
      // Several stars are one: each would be tried with each.
      if (character === "?") source += ".";
      else if (!source.endsWith(".*")) source += ".*";
      wild = true;
    } else if (character === "\\" && at < text.length) {
      const next = String.fromCodePoint(text.codePointAt(at) as number);
      literal(next);
      at += next.length;
    } else literal(character);
  }
  if (!wild) return { kind: "literal", name };
  return { kind: "name", fits: new RegExp(`^${source}$`, "su"), dot: /^\\?\./.test(text) };
}

/** What a bracket expression matches, from behind its bracket; undefined: it has no other half, and is text. */
function parseBracket(text: string, begin: number): { readonly source: string; readonly end: number } | undefined {
  const negated = text[begin] === "!" || text[begin] === "^";
  let items = "";
  let at = negated ? begin + 1 : begin;
  for (let first = true; at < text.length; first = false) {
    if (text[at] === "]" && !first) return { source: setSource(items, negated), end: at + 1 };
    const named = /^\[:(\w+):\]/.exec(text.slice(at, at + 12));
    if (named !== null) {
      items += CLASSES.get(named[1] as string) ?? "";
      at += named[0].length;
      continue;
    }
    const low = memberAt(text, at);
    const high = text[low.end] === "-" && text[low.end + 1] !== "]" ? memberAt(text, low.end + 1) : low;
    const [from, to] = [low, high].map(({ character }) => character.codePointAt(0) ?? 0) as [number, number];
    if (from <= to) items += `${escaped(low.character)}-${escaped(high.character)}`;
    at = high.end;
  }
  return undefined;
}

function memberAt(text: string, at: number): { readonly character: string; readonly end: number } {
  const begin = text[at] === "\\" && at + 1 < text.length ? at + 1 : at;
  const character = String.fromCodePoint(text.codePointAt(begin) ?? 0);
  return { character, end: begin + character.length };
}

function setSource(items: string, negated: boolean): string {
  if (items === "") return negated ? "." : "(?!)";
  return `[${negated ? "^" : ""}${items}]`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

const CLASSES: ReadonlyMap<string, string> = new Map([
  ["alpha", "\\p{L}"],
  ["digit", "0-9"],
  ["alnum", "\\p{L}\\p{Nd}"],
  ["upper", "\\p{Lu}"],
  ["lower", "\\p{Ll}"],
  ["space", "\\s"],
  ["blank", " \\t"],
  ["punct", "\\p{P}\\p{S}"],
  ["cntrl", "\\p{Cc}"],
  ["xdigit", "0-9a-fA-F"],
  ["graph", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}"],
  ["print", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} "],
  ["word", "\\w"],
]);
