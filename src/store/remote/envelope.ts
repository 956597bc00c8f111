import { RemoteError } from "./backends/backend.ts";
import type { Signer } from "./trust/signing.ts";

/** The first line of every record: format, id of the key, signature; the last two empty when it is not signed. */
const FORMAT = "inc-record-1";

/** The payload of a record as it was found, with who is said to have signed it. */
export interface Envelope {
  readonly payload: Buffer;
  readonly key: string;
  readonly signature: string;
}

/**
 * A record as bytes: one line about it, then its payload as JSON with sorted keys. What is signed are the bytes of the payload
 * as they stand, so that no two readers can take them for different things.
 */
export function seal(payload: object, signer: Signer | undefined): Buffer {
  const text = Buffer.from(JSON.stringify(payload, sorted));
  const line = `${FORMAT} ${signer?.key ?? ""} ${signer?.sign(text) ?? ""}\n`;
  return Buffer.concat([Buffer.from(line), text]);
}

/** Throws when it is no record of this format: a newer inc may write another. */
export function unseal(bytes: Buffer): Envelope {
  const end = bytes.indexOf("\n");
  const [format, key = "", signature = ""] = bytes.subarray(0, Math.max(0, end)).toString("latin1").split(" ");
  if (format !== FORMAT) throw new RemoteError("damaged", "gave a record that this inc does not know");
  return { payload: bytes.subarray(end + 1), key, signature };
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
