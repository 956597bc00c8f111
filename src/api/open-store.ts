import type { ObjectStore } from "../model/object-store.ts";

/**
 * Opens the store of a workspace for reading and publishing objects that its manifest declares.
 * @param directory Where to look for the manifest, upward. Default: the working directory.
 * @throws An Error with the text and code of the diagnostic when there is no manifest, or no usable store.
 * @example const store = await openStore();
 * await store.put("rates", JSON.stringify(rates), { ifVersion: store.version("rates")?.n ?? 0 });
 */
export async function openStore(directory: string = process.cwd()): Promise<ObjectStore> {
  const { openObjects } = await import("./object-store.ts");
  return openObjects(directory);
}
