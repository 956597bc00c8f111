import { parseListing } from "../fingerprint/listing.ts";
import type { Identity } from "../model/identity.ts";
import type { Store } from "./store.ts";

/** True when the store holds every byte of something. A symlink is its text, which needs no blob. */
export function isKept(store: Pick<Store, "hasBlob" | "readBlob">, identity: Identity): boolean {
  if (identity.type === "symlink") return true;
  if (identity.type === "file") return store.hasBlob(identity.digest);
  const bytes = store.readBlob(identity.digest);
  return (
    bytes !== undefined && parseListing(bytes).every((entry) => entry.type !== "file" || store.hasBlob(entry.digest))
  );
}
