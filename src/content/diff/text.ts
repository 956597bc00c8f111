import { structuredPatch } from "diff";
import type { ContentDifference } from "./difference.ts";

/** Lines around what differs. */
const CONTEXT = 3;

/** Texts without much in common take quadratic time: after so many milliseconds the search is given up. */
const PATIENCE = 5000;

/** By line. Undefined: they have too little in common for that. */
export function diffText(before: string, after: string): ContentDifference | undefined {
  const patch = structuredPatch("", "", before, after, undefined, undefined, { context: CONTEXT, timeout: PATIENCE });
  if (patch === undefined) return undefined;
  return {
    kind: "text",
    hunks: patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
      oldStart,
      oldLines,
      newStart,
      newLines,
      lines,
    })),
  };
}
