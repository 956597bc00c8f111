import { diff3Merge } from "node-diff3";
import type { MergeConflict, Merged } from "./merged.ts";

/** Merges by lines (Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", 2007). Line ends belong to their lines. */
export function mergeText(base: string, ours: string, theirs: string): Merged {
  const regions = diff3Merge(linesOf(ours), linesOf(base), linesOf(theirs), { excludeFalseConflicts: true });
  const conflicts = regions.flatMap(({ conflict }): MergeConflict[] =>
    conflict === undefined
      ? []
      : [{ where: `line ${conflict.aIndex + 1}`, ours: shown(conflict.a), theirs: shown(conflict.b) }],
  );
  if (conflicts.length > 0) return { ok: false, conflicts };
  return { ok: true, bytes: Buffer.from(regions.flatMap(({ ok }) => ok ?? []).join("")) };
}

/** Lines with their ends, so that a missing last one and CRLF stay what they are. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function shown(lines: readonly string[]): string {
  const [first = ""] = lines;
  const text = JSON.stringify(first.trimEnd().slice(0, 60));
  return lines.length === 0 ? "nothing" : lines.length === 1 ? text : `${text} and ${lines.length - 1} more lines`;
}
