import { parseListing } from "../../files/listing.ts";
import type { Digest } from "../../model/digest.ts";
import { contentOf, type Identity } from "../../model/identity.ts";

/** What holds blobs. */
interface Holder {
  hasBlob(digest: Digest): boolean;
  readBlob(digest: Digest): Buffer | undefined;
}

/** True when the store holds every byte of something. A symlink that leads nowhere is its text, which needs no blob. */
export function isKept(store: Holder, of: Identity): boolean {
  const identity = contentOf(of);
  if (identity.type === "symlink") return true;
  if (identity.type === "file") return store.hasBlob(identity.digest);
  const bytes = store.readBlob(identity.digest);
  return (
    bytes !== undefined && parseListing(bytes).every((entry) => entry.type !== "file" || store.hasBlob(entry.digest))
  );
}
