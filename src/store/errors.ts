import { accessSync, constants } from "node:fs";
import { getSystemErrorName } from "node:util";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import { meaningOf } from "../model/system-error.ts";

const FULL = new Set(["ENOSPC", "EDQUOT"]);
/** The code of a full disk. */
const NO_ROOM = "INC3004";
const FORBIDDEN = new Set(["EACCES", "EPERM", "EROFS"]);

/** Runs a piece of store work; what the disk refuses becomes a diagnostic. */
export function guard<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DiagnosticError) throw error;
    const diagnostic = storeFailure(directory, error as NodeJS.ErrnoException);
    throw diagnostic === undefined ? error : new DiagnosticError(diagnostic);
  }
}

/** True where a disk had no room: a system's error, or what `guard` made of it. */
export function isNoRoom(error: unknown): boolean {
  if (error instanceof DiagnosticError) return error.diagnostics.some(({ code }) => code === NO_ROOM);
  return FULL.has(nameOf((error as NodeJS.ErrnoException).code));
}

function isReadable(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
}

/** Undefined for what is a bug of inc rather than a state of the disk. */
function storeFailure(directory: string, error: NodeJS.ErrnoException): Diagnostic | undefined {
  const code = nameOf(error.code);
  const { message } = error;
  // LMDB on a full disk: its own code 5 (EIO) or ENOSPC's number, and no message.
  if (
    FULL.has(code) ||
    /no space left|disk quota/i.test(message) ||
    Number(error.code) === 5 ||
    Number(error.code) === 28
  )
    return {
      code: NO_ROOM,
      severity: "error",
      message: `the store in "${directory}" cannot be written: the disk is full`,
      notes: [{ message }],
      help: ["make room, or move the store with INC_DIR, then run again: what was stored before is still there"],
    };
  if (FORBIDDEN.has(code))
    return {
      code: "INC3005",
      severity: "error",
      message: `the store in "${directory}" cannot be ${isReadable(directory) ? "written" : "read"} (${code})`,
      notes: [{ message }],
      help: ["give yourself read and write permission, or move the store with INC_DIR"],
    };
  const meaning = meaningOf(code);
  if (meaning === undefined) return undefined;
  return {
    code: "INC3009",
    severity: "error",
    message: `the store in "${directory}" cannot be used: ${meaning.why} (${code})`,
    notes: [{ message }],
    help: [meaning.help],
  };
}

/** LMDB gives the system's numbers. Its own are negative, and say that data are damaged or that inc uses it wrongly. */
function nameOf(code: unknown): string {
  if (typeof code !== "number" || !(code > 0)) return typeof code === "string" ? code : "";
  try {
    return getSystemErrorName(-code);
  } catch {
    return "";
  }
}
