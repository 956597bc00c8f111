import { type Diagnostic, distinct } from "../../model/diagnostic.ts";
import { dictionary } from "../../model/own.ts";
import type { Result } from "../../model/result.ts";
import { LARGEST_VALUE } from "../value.ts";
import { noColumn, noKey, sameKey, tooLarge } from "./problems.ts";
import { type Row, rowsOf } from "./rows.ts";

/**
 * The records of a file by their keys, wherever in it they stand.
 * @param file Absolute path.
 * @param key The columns whose values tell the records apart.
 */
export function keyedRecords(
  file: string,
  bytes: Uint8Array,
  key: readonly string[],
): Result<Readonly<Record<string, Row["record"]>>> {
  const read = rowsOf(file, bytes);
  if (!read.ok) return read;
  const { columns, rows } = read.value;
  const missing = columns === undefined ? [] : key.filter((column) => !columns.includes(column));
  if (columns !== undefined && missing.length > 0)
    return { ok: false, diagnostics: missing.map((column) => noColumn({ file, line: 1 }, column, columns)) };
  const problems: Diagnostic[] = [];
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const found = keyOf(row.record, key);
    const place = { file, line: row.line };
    if ("lacks" in found) {
      problems.push(noKey(place, found.lacks));
      continue;
    }
    const first = byKey.get(found.key);
    if (first === undefined) byKey.set(found.key, row);
    else problems.push(sameKey(place, found.key, { file, line: first.line }));
  }
  if (problems.length > 0) return { ok: false, diagnostics: distinct(problems) };
  const size = [...byKey].reduce((sum, [name, { record }]) => sum + sizeOf(name) + sizeOf(record) + ":,".length, 0);
  if (size > LARGEST_VALUE) return { ok: false, diagnostics: [tooLarge(file, size)] };
  return { ok: true, value: dictionary([...byKey].map(([name, { record }]) => [name, record] as const)) };
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function keyOf(record: Row["record"], key: readonly string[]): { readonly key: string } | { readonly lacks: string } {
  const parts: string[] = [];
  for (const column of key) {
    const value = Object.hasOwn(record, column) ? record[column] : undefined;
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (typeof text !== "string" || text === "") return { lacks: column };
    parts.push(text);
  }
  // With several parts a comma of a part itself is escaped, so that no two lists of parts look the same.
  return {
    key: parts.length === 1 ? (parts[0] as string) : parts.map((part) => part.replace(/[\\,]/g, "\\$&")).join(),
  };
}
