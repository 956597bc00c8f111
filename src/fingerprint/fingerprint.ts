import type { Hasher } from "../host/files/host.ts";
import type { Description } from "../model/description.ts";
import type { Fingerprint } from "../model/digest.ts";
import { canonical } from "./canonical.ts";

/** Keeps fingerprints apart from digests of other things, and from fingerprints of other formats. */
const DOMAIN = Buffer.from("inc fingerprint 1\n");
const STATIC_DOMAIN = Buffer.from("inc static fingerprint 1\n");

/** The fingerprint of a whole description, found inputs included where there are any. */
export function fingerprintOf(description: Description, hasher: Hasher): Fingerprint {
  return hasher.digest(Buffer.concat([DOMAIN, canonical(description)])) as Fingerprint;
}

/** The fingerprint of a description without its found inputs: what is known before a task with depfiles has run. */
export function staticFingerprint(description: Description, hasher: Hasher): Fingerprint {
  const { found: _found, ...known } = description;
  return hasher.digest(Buffer.concat([STATIC_DOMAIN, canonical(known)])) as Fingerprint;
}
