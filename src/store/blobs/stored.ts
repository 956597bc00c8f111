import { parseListing } from "../../files/listing.ts";
import type { FileReader, Hasher } from "../../host/files/host.ts";
import type { Digest } from "../../model/digest.ts";
import { contentOf, type Identity } from "../../model/identity.ts";
import type { Tables } from "../schema.ts";

/** Where the blobs of a store lie. */
export interface BlobPlace {
  readonly tables: Tables;
  /** The store's, absolute. */
  readonly directory: string;
  readonly files: FileReader;
  readonly hasher: Hasher;
  /** Nothing is committed, and damage stays where it is. */
  readonly readOnly: boolean;
}

/** A blob as it lies in the store. */
export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes that it takes. */
  readonly size: number;
  readonly where: "table" | "file" | "chunks";
  /** Milliseconds since the epoch when its file was used last. */
  readonly used?: number;
}

/** What holds blobs. */
interface Holder {
  has(digest: Digest): boolean;
  read(digest: Digest): Buffer | undefined;
}

/** True when every byte of something is stored. A symlink that leads nowhere is its text, which needs no blob. */
export function isStored(blobs: Holder, of: Identity): boolean {
  const identity = contentOf(of);
  if (identity.type === "symlink") return true;
  if (identity.type === "file") return blobs.has(identity.digest);
  const bytes = blobs.read(identity.digest);
  return bytes !== undefined && parseListing(bytes).every((entry) => entry.type !== "file" || blobs.has(entry.digest));
}
