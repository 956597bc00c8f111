import type {
  ContentDifference,
  Difference,
  EntryDifference,
  JsonChange,
  RowChange,
} from "../../content/diff/difference.ts";
import { printable } from "../../model/printable.ts";
import { paint } from "../text/color.ts";
import { formatSize } from "../text/size.ts";

export interface DifferenceOptions {
  readonly color: boolean;
}

/** Shows the difference of two contents below both their names; empty: there is none. */
export function renderContentDifference(
  before: string,
  after: string,
  difference: Difference,
  { color }: DifferenceOptions,
): string[] {
  if (difference.kind === "same") return [];
  const head = [`--- ${before}`, `+++ ${after}`].map((line) => painted(line, color));
  if (difference.kind === "directory")
    return [...head, ...difference.entries.flatMap((entry) => entryLines(entry, color))];
  return [...head, ...linesOf(difference).map((line) => painted(line, color))];
}

function entryLines({ path, type, size, status, difference }: EntryDifference, color: boolean): string[] {
  const name = `${path}${type === "directory" ? "/" : ""}`;
  const length = size === undefined ? "" : `  ${formatSize(size)}`;
  if (status !== "changed") return [painted(`${status === "added" ? "+" : "-"}${name}${length}`, color)];
  const inside = difference === undefined ? [" what it leads to is another"] : linesOf(difference);
  return [painted(` ${name}`, color), ...inside.map((line) => `    ${painted(line, color)}`)];
}

/** Lines that begin with a sign. A directory has entries instead. */
function linesOf(difference: Difference): string[] {
  switch (difference.kind) {
    case "same":
    case "directory":
      return [];
    case "type":
      return [`-${difference.before}`, `+${difference.after}`];
    case "symlink":
      return [`-→ ${difference.before}`, `+→ ${difference.after}`];
    case "file":
      return [
        ...(difference.executable === undefined ? [] : [difference.executable ? "+executable" : "-executable"]),
        ...(difference.content === undefined ? [] : contentLines(difference.content)),
      ];
  }
}

function contentLines(content: ContentDifference): string[] {
  switch (content.kind) {
    case "text":
      return content.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
        `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
        ...lines,
      ]);
    case "json":
      return content.changes.flatMap(jsonLines);
    case "csv":
      return [
        ...content.removedColumns.map((column) => `-column ${column}`),
        ...content.addedColumns.map((column) => `+column ${column}`),
        ...content.rows.flatMap(rowLines),
      ];
    case "binary":
      return [`-${formatSize(content.before)}`, `+${formatSize(content.after)}`, ...sharedLines(content)];
  }
}

function range(start: number, lines: number): string {
  // As in other tools, an empty side names the line before it.
  return lines === 1 ? String(start) : `${lines === 0 ? start - 1 : start},${lines}`;
}

function jsonLines(change: JsonChange): string[] {
  const pointer = change.pointer === "" ? "the whole" : change.pointer;
  return [
    ...("before" in change ? [`-${pointer}  ${JSON.stringify(change.before)}`] : []),
    ...("after" in change ? [`+${pointer}  ${JSON.stringify(change.after)}`] : []),
  ];
}

function rowLines({ key, oldRow, newRow, cells }: RowChange): string[] {
  const row = key === undefined ? `row ${newRow ?? oldRow}` : `row ${key}`;
  const all = (side: "before" | "after"): string =>
    cells.flatMap((cell) => (cell[side] === undefined ? [] : `${cell.column}=${cell[side]}`)).join("  ");
  if (oldRow === undefined) return [`+${row}  ${all("after")}`];
  if (newRow === undefined) return [`-${row}  ${all("before")}`];
  return [`-${row}  ${all("before")}`, `+${row}  ${all("after")}`];
}

function sharedLines(content: ContentDifference & { readonly kind: "binary" }): string[] {
  const { before, after, sameStart = 0, sameEnd = 0, shared = 0 } = content;
  const ends = `${formatSize(sameStart)} at the beginning and ${formatSize(sameEnd)} at the end`;
  return [
    ...(sameStart + sameEnd === 0 ? [] : [` the same: ${ends}, of ${formatSize(Math.max(before, after))}`]),
    ...(shared === 0 ? [] : [` in shared chunks: ${formatSize(shared)} of ${formatSize(after)}`]),
  ];
}

/** Keeps tabs, which align on both sides alike, and shows other control characters. */
function painted(line: string, color: boolean): string {
  const shown = line.split("\t").map(printable).join("\t");
  const sign = shown[0];
  if (sign === "@") return paint("cyan", shown, color);
  return sign === "-" || sign === "+" ? paint(sign === "-" ? "red" : "green", shown, color) : shown;
}
