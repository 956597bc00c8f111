import { canonical } from "../../../fingerprint/canonical.ts";
import type { Hasher } from "../../../host/files/host.ts";
import { randomHex } from "../../../host/random.ts";
import type { Fingerprint } from "../../../model/digest.ts";
import { RemoteError } from "../backends/backend.ts";
import { type Sending, whole } from "../blob-sender.ts";
import type { Connection } from "../connection.ts";
import { type Envelope, seal, unseal } from "../envelope.ts";
import { field } from "../parse.ts";
import type { RemotePlace } from "../setting.ts";
import { payloadOf, type RecordPlace } from "../shared-record.ts";
import { distrust } from "../trust/signing.ts";

/** Bytes of a mark. */
const LENGTH = 16;

/**
 * The mark of a scope tells bundles that count from those that do not: it becomes another one whenever a result is replaced, as by
 * `--force`, and a bundle counts while it bears the present one. Else its copy of what was replaced would be found for ever.
 */
export function markPlace(scope: string, hasher: Hasher): RecordPlace {
  return { scope, fingerprint: hasher.digest(canonical(["inc mark 1"])) as Fingerprint };
}

/** Throws when it is not what is asked for. */
export function parseMark(envelope: Envelope, place: RecordPlace): string {
  return field.text(payloadOf(envelope, "mark", place).fields, "mark");
}

/** Undefined: there is none, or none that is sound and to be trusted. Rejects when there is no answer. */
export async function readMark(
  { hasher, keys }: RemotePlace,
  connection: Connection,
  scope: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const place = markPlace(scope, hasher);
  const bytes = await connection.record({ kind: "record", ...place }, signal);
  try {
    const envelope = bytes === undefined ? undefined : unseal(bytes);
    if (envelope === undefined || distrust(envelope, scope, keys) !== undefined) return undefined;
    return parseMark(envelope, place);
  } catch (error) {
    if (error instanceof RemoteError && error.trouble === "damaged") return undefined;
    throw error;
  }
}

/** Puts another mark in place of the one that is there, and gives it. */
export async function renewMark(
  { backend, hasher, signer }: RemotePlace,
  scope: string,
  { signal, went }: Sending,
): Promise<string> {
  const place = markPlace(scope, hasher);
  const mark = randomHex(LENGTH);
  const sealed = seal({ kind: "mark", ...place, mark }, Buffer.alloc(0), signer);
  await backend.put({ kind: "record", ...place }, whole(sealed, went), true, signal);
  return mark;
}
