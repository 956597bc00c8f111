import { realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { realFiles } from "../host/files/files.ts";
import { hasher } from "../host/files/hash.ts";
import { findManifest } from "../manifest/find.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { upward } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { storeDirectory } from "../workspace/directory.ts";
import { explained } from "./explained.ts";

/**
 * The workspace that a directory belongs to: the one of the nearest manifest upward, else, for history outlives its
 * manifest, the nearest directory upward that holds a store. Only one with a store will do. Gives its absolute path.
 */
export function findWorkspace(from: string): Result<string> {
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

/** One that may not be looked into counts: opening it says so. */
function hasStore(workspace: string): boolean {
  try {
    return statSync(join(storeDirectory(workspace), "data.mdb"), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" || code === "EPERM";
  }
}

/**
 * Opens the store of a workspace for looking: no lease, no index, so that a question costs what its answer costs.
 * @param root As `findWorkspace` gave it.
 */
export async function withStore<T>(root: string, use: (store: Store) => Promise<Result<T>>): Promise<Result<T>> {
  const opened = openStore(storeDirectory(root), { files: realFiles, hasher });
  if (!opened.ok) return opened;
  try {
    return await explained(() => use(opened.value.store));
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
