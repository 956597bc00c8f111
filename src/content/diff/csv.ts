import { parse } from "csv-parse/sync";
import { defined } from "../../model/defined.ts";
import { type Aligned, align } from "./align.ts";
import type { CellChange, ContentDifference, RowChange } from "./difference.ts";

/** Tables without much in common take quadratic time to align: after so many milliseconds they are compared by line. */
const PATIENCE = 2000;

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * By row and column: rows are the same ones when their values in the first column are, or, where those do not distinguish them
 * all, when they are between the same rows. Undefined: one is no table, or only the text differs.
 */
export function diffCsv(before: string, after: string, delimiter: string): ContentDifference | undefined {
  const [old, now] = [tableOf(before, delimiter), tableOf(after, delimiter)];
  if (old === undefined || now === undefined) return undefined;
  const pairs = byKey(old, now) ?? align(old.rows, now.rows, textOf, PATIENCE);
  if (pairs === undefined) return undefined;
  const columns = [...new Set([...now.header, ...old.header])];
  const rows = pairs.flatMap((pair) => changeOf(pair, old, now, columns) ?? []);
  const addedColumns = now.header.filter((column) => !old.header.includes(column));
  const removedColumns = old.header.filter((column) => !now.header.includes(column));
  if (rows.length + addedColumns.length + removedColumns.length === 0) return undefined;
  return { kind: "csv", addedColumns, removedColumns, rows };
}

/** Undefined: rows of different lengths, two columns with one name, or broken quotes. */
function tableOf(text: string, delimiter: string): Table | undefined {
  try {
    const [header, ...rows] = parse(text, { delimiter, bom: true, skip_empty_lines: true }) as string[][];
    return header === undefined || new Set(header).size < header.length ? undefined : { header, rows };
  } catch {
    return undefined;
  }
}

/** Rows, counted from 0. */
interface Pair extends Aligned {
  readonly key?: string;
}

function byKey(old: Table, now: Table): readonly Pair[] | undefined {
  if (old.header[0] !== now.header[0]) return undefined;
  const [oldKeys, newKeys] = [keysOf(old), keysOf(now)];
  if (oldKeys === undefined || newKeys === undefined) return undefined;
  const gone = [...oldKeys].filter(([key]) => !newKeys.has(key));
  return [
    ...gone.map(([key, row]) => ({ key, old: row, now: undefined })),
    ...[...newKeys].map(([key, row]) => ({ key, old: oldKeys.get(key), now: row })),
  ];
}

/** Undefined: two rows have the same. */
function keysOf({ rows }: Table): ReadonlyMap<string, number> | undefined {
  const keys = new Map(rows.map((row, i) => [row[0] ?? "", i]));
  return keys.size === rows.length ? keys : undefined;
}

function textOf(row: readonly string[]): string {
  return JSON.stringify(row);
}

/**
 * Undefined: nothing differs. Rows on both sides are compared by the columns that both tables have: added and removed
 * columns are listed once.
 */
function changeOf(
  { key, old, now }: Pair,
  before: Table,
  after: Table,
  columns: readonly string[],
): RowChange | undefined {
  const cells = columns.flatMap((column): CellChange[] => {
    const [a, b] = [cellOf(before, old, column), cellOf(after, now, column)];
    if (a === b || (old !== undefined && now !== undefined && (a === undefined || b === undefined))) return [];
    return [{ column, ...defined({ before: a, after: b }) }];
  });
  if (cells.length === 0) return undefined;
  return {
    ...defined({ key }),
    ...(old === undefined ? {} : { oldRow: old + 1 }),
    ...(now === undefined ? {} : { newRow: now + 1 }),
    cells,
  };
}

function cellOf({ header, rows }: Table, row: number | undefined, column: string): string | undefined {
  const at = header.indexOf(column);
  return row === undefined || at < 0 ? undefined : rows[row]?.[at];
}
