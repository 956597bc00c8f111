import { copyFileSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeOwnDirectory } from "../host/files/own-files.ts";
import { secretBytes } from "../host/random.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import { allocateLockFile } from "./lock-file.ts";
import { FORMAT_SLOT, readMeta, SALT_SLOT, writeMeta } from "./meta.ts";
import { FORMAT, openTables, type Tables } from "./schema.ts";
import { isSound } from "./soundness.ts";
import { transact } from "./transact.ts";

/** What makes up the data of a store; all else in its directory is found by digest or belongs to processes. */
const PARTS = ["data.mdb", "data.mdb-lock", "snapshot", "clean"];

/** Where a new store is made. */
const MAKING = "new";

/**
 * Opens the tables of the store in a directory, and begins a new store where there is none. A damaged or outdated one is set
 * aside first, with a warning. The caller is alone with the store: see `alone`.
 */
export function openOrBegin(directory: string): { readonly tables: Tables; readonly warnings: readonly Diagnostic[] } {
  const warnings: Diagnostic[] = [];
  // What a process left that was killed while it made a store.
  rmSync(join(directory, MAKING), { recursive: true, force: true });
  // An empty file holds nothing that could be damaged.
  if (isBegun(directory) && !isSound(directory)) warnings.push(damaged(setAside(directory, "damaged")));
  let tables = openWhole(directory);
  const format = readMeta(tables, FORMAT_SLOT);
  if (format !== undefined && format !== FORMAT) {
    // Not awaited: closing waits for writes, and there are none yet.
    void tables.root.close();
    if (format > FORMAT) throw new DiagnosticError(newer(directory, format));
    warnings.push(outdated(setAside(directory, "outdated")));
    tables = openWhole(directory);
  }
  return { tables, warnings };
}

function isBegun(directory: string): boolean {
  return (statSync(join(directory, "data.mdb"), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function openWhole(directory: string): Tables {
  if (!isBegun(directory)) begin(directory);
  allocateLockFile(directory);
  return openTables(directory, "write");
}

/**
 * Makes the data of a new store elsewhere, and gives them their name when they are whole: a process that is killed meanwhile
 * leaves nothing that looks like a damaged store. The file is a copy, because LMDB shares an environment within a process by
 * the inode of its file, and the one of the original may not be closed yet.
 */
function begin(directory: string): void {
  const place = join(directory, MAKING);
  makeOwnDirectory(place);
  allocateLockFile(place);
  const tables = openTables(place, "make");
  saltOf(tables, directory);
  void tables.root.close();
  copyFileSync(join(place, "data.mdb"), join(place, "whole"));
  // Of a store that was deleted: a snapshot would count again.
  rmSync(join(directory, "generation"), { force: true });
  renameSync(join(place, "whole"), join(directory, "data.mdb"));
  rmSync(place, { recursive: true, force: true });
}

/** Made with the store. Takes no write transaction where it is there already: the command may only read. */
export function saltOf(tables: Tables, directory: string): string {
  const salt = (): string | undefined => readMeta(tables, SALT_SLOT);
  return (
    salt() ??
    transact(tables, directory, () => {
      const made = salt() ?? secretBytes(32).toString("hex");
      writeMeta(tables, SALT_SLOT, made);
      writeMeta(tables, FORMAT_SLOT, FORMAT);
      return made;
    })
  );
}

/** Gives where it is now. */
function setAside(directory: string, why: "damaged" | "outdated"): string {
  const aside = join(directory, `${why}-${new Date().toISOString().replace(/[-:]/g, "").slice(0, 15)}`);
  makeOwnDirectory(aside);
  for (const name of PARTS) if (existsSync(join(directory, name))) renameSync(join(directory, name), join(aside, name));
  return aside;
}

function outdated(aside: string): Diagnostic {
  return {
    code: "INC3008",
    severity: "warning",
    message: `the store was written by an older inc; it was moved to "${aside}", and a new store was begun`,
    notes: [{ message: "tasks run again when their results are needed; the workspace was not touched" }],
    help: [`remove "${aside}" unless you go back to that inc`],
  };
}

function damaged(aside: string): Diagnostic {
  return {
    code: "INC3003",
    severity: "warning",
    message: `the store was damaged; it was moved to "${aside}", and a new store was begun`,
    notes: [{ message: "tasks run again when their results are needed; the workspace was not touched" }],
    help: [`remove "${aside}" unless you want to examine it`],
  };
}

function newer(directory: string, format: number): Diagnostic {
  return {
    code: "INC3001",
    severity: "error",
    message: `the store in "${directory}" was written by a newer inc (format ${format}, this one knows ${FORMAT})`,
    help: ["use that inc, or use another store: INC_DIR=.inc-old inc run"],
  };
}
