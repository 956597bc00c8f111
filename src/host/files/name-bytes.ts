import { isUtf8 } from "node:buffer";

/**
 * A file's name that is not UTF-8, for a message: every byte that is not printable ASCII is escaped.
 */
export function nameBytes(name: Buffer): string {
  return name
    .toString("latin1")
    .replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Undefined for a name that is UTF-8, as nearly all are. */
export function foreignName(name: Buffer): string | undefined {
  return isUtf8(name) ? undefined : nameBytes(name);
}
