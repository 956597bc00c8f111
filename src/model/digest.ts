/**
 * BLAKE3-256 of some bytes, as 64 lower-case hexadecimal characters.
 * Branded, so that a path or a name can never be passed where a digest is meant.
 */
export type Digest = string & { readonly __brand: "digest" };

/** The digest of the canonical description of everything a task's result depends on. */
export type Fingerprint = Digest & { readonly __fingerprint: true };

/** How many hexadecimal characters of a digest people are shown. */
export const SHORT_DIGEST = 12;

/** The first characters of a digest, for messages. */
export function shortDigest(digest: Digest): string {
  return digest.slice(0, SHORT_DIGEST);
}
