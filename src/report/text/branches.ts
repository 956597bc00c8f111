/** Levels of indentation that a tree shows: of what is deeper the outer ones are left out, or a long chain would be nothing else. */
const LEVELS = 50;
/** Characters of a level. */
const INDENT = 3;

/** What stands before the lines of one branch of a tree. */
export interface Lead {
  readonly depth: number;
  /** Before its first line, and before its other lines and those of its children. */
  readonly first: string;
  readonly rest: string;
}

export const ROOT: Lead = { depth: 0, first: "", rest: "" };

/** Of a child. The number of its level stands before what is too deep to be drawn in full. */
export function leadBelow({ depth, rest }: Lead, isLast: boolean): Lead {
  const outer = rest.slice(-(LEVELS - 1) * INDENT);
  const mark = depth + 1 > LEVELS ? `(${depth + 1}) ` : "";
  return {
    depth: depth + 1,
    first: `${mark}${outer}${isLast ? "└─ " : "├─ "}`,
    rest: `${outer}${isLast ? "   " : "│  "}`,
  };
}
