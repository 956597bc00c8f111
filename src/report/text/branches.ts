/**
 * How many levels of indentation a tree shows: deeper down the outer ones are left out, or a long chain would be all
 * indentation.
 */
const LEVELS = 50;
/** Characters of a level. */
const INDENT = 3;

/** The prefixes of the lines of a branch of a tree. */
export interface Lead {
  readonly depth: number;
  /** Before its first line, and before its other lines and those of its children. */
  readonly first: string;
  readonly rest: string;
}

export const ROOT: Lead = { depth: 0, first: "", rest: "" };

/** The branch of a child. Where levels are left out, it begins with the number of its level. */
export function leadBelow({ depth, rest }: Lead, isLast: boolean): Lead {
  const outer = rest.slice(-(LEVELS - 1) * INDENT);
  const mark = depth + 1 > LEVELS ? `(${depth + 1}) ` : "";
  return {
    depth: depth + 1,
    first: `${mark}${outer}${isLast ? "└─ " : "├─ "}`,
    rest: `${outer}${isLast ? "   " : "│  "}`,
  };
}
