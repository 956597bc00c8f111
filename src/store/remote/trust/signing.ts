import type { KeyObject } from "node:crypto";
import { hasher } from "../../../host/files/hash.ts";
import { RECORD_FORMAT } from "../format.ts";
import { coversScope } from "./scope.ts";

/** Keeps signatures of records apart from those of anything else that the key signs, and of other formats. */
const DOMAIN = Buffer.from(`${RECORD_FORMAT}\n`);

/** How much of a key's digest names it. */
const SHORT_KEY = 16;

/** What a writer signs with. */
export interface Signer {
  /** Names the public key. */
  readonly key: string;
  sign(payload: Uint8Array): string;
}

/** A public key that readers trust. */
export interface TrustedKey {
  readonly id: string;
  readonly key: KeyObject;
  /** Scopes that it may sign for: see `coversScope`. */
  readonly scope: string;
}

/** @param text PEM, or base64 of the DER (PKCS #8). Undefined: it is no Ed25519 key. */
export function parsePrivateKey(text: string): Signer | undefined {
  const { createPrivateKey, createPublicKey, sign } = crypto();
  const key = parse(text, (der) => createPrivateKey({ key: der, format: "der", type: "pkcs8" }), createPrivateKey);
  if (key === undefined) return undefined;
  return {
    key: idOf(createPublicKey(key)),
    sign: (payload) => sign(null, Buffer.concat([DOMAIN, payload]), key).toString("base64"),
  };
}

/** @param text PEM, or base64 of the DER (SPKI). Undefined: it is no Ed25519 key. */
export function parsePublicKey(text: string, scope: string): TrustedKey | undefined {
  const { createPublicKey } = crypto();
  const key = parse(text, (der) => createPublicKey({ key: der, format: "der", type: "spki" }), createPublicKey);
  // A private key in a manifest would be taken for its public half.
  return key === undefined || text.includes("PRIVATE") ? undefined : { id: idOf(key), key, scope };
}

/** Why a payload is not to be trusted; undefined: one of the keys signed it, and may sign for its scope. */
export function distrust(
  { payload, key, signature }: { readonly payload: Uint8Array; readonly key: string; readonly signature: string },
  scope: string,
  keys: readonly TrustedKey[],
): string | undefined {
  if (keys.length === 0) return undefined;
  if (signature === "") return "it is not signed";
  const known = keys.filter(({ id }) => id === key);
  if (known.length === 0) return `the key ${key} signed it, which the manifest does not list`;
  const fitting = known.filter((trusted) => coversScope(trusted.scope, scope));
  if (fitting.length === 0) return `the key ${key} signed it, which may not sign for "${scope}"`;
  const { verify } = crypto();
  const bytes = Buffer.concat([DOMAIN, payload]);
  const holds = fitting.some((trusted) => verify(null, bytes, trusted.key, Buffer.from(signature, "base64")));
  return holds ? undefined : `its signature by the key ${key} is wrong`;
}

/** Loaded where there are keys: it takes 5 ms. */
function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

function parse(
  text: string,
  fromDer: (der: Buffer) => KeyObject,
  fromPem: (pem: string) => KeyObject,
): KeyObject | undefined {
  try {
    const trimmed = text.trim();
    const key = trimmed.startsWith("-----") ? fromPem(trimmed) : fromDer(Buffer.from(trimmed, "base64"));
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

function idOf(key: KeyObject): string {
  return hasher.digest(key.export({ format: "der", type: "spki" })).slice(0, SHORT_KEY);
}
