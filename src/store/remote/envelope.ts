import { isObject, type JsonObject } from "../../content/json.ts";
import { readJson } from "../../content/read-json.ts";
import { RemoteError } from "./backends/backend.ts";
import { asItIs, encodeSmall, unpackedSmall } from "./coding.ts";
import { RECORD_FORMAT } from "./format.ts";
import { refuse } from "./parse.ts";
import type { Signer } from "./trust/signing.ts";

/** Formats of other releases. */
const OTHER_FORMAT = /^inc-record-\d+$/;

/** The longest record, in bytes: a task may name 100,000 files one by one. */
export const LONGEST_RECORD = 32 * 1024 * 1024;
/** A shorter payload is not compressed: it fits into few packets anyway. */
const COMPRESSED_FROM = 4096;

/** How deep a record may nest: what reads it recurses. A chain of links is the deepest that there is, and ends after 40. */
const DEEPEST = 100;
/** How many values a record may hold: a task that names 100,000 files one by one has some 20 for each. */
const MOST_VALUES = 4_000_000;

/** The payload of a record as it was found, with who is said to have signed it. */
export interface Envelope {
  readonly payload: Buffer;
  readonly key: string;
  readonly signature: string;
}

/** A payload that was opened. */
export interface Payload {
  readonly fields: JsonObject;
  /** What follows them: small blobs. */
  readonly bytes: Buffer;
}

/**
 * A record as bytes: one line about it, then its payload as it is stored: JSON with sorted keys, a line feed, the bytes of small
 * blobs. The line has the format, the id of the key and the signature, of which the last two are empty when it is not signed. What is
 * signed are the format and the bytes of the payload as they are stored, so that no two readers can take them for different things, and
 * nothing is unpacked before it is known who wrote it.
 */
export function seal(fields: object, bytes: Buffer, signer: Signer | undefined): Buffer {
  const text = Buffer.concat([Buffer.from(`${JSON.stringify(fields, sorted)}\n`), bytes]);
  const payload = text.length < COMPRESSED_FROM ? asItIs(text) : encodeSmall(text);
  const line = `${RECORD_FORMAT} ${signer?.key ?? ""} ${signer?.sign(payload) ?? ""}\n`;
  return Buffer.concat([Buffer.from(line), payload]);
}

/** Undefined: another release of inc wrote it. Throws when it is no record. */
export function unseal(bytes: Buffer): Envelope | undefined {
  const end = bytes.indexOf("\n");
  const [format = "", key = "", signature = ""] = bytes.subarray(0, Math.max(0, end)).toString("latin1").split(" ");
  if (format === RECORD_FORMAT) return { payload: bytes.subarray(end + 1), key, signature };
  if (OTHER_FORMAT.test(format)) return undefined;
  throw new RemoteError("damaged", "gave a record that this inc does not know");
}

/** Throws when it cannot be opened. */
export function openPayload({ payload }: Envelope): Payload {
  const bytes = unpackedSmall(payload, LONGEST_RECORD);
  const end = bytes.indexOf("\n");
  if (end < 0) return refuse("is cut off");
  if (isOverfull(bytes.subarray(0, end))) return refuse("nests too deep, or holds too many values");
  try {
    const fields = readJson(bytes.toString("utf8", 0, end));
    if (isObject(fields)) return { fields, bytes: bytes.subarray(end + 1) };
  } catch {
    return refuse("is cut off");
  }
  return refuse("is of another kind");
}

/** What structures JSON, as bytes. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LIST = 0x5b;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/**
 * True for JSON that nests deeper or holds more than a record does. Looks at the text, since 30 MB of `[],[],…`, which are a few
 * KiB when they are compressed, take seconds and gigabytes as values.
 */
function isOverfull(text: Buffer): boolean {
  let depth = 0;
  let values = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] as number;
    if (byte === QUOTE) isString = !isString;
    else if (isString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA) values += 1;
    else if (byte === LIST || byte === OBJECT) {
      values += 1;
      depth += 1;
    } else if (byte === LIST_END || byte === OBJECT_END) depth -= 1;
    if (depth > DEEPEST || values > MOST_VALUES) return true;
  }
  return false;
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
