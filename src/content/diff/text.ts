import { structuredPatch } from "diff";
import type { ContentDifference } from "./difference.ts";

/** Lines around what differs. */
const CONTEXT = 3;

/** Texts without much in common take quadratic time: from here on, milliseconds, it is not worth waiting for. */
const PATIENCE = 5000;

/** By line. Undefined: they have too little in common to be told that way. */
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
