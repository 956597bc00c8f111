import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Location } from "../../model/location.ts";
import type { ValueProblem } from "../value.ts";

/** A line of a file, counted from 1. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

function at({ file, line, column = 1 }: Place): Location {
  return { file, line, column };
}

export function malformed(place: Place, what: string, help = "correct the line"): Diagnostic {
  return {
    code: "INC4340",
    severity: "error",
    message: `the file has no records: ${what}`,
    location: at(place),
    help: [help],
  };
}

export function notARecord(place: Place, { what, help, place: inLine }: ValueProblem): Diagnostic {
  return malformed({ ...place, column: inLine?.column ?? 1 }, `the line ${what}`, help);
}

export function noFormat(file: string): Diagnostic {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return malformed({ file, line: 1 }, `"${name}" ends in none of .csv, .tsv, .jsonl, .ndjson`, "give it such a name");
}

/** @param size In bytes. */
export function tooLarge(file: string, size: number): Diagnostic {
  return {
    code: "INC4340",
    severity: "error",
    message: `the records are ${(size / 1024 / 1024).toFixed(1)} MiB as JSON, and a value has at most 16 MiB`,
    location: at({ file, line: 1 }),
    help: ['cut the file into pieces instead: records(file, { pieces: "build/pieces/" })'],
  };
}

/** @param column One that is part of the key. */
export function noColumn(place: Place, column: string, columns: readonly string[]): Diagnostic {
  return {
    code: "INC4341",
    severity: "error",
    message: `records() takes its keys from the column "${column}", which the file does not have`,
    location: at(place),
    help: [`its columns are ${columns.map((name) => `"${name}"`).join(", ")}`],
  };
}

export function noKey(place: Place, column: string): Diagnostic {
  return {
    code: "INC4341",
    severity: "error",
    message: `a record has nothing in "${column}" that could be its key`,
    location: at(place),
    help: ["fill it with text or a number, or take the key from another column"],
  };
}

export function sameKey(place: Place, key: string, first: Place): Diagnostic {
  return {
    code: "INC4342",
    severity: "error",
    message: `two records have the key "${key}"`,
    location: at(place),
    notes: [{ message: "the other one", location: at(first) }],
    help: ['take more columns, which together tell the records apart: key: ["country", "year"]'],
  };
}
