import { isObject, type JsonObject } from "../../content/json.ts";
import type { Decision } from "../../model/decision.ts";
import { defined } from "../../model/defined.ts";
import type { Description } from "../../model/description.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { AttemptRecord, Entry, Origin, UsedElement } from "../../model/entry.ts";
import { isInnerPath } from "../../model/path.ts";
import { type Envelope, openPayload, type Payload } from "./envelope.ts";
import { type Packing, packingPayload, parsePacking, sizeOfAll } from "./packs/layout.ts";
import { field, isDigest, parseArtifacts, refuse } from "./parse.ts";
import type { Fetched } from "./remote.ts";
import type { Builder } from "./trust/ci-builder.ts";

/** What is asked for: a record elsewhere is refused, for its signature would hold there as well. */
export interface RecordPlace {
  readonly scope: string;
  readonly fingerprint: Fingerprint;
}

/** Bytes of a result: what is to be fetched for it, apart from what directories list. */
export interface Sizes {
  /** Digest of a listing or of the log → bytes. */
  readonly sizes: Readonly<Record<string, number>>;
}

export interface FoundResult extends Fetched, Sizes {
  readonly packing: Packing;
  /** Of the blobs that lie in the record. */
  readonly inline: Buffer;
}

/** How many sets of found inputs one record lists. */
const FOUND_SETS = 16;
/** How many paths they have in all: each is looked at here, and a record of a few KiB may unpack to millions. */
const FOUND_PATHS = 100_000;

/** More than any disk has, in bytes: what is announced is made room for. */
const MOST_BYTES = 2 ** 50;

/** Reasons that say nothing but their kind. Others tell of the machine on which the attempt was made. */
const PLAIN: ReadonlySet<unknown> = new Set<Decision["reason"]["kind"]>(["forced", "cache-off", "failed-before"]);

/** An attempt's id, `20261123T150933123-4f2a9c.000001`: it is filed under its run's. */
const ATTEMPT = /^(\d{8}T\d{9}-[0-9a-f]{6})\.\d{6,12}$/;

/** A result as the fields of a record. */
export function resultPayload(
  { entry, record }: Fetched,
  { sizes, packing }: Sizes & { readonly packing: Packing },
  scope: string,
  builder: Builder,
): object {
  const { origin: _origin, confirmed: _confirmed, reason, ...attempt } = record;
  return {
    kind: "result",
    scope,
    builder,
    fingerprint: entry.fingerprint,
    attempt: { ...attempt, reason: reason.kind },
    sizes,
    ...packingPayload(packing),
    ...defined({ made: entry.made }),
  };
}

/** The payload of a record as a result. @param remote Address of the store. */
export function parseResult(envelope: Envelope, { scope, fingerprint }: RecordPlace, remote: string): FoundResult {
  const { fields, bytes } = payloadOf(envelope, "result", { scope, fingerprint });
  const record = parseAttempt(field.object(fields, "attempt"), parseOrigin(fields, scope, remote));
  if (record.fingerprint !== fingerprint) refuse("is of another fingerprint");
  const made = fields["made"] === undefined ? undefined : field.list(fields, "made").map(Number);
  if (made?.every((place) => Number.isSafeInteger(place) && place >= 0) === false) refuse(`has no usable "made"`);
  const { outputs, duration, log, id } = record;
  const entry: Entry = { fingerprint, outputs, duration, record: id, ...defined({ made, log }) };
  const sizes = numbers(field.object(fields, "sizes"));
  const announced = sizeOfAll(outputs) + Object.values(sizes).reduce((sum, size) => sum + size, 0);
  if (announced > MOST_BYTES) refuse("announces more bytes than any disk has");
  return { entry, record, sizes, packing: parsePacking(fields, announced), inline: bytes };
}

/** The sets of found inputs under a static fingerprint, newest first, as the payload of a record. */
export function foundPayload(sets: readonly (readonly string[])[], { scope, fingerprint }: RecordPlace): object {
  return { kind: "found", scope, fingerprint, sets: firstSets(sets) };
}

export function parseFound(envelope: Envelope, place: RecordPlace): readonly (readonly string[])[] {
  const { fields } = payloadOf(envelope, "found", place);
  return firstSets(field.list(fields, "sets")).map(parsePaths);
}

