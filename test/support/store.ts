import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";
import { openTables, type Tables } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";
import type { Rig } from "./rig.ts";

/** Opens a store that has nothing wrong. */
export function openedStore(directory: string): OpenedStore {
  const opened = openStore(directory, { files: realFiles, hasher });
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join());
  return opened.value;
}

/** Works on the tables of a store that no process has open. */
export async function withinTables<T>(directory: string, work: (tables: Tables) => T): Promise<T> {
  const tables = openTables(directory, "write");
  const result = tables.root.transactionSync(() => work(tables));
  await tables.root.close();
  return result;
}

/** Opens the store of a rig in this process, between two commands. */
export async function withRigStore<T>(rig: Rig, use: (store: Store) => T | Promise<T>): Promise<T> {
  const opened = openedStore(rig.path(".inc"));
  try {
    return await use(opened.store);
  } finally {
    await opened.close();
  }
}

/** Removes the bytes of all small blobs, those below 64 KiB. */
export async function loseSmallBlobs(rig: Rig): Promise<void> {
  await withinTables(rig.path(".inc"), ({ blobs, packed }) => {
    for (const key of [...blobs.getKeys()]) blobs.removeSync(key);
    for (const key of [...packed.getKeys()]) packed.removeSync(key);
  });
}
