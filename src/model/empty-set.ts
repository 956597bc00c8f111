import type { FileSet } from "./graph.ts";

/** What bash matches with `extglob` set, but inc does not: `@(a|b)`, `!(a)`, `*(a)`, `+(a)`, `?(a)`. */
const EXTENDED = /^(?:\\.|[^\\])*?[@!*+?]\(/s;

/** What to do about a set that matches nothing and is not said to be empty at times. */
export function helpWithEmpty(set: FileSet): readonly string[] {
  const extended = set.patterns.find((pattern) => EXTENDED.test(pattern));
  if (extended === undefined)
    return ["look for a typing error in the pattern, or say that it may be empty: files(…, { allowEmpty: true })"];
  return [
    `"${extended}" is an extended pattern of bash, whose parentheses stand for themselves here: write alternatives as {a,b}, and what to leave out as files(…, { exclude })`,
  ];
}
