import { type Pattern, parsePattern, type Step } from "../model/pattern.ts";

/** A pattern of which so many steps are matched: what is left is for the names that follow. */
interface Position {
  readonly pattern: Pattern;
  readonly at: number;
}

/** How far patterns have come on the way into a directory. None: nothing in it can match. */
export type Positions = readonly Position[];

/** The result of advancing positions by one name of a path. */
export interface Advance {
  /** Some pattern ends with this name. */
  readonly hit: boolean;
  /** Some pattern ends with this name, spelled without a wildcard. */
  readonly byName: boolean;
  /** Positions in the directory of that name, by a step for it alone, and by `**`. */
  readonly named: Positions;
  readonly deep: Positions;
}

/** Directories that no wildcard leads into. */
const NAMED_ONLY = new Set([".git", ".inc", "node_modules"]);

/** True for what a pattern has to name to reach what is in it. */
export function isNamedOnly(name: string): boolean {
  return NAMED_ONLY.has(name);
}

/** Patterns at their beginning. */
export function begin(patterns: readonly string[]): Positions {
  return closure(patterns.flatMap(parsePattern).map((pattern) => ({ pattern, at: 0 })));
}

/** `**` matches no directory, too. */
function closure(positions: Positions): Positions {
  const all: Position[] = [];
  for (const { pattern, at } of positions)
    for (let next = at; next < pattern.length; next += 1) {
      if (!all.some((other) => other.pattern === pattern && other.at === next)) all.push({ pattern, at: next });
      if (pattern[next]?.kind !== "any" || next === pattern.length - 1) break;
    }
  return all;
}

const NOWHERE: Advance = { hit: false, byName: false, named: [], deep: [] };

/**
 * Goes on by one name of a path.
 * @param dots Wildcards match names that begin with a dot and lead everywhere, and `dir/**` matches `dir` as well.
 */
export function advance(positions: Positions, name: string, dots: boolean): Advance {
  let hit = false;
  let byName = false;
  const named: Position[] = [];
  const deep: Position[] = [];
  for (const position of positions) {
    const { pattern, at } = position;
    const step = pattern[at] as Step;
    if (!fits(step, name, dots)) continue;
    const closed = step.kind !== "literal" && !dots && isNamedOnly(name);
    if (at === pattern.length - 1) {
      hit = true;
      byName ||= step.kind === "literal";
    } else if (step.kind !== "any" && !closed) named.push({ pattern, at: at + 1 });
    if (step.kind === "any" && !closed) deep.push(position);
  }
  if (!hit && named.length === 0 && deep.length === 0) return NOWHERE;
  const next = closure(named);
  const all = dots && next.some(({ pattern, at }) => at === pattern.length - 1 && pattern[at]?.kind === "any");
  return { hit: hit || all, byName, named: next, deep: closure(deep) };
}

function fits(step: Step, name: string, dots: boolean): boolean {
  if (step.kind === "literal") return step.name === name;
  if (!dots && name.startsWith(".") && !(step.kind === "name" && step.dot)) return false;
  return step.kind === "any" || step.fits.test(name);
}

/** Whether a path, or a directory that it is in, is among those that patterns match. */
export function covers(positions: Positions, path: string): boolean {
  let at = positions;
  for (const name of path.split("/")) {
    const { hit, named, deep } = advance(at, name, true);
    if (hit) return true;
    at = [...named, ...deep];
  }
  return false;
}

/** Whether a pattern matches the whole of a path. */
export function matchesPath(positions: Positions, path: string, dots: boolean): boolean {
  const names = path.split("/");
  const last = names.pop() as string;
  let at = positions;
  for (const name of names) {
    const { named, deep } = advance(at, name, dots);
    at = [...named, ...deep];
    if (at.length === 0) return false;
  }
  return advance(at, last, dots).hit;
}
