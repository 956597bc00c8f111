import { statSync } from "node:fs";
import { join } from "node:path";
import { readOwnFile } from "../host/files/own-files.ts";

/** What every commit changes, read without opening the store; empty: there is none. */
export function readGeneration(directory: string): string {
  try {
    return readOwnFile(join(directory, "generation")).toString();
  } catch {
    return "";
  }
}

/** False when the records have been deleted beside the generation. @param directory The store's, absolute. */
export function holdsRecords(directory: string): boolean {
  return (statSync(join(directory, "data.mdb"), { throwIfNoEntry: false })?.size ?? 0) > 0;
}
