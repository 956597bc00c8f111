import type { Hasher } from "../host/files/host.ts";

/** Longer keys than LMDB takes are digested. */
const LONGEST_KEY = 1000;

/** A name or path as a key. */
export function keyOf(hasher: Hasher, name: string): string {
  return Buffer.byteLength(name) <= LONGEST_KEY ? name : hasher.digest(name);
}

/** False for the key of a name that is the key itself. */
export function mayBeDigested(key: string): boolean {
  return /^[0-9a-f]{64}$/.test(key);
}

/** The prefix of everything that is stored of a task. */
export function taskKey(hasher: Hasher, manifest: string, task: string): string {
  return hasher.digest(JSON.stringify([manifest, task])).slice(0, 32);
}
