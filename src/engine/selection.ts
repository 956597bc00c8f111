import { hasher } from "../host/hash.ts";
import type { Hasher } from "../host/host.ts";
import type { SnapshotHeader } from "./snapshot.ts";

/** Digest of a variable's value as a snapshot holds it: salted, because the value may be a secret. */
export function envDigest(hasher: Hasher, salt: string, name: string, value: string): string {
  return hasher.digest(`${salt}\0${name}\0${value}`);
}

/** True when two selections were asked for alike. */
export function sameRequest(
  a: { readonly tasks: readonly string[]; readonly params: Readonly<Record<string, string>> },
  b: { readonly tasks: readonly string[]; readonly params: Readonly<Record<string, string>> },
): boolean {
  return (
    JSON.stringify([a.tasks, Object.entries(a.params).sort()]) ===
    JSON.stringify([b.tasks, Object.entries(b.params).sort()])
  );
}

/**
 * True when every variable that counts is what it was.
 * @param variables Of whoever asks.
 */
export function sameEnvironment(
  header: Pick<SnapshotHeader, "env" | "salt">,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return header.env.every(([name, digest]) => {
    const value = variables[name];
    return value === undefined ? digest === null : envDigest(hasher, header.salt, name, value) === digest;
  });
}
