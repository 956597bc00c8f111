import type { DirectoryEntry } from "../host/files/host.ts";
import { DiagnosticError } from "../model/diagnostic.ts";

/** Refuses an entry that is a part of what is read, but that cannot be read by its name. */
export function refuseForeign(directory: string, { foreign }: DirectoryEntry): void {
  if (foreign === undefined) return;
  const path = directory === "" || directory === "." ? foreign : `${directory}/${foreign}`;
  throw new DiagnosticError({
    code: "INC4101",
    severity: "error",
    message: `"${path}" cannot be read: its name is not UTF-8`,
    help: ["rename it, or exclude it"],
  });
}
