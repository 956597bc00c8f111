import { realFiles } from "../../src/host/files.ts";
import { hasher } from "../../src/host/hash.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import type { Rig } from "./rig.ts";

/** Opens the store of a rig in this process, between two commands. */
export async function withRigStore<T>(rig: Rig, use: (store: Store) => T): Promise<T> {
  const opened = openStore(rig.path(".inc"), { files: realFiles, hasher });
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join());
  try {
    return use(opened.value.store);
  } finally {
    await opened.value.close();
  }
}