/** As many as a record may list. */
function firstSets<T>(sets: readonly T[]): readonly T[] {
  let paths = 0;
  return sets.slice(0, FOUND_SETS).filter((set) => {
    paths += Array.isArray(set) ? set.length : 0;
    return paths <= FOUND_PATHS;
  });
}

/** What a record says that it is. Throws when it cannot be opened. */
export function kindOf(envelope: Envelope): unknown {
  return openPayload(envelope).fields["kind"];
}

/** The payload of what is asked for. Throws when it is something else. */
export function payloadOf(envelope: Envelope, kind: string, { scope, fingerprint }: RecordPlace): Payload {
  const payload = openPayload(envelope);
  const { fields } = payload;
  if (fields["kind"] !== kind) return refuse("is of another kind");
  if (fields["scope"] !== scope || fields["fingerprint"] !== fingerprint) return refuse("belongs elsewhere");
  return payload;
}

/** Workspace paths, or absolute ones: compilers name the headers of the system. */
function parsePaths(set: unknown): readonly string[] {
  const isPath = (path: unknown): path is string =>
    isInnerPath(typeof path === "string" ? path.replace(/^\//, "") : "");
  return Array.isArray(set) && set.every(isPath) ? set : refuse("names a found input that is no path");
}

function parseOrigin(payload: JsonObject, scope: string, remote: string): Origin {
  const builder = field.object(payload, "builder");
  const ci = field.optionalText(builder, "ci");
  const url = field.optionalText(builder, "url");
  if (url !== undefined && !/^https?:\/\//.test(url)) refuse(`has no usable "url"`);
  return { remote, scope, builder: field.text(builder, "builder"), ...defined({ ci, url }) };
}

function parseAttempt(value: JsonObject, origin: Origin): FoundResult["record"] {
  const id = field.text(value, "id");
  const run = ATTEMPT.exec(id)?.[1] ?? refuse(`has no usable "id"`);
  const reason = value["reason"];
  const log = value["log"] === undefined ? undefined : field.digest(value, "log");
  return {
    id,
    run,
    manifest: field.text(value, "manifest"),
    task: field.text(value, "task"),
    fingerprint: field.digest(value, "fingerprint") as Fingerprint,
    // Whoever asked knows its fingerprint, and compares.
    description: field.object(value, "description") as unknown as Description,
    values: texts(value, "values"),
    objects: numbers(field.object(value, "objects")),
    ...(value["elements"] === undefined ? {} : { elements: field.list(value, "elements").map(parseElement) }),
    outcome: "ok",
    exit: 0,
    outputs: parseArtifacts(field.list(value, "outputs")),
    host: field.text(value, "host"),
    executor: field.text(value, "executor"),
    started: field.time(value, "started"),
    duration: field.time(value, "duration"),
    reason: PLAIN.has(reason) ? ({ kind: reason } as AttemptRecord["reason"]) : { kind: "new" },
    uncached: false,
    origin,
    ...defined({ log }),
  };
}

function parseElement(element: unknown): UsedElement {
  return isObject(element)
    ? {
        of: field.text(element, "of"),
        key: field.text(element, "key"),
        ...(element["by"] === undefined ? {} : { by: texts(element, "by") }),
      }
    : refuse("has no usable elements");
}

function texts(of: JsonObject, name: string): readonly string[] {
  return field.list(of, name).map((text) => (typeof text === "string" ? text : refuse(`has no usable ${name}`)));
}

function numbers(value: JsonObject): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(value).map((name) => [name, field.count(value, name)]));
}

/** What is to be fetched for a result beside the files of its directories, by digest; 0 bytes: they are not known. */
export function sizesOf({ entry }: Fetched, sizeOf: (digest: Digest) => number): Sizes["sizes"] {
  const listings = entry.outputs.flatMap(({ identity }) => (identity.type === "directory" ? [identity.digest] : []));
  const digests = [...listings, ...(entry.log === undefined ? [] : [entry.log])];
  return Object.fromEntries(digests.filter(isDigest).map((digest) => [digest, sizeOf(digest)]));
}
