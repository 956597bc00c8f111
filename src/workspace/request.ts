import { hasher } from "../host/files/hash.ts";
import type { Hasher } from "../host/files/host.ts";
import { privateVariable } from "../host/private-variables.ts";
import { own } from "../model/own.ts";
import type { SnapshotHeader } from "./snapshot.ts";

/** Digest of a variable's value: salted, because the value may be a secret. */
export function envDigest(hasher: Hasher, salt: string, name: string, value: string): string {
  return hasher.digest(`${salt}\0${name}\0${value}`);
}

/** Variables that hold no secret: those that every run depends on, and those that git's settings do. */
const PLAIN: ReadonlySet<string> = new Set(["PATH", "INC_DIR", "HOME", "XDG_CONFIG_HOME"]);

/**
 * A variable as a snapshot holds it: a plain one as it is, because loading the hasher takes as long as looking at 500
 * files; any other by its digest.
 */
export function envInSnapshot(hasher: Hasher, salt: string, name: string, value: string): string {
  return PLAIN.has(name) ? `=${value}` : envDigest(hasher, salt, name, value);
}

/** Tasks and `--param`s as given on the command line. */
export interface AskedRequest {
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
}

/** How a command was asked to use a shared cache, by its flags. */
export interface AskedSharing {
  readonly remote?: string | undefined;
  readonly download?: string | undefined;
}

/**
 * The shared cache that the flag, or else the variable, names beside the manifest. An empty one names none: CI sets a variable to
 * that where its secret is missing.
 * @param given `--remote`.
 */
export function namedRemote(given: string | undefined): string | undefined {
  return [given, privateVariable("INC_REMOTE")].find(isNamed);
}

/** What the flag, or else the variable, says to bring from there. @param given `--remote-download`. */
export function namedDownload(given: string | undefined): string | undefined {
  return [given, process.env["INC_REMOTE_DOWNLOAD"]].find(isNamed);
}

function isNamed(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}

/** Digest of all that decides, beside the manifest, which outputs may be left in a shared cache. An address may hold a password. */
export function sharingDigest({ salt }: Pick<SnapshotHeader, "salt">, { remote, download }: AskedSharing): string {
  const named = [namedRemote(remote), namedDownload(download)];
  return envDigest(hasher, salt, "sharing", JSON.stringify(named.map((text) => text ?? null)));
}

/** True when two selections were asked for alike. */
export function sameRequest(a: AskedRequest, b: AskedRequest): boolean {
  return (
    JSON.stringify([a.tasks, Object.entries(a.params).sort()]) ===
    JSON.stringify([b.tasks, Object.entries(b.params).sort()])
  );
}

/** Variables of a process that asks another one, each by a digest that is salted for this question. */
export function digestedEnvironment(salt: string): [name: string, digest: string][] {
  return Object.entries(process.env).map(([name, value]) => [name, envDigest(hasher, salt, name, value ?? "")]);
}

/** True when every variable that counts is what it was. */
export function sameEnvironment({ env, salt }: Pick<SnapshotHeader, "env" | "salt">): boolean {
  return env.every(([name, digest]) => {
    const value = own(process.env, name);
    return value === undefined ? digest === null : envInSnapshot(hasher, salt, name, value) === digest;
  });
}

/**
 * True when every variable that counts is what it was and is the same for a process that asks. Two digests of different
 * salts cannot be compared: this process vouches for the value with its own.
 * @param asked As `digestedEnvironment` gave it for that salt.
 */
export function sameEnvironmentFor(
  header: Pick<SnapshotHeader, "env" | "salt">,
  salt: string,
  asked: readonly (readonly [name: string, digest: string])[],
): boolean {
  const digests = new Map(asked);
  const isSame = (name: string): boolean => {
    const value = own(process.env, name);
    return digests.get(name) === (value === undefined ? undefined : envDigest(hasher, salt, name, value));
  };
  return sameEnvironment(header) && header.env.every(([name]) => isSame(name));
}
