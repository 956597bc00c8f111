import { realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { realFiles } from "../host/files/files.ts";
import { hasher } from "../host/files/hash.ts";
import { phase } from "../host/phases.ts";
import { findManifest } from "../manifest/find.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { upward } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { storeDirectory } from "../workspace/directory.ts";
import { explained } from "./explained.ts";

/**
 * The absolute path of the workspace that a directory belongs to: that of the nearest manifest upward or, since history
 * outlives its manifest, the nearest directory upward that holds a store. A workspace without a store is an error.
 */
export function findWorkspace(from: string): Result<string> {
  return phase("access", "find", () => find(from));
}

function find(from: string): Result<string> {
  const found = findManifest(from, undefined);
  if (found.ok) {
    const { workspace } = found.value;
    return hasStore(workspace)
      ? { ok: true, value: workspace }
      : { ok: false, diagnostics: [nothingRecorded(workspace)] };
  }
  for (const directory of upward(resolve(from)))
    if (hasStore(directory)) return { ok: true, value: realpathSync(directory) };
  return found;
}

/** True also for a store that may not be read: opening it reports the error. */
function hasStore(workspace: string): boolean {
  try {
    return statSync(join(storeDirectory(workspace), "data.mdb"), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" || code === "EPERM";
  }
}

/**
 * Opens the store of a workspace for reading, without lease or index, so that a query costs only its answer.
 * @param root A result of `findWorkspace`.
 */
export async function withStore<T>(root: string, use: (store: Store) => Promise<Result<T>>): Promise<Result<T>> {
  const opened = openStore(storeDirectory(root), { files: realFiles, hasher });
  if (!opened.ok) return opened;
  try {
    return await phase("store", "read", () => explained(() => use(opened.value.store)));
  } finally {
    await opened.value.close();
  }
}

function nothingRecorded(workspace: string): Diagnostic {
  return {
    code: "INC1031",
    severity: "error",
    message: `the workspace "${workspace}" has no store yet, so it has no history`,
    help: ["run the pipeline first: inc run"],
  };
}
