import { existsSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FileReader, Hasher } from "../host/files/host.ts";
import {
  closeToOthers,
  makeOwnDirectory,
  makeParents,
  refuseForeignKinds,
  writeOwnFile,
} from "../host/files/own-files.ts";
import { foreignAmong, foreignProblem } from "../host/ownership.ts";
import { phase } from "../host/phases.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Result } from "../model/result.ts";
import { alone, aloneIfPossible } from "./alone.ts";
import { openOrBegin, saltOf } from "./begin.ts";
import { guard } from "./errors.ts";
import { readMeta, SALT_SLOT } from "./meta.ts";
import { noteOpen } from "./openers.ts";
import { openReadOnly, whyReadOnly } from "./read-only.ts";
import { noteCleanEnd } from "./soundness.ts";
import { Store } from "./store.ts";

/** Network file systems on which LMDB's locks and memory maps do not hold, by statfs(2)'s number. */
const REFUSED = new Map([
  [0x6969, "NFS"],
  [0x01021997, "9p"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
]);

/** Files beside the data that exclude the store from git and backups. */
const COMPANIONS: readonly (readonly [string, string])[] = [
  [".gitignore", "*\n"],
  ["CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# A store of inc. It can be made again.\n"],
];

/**
 * Opens the store in a directory, and makes it where there is none. Damage found after an unclean end is set aside, with
 * a warning in `store.warnings`; a store from a newer inc is refused.
 */
export function openStore(
  directory: string,
  host: { readonly files: FileReader; readonly hasher: Hasher },
): Result<OpenedStore> {
  try {
    return { ok: true, value: phase("store", "open", () => guard(directory, () => open(directory, host))) };
  } catch (error) {
    if (error instanceof DiagnosticError) return { ok: false, diagnostics: error.diagnostics };
    throw error;
  }
}

/** A store, and how to close it so that the next process need not search it for damage. */
export interface OpenedStore {
  readonly store: Store;
  close(): Promise<void>;
}

function open(directory: string, host: { readonly files: FileReader; readonly hasher: Hasher }): OpenedStore {
  const foreign = foreignAmong([directory]);
  if (foreign !== undefined) throw new DiagnosticError(foreignProblem(foreign, "the store", directory));
  refuseForeignKinds(directory);
  const unwritable = whyReadOnly(directory);
  if (unwritable !== undefined) return alone(directory, () => openedToLook(directory, host, unwritable));
  makeDirectory(directory);
  for (const [name, text] of COMPANIONS)
    if (!existsSync(join(directory, name))) writeOwnFile(join(directory, name), text);
  refuseNetwork(directory);
  return alone(directory, () => openedToWrite(directory, host));
}

/** By one process at a time: another one would take a store that is being made or set aside for a damaged one. */
function openedToWrite(directory: string, host: { readonly files: FileReader; readonly hasher: Hasher }): OpenedStore {
  const { tables, warnings } = openOrBegin(directory);
  const salt = Buffer.from(saltOf(tables, directory), "hex");
  const noteClosed = noteOpen(directory);
  const { files, hasher } = host;
  const store = new Store(tables, { directory, salt, warnings, files, hasher });
  return {
    store,
    close: () =>
      phase("store", "close", async () => {
        await closed(store);
        noteCleanEnd(directory);
        noteClosed();
      }),
  };
}

function openedToLook(
  directory: string,
  host: { readonly files: FileReader; readonly hasher: Hasher },
  readOnly: Diagnostic,
): OpenedStore {
  refuseNetwork(directory);
  const tables = openReadOnly(directory, readOnly);
  const salt = Buffer.from(readMeta(tables, SALT_SLOT) ?? "", "hex");
  const { files, hasher } = host;
  const store = new Store(tables, { directory, salt, warnings: [], files, hasher, readOnly });
  return { store, close: () => phase("store", "close", () => closed(store)) };
}

/** LMDB closes within the call: nothing here writes asynchronously. */
function closed(store: Store): Promise<void> {
  return aloneIfPossible(store.directory, () => store.close());
}

function makeDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) {
    if (isStoreAlone(directory)) closeToOthers(directory);
    return;
  }
  try {
    makeParents(directory);
    makeOwnDirectory(directory);
  } catch (error) {
    if (error instanceof DiagnosticError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") throw error;
    throw new DiagnosticError({
      code: "INC3005",
      severity: "error",
      message: `the store cannot be created: the directory "${directory}" cannot be made (${code})`,
      notes: [{ message }],
      help: ["see what is in its place, or move the store with INC_DIR"],
    });
  }
}

/** False where INC_DIR names a directory that holds other things, too. Files of inc's own are the owner's alone all the same. */
function isStoreAlone(directory: string): boolean {
  return ["data.mdb", "package.json", ".git"].every(
    (name) => existsSync(join(directory, name)) === (name === "data.mdb"),
  );
}

function refuseNetwork(directory: string): void {
  const kind = REFUSED.get(statfsSync(directory).type >>> 0);
  if (kind === undefined) return;
  throw new DiagnosticError({
    code: "INC3002",
    severity: "error",
    message: `the store in "${directory}" would be on ${kind}, where LMDB's locks do not hold`,
    help: ["move the store to a local disk: INC_DIR=/path/on/this/machine"],
  });
}
