import { closeSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { DiagnosticError } from "../../model/diagnostic.ts";

/** A file that a flag names and that a report is written to when the run is over. */
export interface ReportFile {
  /** `--profile`. */
  readonly flag: string;
  /** `trace`. */
  readonly what: string;
  readonly path: string;
  /** What each such file begins with: another file of the user is not overwritten. */
  readonly beginning: string;
}

/** Makes sure, before the run, that the file can be written. Throws a DiagnosticError when it cannot, or is something else. */
export function beginReportFile(file: ReportFile): void {
  const { flag, what, path, beginning } = file;
  const stat = statSync(path, { throwIfNoEntry: false });
  // The reader of a named pipe would take this for the end.
  if (stat?.isFIFO() === true) return;
  if (stat?.isFile() === true) {
    const text = startOf(path, beginning.length);
    if (text !== "" && text !== beginning)
      throw new DiagnosticError({
        code: "INC1004",
        severity: "error",
        message: `"${path}" exists and is not a ${what}`,
        help: [`give ${flag} another path, or remove that file first`],
      });
  }
  writeReportFile(file, "");
}

/** The first bytes of a file, which may be large. */
function startOf(path: string, length: number): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(length);
    return bytes.toString("latin1", 0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

/** Throws a DiagnosticError when the file cannot be written. */
export function writeReportFile({ flag, what, path }: ReportFile, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new DiagnosticError({
      code: "INC1005",
      severity: "error",
      message: `the ${what} cannot be written to "${path}"`,
      notes: [{ message: (error as Error).message }],
      help: [`give ${flag} a path in an existing directory that you may write to`],
    });
  }
}
