import { diff3Merge } from "node-diff3";
import { linesOf } from "../text.ts";
import type { MergeConflict, Merged } from "./merged.ts";

/**
 * How many pairs of equal lines are compared at most: the search for common lines takes as many steps, and lines that
 * occur often (blank ones, braces) pair with each other.
 */
const MOST_PAIRS = 1_000_000;
const MOST_LINES = 20_000;

/**
 * Merges by lines (Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", 2007). Line ends belong to their lines.
 * What all three begin and end with is left out of the search.
 */
export function mergeText(base: string, ours: string, theirs: string): Merged {
  const all = [linesOf(ours), linesOf(base), linesOf(theirs)] as const;
  const start = commonStart(all);
  const end = commonEnd(all, start);
  const [mine, from, others] = all.map((lines) => lines.slice(start, lines.length - end)) as [
    string[],
    string[],
    string[],
  ];
  if (isTooMuch(from, mine) || isTooMuch(from, others))
    return {
      ok: false,
      conflicts: [
        { where: "the whole", ours: "too many lines, or too many equal ones, to be merged", theirs: "the same" },
      ],
    };
  const regions = diff3Merge(mine, from, others, { excludeFalseConflicts: true });
  const conflicts = regions.flatMap(({ conflict }): MergeConflict[] =>
    conflict === undefined
      ? []
      : [{ where: `line ${start + conflict.aIndex + 1}`, ours: shown(conflict.a), theirs: shown(conflict.b) }],
  );
  if (conflicts.length > 0) return { ok: false, conflicts };
  const merged = regions.flatMap(({ ok }) => ok ?? []);
  return {
    ok: true,
    bytes: Buffer.from([...all[0].slice(0, start), ...merged, ...all[0].slice(all[0].length - end)].join("")),
  };
}

function commonStart([ours, base, theirs]: readonly [string[], string[], string[]]): number {
  const most = Math.min(ours.length, base.length, theirs.length);
  let start = 0;
  while (start < most && base[start] === ours[start] && base[start] === theirs[start]) start += 1;
  return start;
}

function commonEnd([ours, base, theirs]: readonly [string[], string[], string[]], start: number): number {
  const most = Math.min(ours.length, base.length, theirs.length) - start;
  let end = 0;
  while (end < most && base.at(-1 - end) === ours.at(-1 - end) && base.at(-1 - end) === theirs.at(-1 - end)) end += 1;
  return end;
}

function isTooMuch(base: readonly string[], side: readonly string[]): boolean {
  if (base.length + side.length > MOST_LINES) return true;
  const times = new Map<string, number>();
  for (const line of base) times.set(line, (times.get(line) ?? 0) + 1);
  let pairs = 0;
  for (const line of side) pairs += times.get(line) ?? 0;
  return pairs > MOST_PAIRS;
}

function shown(lines: readonly string[]): string {
  const [first = ""] = lines;
  const text = JSON.stringify(first.trimEnd().slice(0, 60));
  return lines.length === 0 ? "nothing" : lines.length === 1 ? text : `${text} and ${lines.length - 1} more lines`;
}
