import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import { meaningOf } from "../model/system-error.ts";
import { FORMAT_SLOT, readMeta } from "./meta.ts";
import { FORMAT, openTables, type Tables } from "./schema.ts";
import { isSound } from "./soundness.ts";

/** Why an existing store can only be read; undefined: it may be written, or has to be made. */
export function whyReadOnly(directory: string): Diagnostic | undefined {
  const data = join(directory, "data.mdb");
  const code = refusal(data, constants.F_OK) === undefined ? (refusal(directory) ?? refusal(data)) : undefined;
  if (code === undefined) return undefined;
  return {
    code: "INC3005",
    severity: "error",
    message: `the store in "${directory}" cannot be written: ${meaningOf(code)?.why ?? "the system does not let inc"} (${code})`,
    notes: [{ message: "status, list, graph, why, log, get, diff, lineage and run -n still work: they only read" }],
    help: ["give yourself write permission, or move the store with INC_DIR"],
  };
}

/** Opens the tables of a store that cannot be written. A store that would have to be mended first is an error. */
export function openReadOnly(directory: string, reason: Diagnostic): Tables {
  const unusable = (what: string): DiagnosticError =>
    new DiagnosticError({ ...reason, message: `${reason.message}, and ${what}` });
  if (!isSound(directory)) throw unusable("it is damaged");
  const tables = openTables(directory, "read");
  const format = readMeta(tables, FORMAT_SLOT);
  if (format === FORMAT) return tables;
  void tables.root.close();
  throw unusable(`another inc wrote it (format ${String(format)}, this one knows ${FORMAT})`);
}

function refusal(path: string, mode: number = constants.W_OK): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
