import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { hasher } from "../../host/files/hash.ts";
import type { Digest } from "../../model/digest.ts";

/** Bytes that are read at once. */
const PIECE = 1024 * 1024;

/** Both digests of a file, in one pass over it. @param take Is given its bytes, piece by piece. */
export async function bothDigests(
  path: string,
  take: (piece: Buffer) => void = () => {},
): Promise<{ readonly digest: Digest; readonly sha256: string }> {
  const blake3 = hasher.incremental();
  const sha256 = createHash("sha256");
  let digest: Digest;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE })) {
      blake3.update(piece as Buffer);
      sha256.update(piece as Buffer);
      take(piece as Buffer);
    }
  } finally {
    // Ends the hasher, which may hold memory that is not collected.
    digest = blake3.digest();
  }
  return { digest, sha256: sha256.digest("hex") };
}
