import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { openStore } from "../../src/store/open.ts";
import { openTables } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";
import type { Rig } from "./rig.ts";

/** Opens the store of a rig in this process, between two commands. */
export async function withRigStore<T>(rig: Rig, use: (store: Store) => T | Promise<T>): Promise<T> {
  const opened = openStore(rig.path(".inc"), { files: realFiles, hasher });
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join());
  try {
    return await use(opened.value.store);
  } finally {
    await opened.value.close();
  }
}

/** Removes the bytes of all small blobs, those below 64 KiB. */
export async function loseSmallBlobs(rig: Rig): Promise<void> {
  const tables = openTables(rig.path(".inc"), false);
  for (const key of [...tables.blobs.getKeys()]) tables.blobs.removeSync(key);
  for (const key of [...tables.packed.getKeys()]) tables.packed.removeSync(key);
  await tables.root.close();
}
