import { readFileSync } from "node:fs";

/** A module's source text, to quote in a diagnostic; undefined when it cannot be read. */
export function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
