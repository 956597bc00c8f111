import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Listing, ListingEntry } from "../model/identity.ts";
import { isInnerPath } from "../model/path.ts";

/** As it is encoded: `["f", path, digest, executable, size]`, `["l", path, text]`, `["d", path]`. */
type Row = ["f", string, Digest, 0 | 1, number] | ["l", string, string] | ["d", string];

/**
 * A directory's canonical listing: JSON without spaces, entries in the order of their paths' bytes. Its digest is the
 * directory's, and it is stored as a blob under that digest, so that the directory can be restored.
 */
export function canonicalListing(listing: Listing): Buffer {
  return Buffer.from(JSON.stringify(listing.map(toRow)));
}

/**
 * Reads what `canonicalListing` wrote. Throws a DiagnosticError for what leads out of the directory: inc wrote no such
 * listing.
 */
export function parseListing(bytes: Uint8Array): Listing {
  const listing = (JSON.parse(Buffer.from(bytes).toString("utf8")) as Row[]).map(toEntry);
  const leading = listing.find(({ path }) => !isInnerPath(path));
  if (leading !== undefined) throw new DiagnosticError(noListing(leading.path));
  return listing;
}

function noListing(path: string): Diagnostic {
  return {
    code: "INC3032",
    severity: "error",
    message: `a directory in the store lists "${path}", which leads out of it: inc did not write that`,
    help: ["remove the store, if it came from elsewhere: rm -r .inc"],
  };
}

function toRow(entry: ListingEntry): Row {
  if (entry.type === "file") return ["f", entry.path, entry.digest, entry.executable ? 1 : 0, entry.size];
  return entry.type === "symlink" ? ["l", entry.path, entry.text] : ["d", entry.path];
}

function toEntry(row: Row): ListingEntry {
  if (row[0] === "f") return { type: "file", path: row[1], digest: row[2], executable: row[3] === 1, size: row[4] };
  return row[0] === "l" ? { type: "symlink", path: row[1], text: row[2] } : { type: "directory", path: row[1] };
}
