/** A statement that imports values, on lines of its own. */
const IMPORT =
  /^import\s+(?![^;"']*\btype\b)(?:[\w$*{},\s]+\sfrom\s*)?(["'])[^"'\n]+\1(?:\s+with\s*\{[^}]*\})?;?[ \t]*$/gm;
const EXPORT = /^export\s+(?=(?:const|let|var|class|function|async\s+function)\b)/gm;
const DEFAULT = /^export\s+default\s/gm;

/**
 * What may end the types that a `<` begins. `a<b>(c)` reads as JavaScript as well, and compares there. Text in quotes may look like it,
 * which only costs time.
 */
const END_OF_TYPES = /[^=]>[ \t]*[(`/\r\n\u2028\u2029]/;
/** In two lines, these are two statements of JavaScript. */
const GLOBAL = /\bglobal\s*\{/;

/**
 * True when a module in TypeScript is known to be JavaScript as it stands, so that there is nothing to strip: Node's first stripping takes 40 ms,
 * which is a tenth of a CI job whose results are all in a shared cache. False: it is not known.
 */
export function isPlainJavaScript(source: string): boolean {
  const first = source.indexOf("<");
  if ((first >= 0 && END_OF_TYPES.test(source.slice(first + 1))) || GLOBAL.test(source)) return false;
  // A script may neither import nor export; the rest has to parse.
  const body = source.replace(IMPORT, "").replace(EXPORT, "").replace(DEFAULT, "0, ");
  try {
    const { Script } = process.getBuiltinModule("node:vm");
    return new Script(`"use strict"; async () => {\n${body}\n}`) !== undefined;
  } catch {
    return false;
  }
}
