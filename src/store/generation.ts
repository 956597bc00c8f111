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
