import { extname } from "node:path";
import { CsvError, type Info, parse } from "csv-parse/sync";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { dictionary } from "../../model/own.ts";
import type { Result } from "../../model/result.ts";
import { isObject } from "../json.ts";
import { parsedValue } from "../value.ts";
import { malformed, noFormat, notARecord } from "./problems.ts";

export interface Row {
  /** Where it ends, counted from 1. */
  readonly line: number;
  readonly record: Readonly<Record<string, unknown>>;
}

export interface Rows {
  /** Of a table. Undefined: each record has names of its own. */
  readonly columns?: readonly string[];
  readonly rows: readonly Row[];
}

export type RecordFormat = { readonly kind: "table"; readonly delimiter: string } | { readonly kind: "lines" };

/** The format of a file, by its extension. Undefined: no format has that one. */
export function formatOf(file: string): RecordFormat | undefined {
  switch (extname(file).toLowerCase()) {
    case ".csv":
      return { kind: "table", delimiter: "," };
    case ".tsv":
      return { kind: "table", delimiter: "\t" };
    case ".jsonl":
    case ".ndjson":
      return { kind: "lines" };
    default:
      return undefined;
  }
}

/** What ends a row of a table; one file may have several of them. */
const ROW_ENDS = ["\r\n", "\n", "\r"];

/** The records of a file: of a table by its header, or an object in each line. @param file Absolute path. */
export function rowsOf(file: string, bytes: Uint8Array): Result<Rows> {
  const format = formatOf(file);
  if (format === undefined) return refuse(noFormat(file));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(malformed({ file, line: 1 }, "it is not UTF-8", "store it as UTF-8"));
  }
  return format.kind === "table" ? tableRows(file, text, format.delimiter) : lineRows(file, text);
}

function tableRows(file: string, text: string, delimiter: string): Result<Rows> {
  let parsed: readonly { readonly record: readonly string[]; readonly info: Info }[];
  try {
    const options = { delimiter, record_delimiter: ROW_ENDS, info: true, skip_empty_lines: true } as const;
    parsed = parse(text, options) as unknown as typeof parsed;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines = 1, column, record } = error as unknown as { lines?: number; column?: number; record?: string[] };
    return refuse(malformed({ file, line: lines }, wrongRow(error, { column, fields: record?.length })));
  }
  const [header, ...rest] = parsed;
  if (header === undefined)
    return refuse(malformed({ file, line: 1 }, "it has no header", "name its columns in the first line"));
  const columns = header.record;
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice !== undefined)
    return refuse(
      malformed({ file, line: header.info.lines }, `two columns are named "${twice}"`, "rename one of them"),
    );
  const rows = rest.map(({ record, info }) => ({
    line: info.lines,
    record: dictionary(columns.map((name, i) => [name, record[i] ?? ""] as const)),
  }));
  return { ok: true, value: { columns, rows } };
}

function wrongRow(
  { code, message }: CsvError,
  { column, fields }: { column?: unknown; fields?: number | undefined },
): string {
  switch (code) {
    case "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH":
      return `a row has ${fields} ${fields === 1 ? "field" : "fields"}, and the header has another number`;
    case "CSV_QUOTE_NOT_CLOSED":
      return "a quoted field has no end";
    case "INVALID_OPENING_QUOTE":
      return `field ${Number(column) + 1} of a row has a quote that does not begin it`;
    case "CSV_INVALID_CLOSING_QUOTE":
      return `field ${Number(column) + 1} of a row goes on behind its quotes`;
    default:
      return message;
  }
}

function lineRows(file: string, text: string): Result<Rows> {
  const rows: Row[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = { file, line: i + 1 };
    const parsed = parsedValue(line);
    if ("problem" in parsed) return refuse(notARecord(place, parsed.problem));
    if (!isObject(parsed.value))
      return refuse(malformed(place, "the line is no object", "write an object in each line"));
    rows.push({ line: place.line, record: parsed.value });
  }
  return { ok: true, value: { rows } };
}

function refuse(diagnostic: Diagnostic): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  return { ok: false, diagnostics: [diagnostic] };
}
