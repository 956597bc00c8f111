import { canonical } from "../../../fingerprint/canonical.ts";
import type { Hasher } from "../../../host/files/host.ts";
import type { Fingerprint } from "../../../model/digest.ts";
import type { Envelope } from "../envelope.ts";
import { field, isDigest, refuse } from "../parse.ts";
import { payloadOf, type RecordPlace } from "../shared-record.ts";

/** What a run is to do, as all machines name it. */
export interface AskedRun {
  /** What fingerprints are tagged with: `linux-x64`. */
  readonly platform: string;
  /** Path of the manifest in the workspace. */
  readonly manifest: string;
  /** As they were named; none: the manifest's default. */
  readonly tasks: readonly string[];
  /** As they were given. */
  readonly params: Readonly<Record<string, string>>;
}

/** Records as they are stored, by their fingerprints. */
export type Records = ReadonlyMap<Fingerprint, Buffer>;

export interface Bundle {
  readonly records: Records;
  /** It counts while its scope has the same: see `mark.ts`. */
  readonly mark: string;
}

/** The longest record that is part of a bundle, in bytes: a longer one is worth a request of its own. */
const LONGEST_MEMBER = 128 * 1024;
/** The most bytes of all records of a bundle: they are in memory while the run goes on. */
const LONGEST_BUNDLE = 8 * 1024 * 1024;

/**
 * Where the records of a run's results lie as one object, so that a run that starts from nothing asks for that first. Runs of
 * one kind share it, whatever they found: the last one to end has written it.
 */
export function bundlePlace(
  { platform, manifest, tasks, params }: AskedRun,
  scope: string,
  hasher: Hasher,
): RecordPlace {
  const name = canonical(["inc bundle 1", platform, manifest, [...new Set(tasks)].sort(), params]);
  return { scope, fingerprint: hasher.digest(name) as Fingerprint };
}

/** The records of a scope as a run comes to know them, as far as they may be bundled: of many, no more than two bundles hold. */
export class BundledRecords {
  #records = new Map<Fingerprint, Buffer>();
  #bytes = 0;

  /** How many of them are in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  get fitting(): Records {
    return fittingRecords(this.#records);
  }

  add(fingerprint: Fingerprint, bytes: Buffer): void {
    this.delete(fingerprint);
    if (bytes.length > LONGEST_MEMBER) return;
    this.#records.set(fingerprint, bytes);
    this.#bytes += bytes.length;
    if (this.#bytes <= 2 * LONGEST_BUNDLE) return;
    // What does not fit beside these fits beside more of them even less.
    this.#records = new Map(this.fitting);
    this.#bytes = [...this.#records.values()].reduce((sum, { length }) => sum + length, 0);
  }

  delete(fingerprint: Fingerprint): void {
    this.#bytes -= this.#records.get(fingerprint)?.length ?? 0;
    this.#records.delete(fingerprint);
  }
}

/** As many of the records as fit, the shortest first: those gain the most by not being asked for alone. */
export function fittingRecords(records: Records): Records {
  const byLength = [...records].sort(([a, { length }], [b, other]) => length - other.length || (a < b ? -1 : 1));
  let bytes = 0;
  return new Map(
    byLength.filter(([, { length }]) => {
      bytes += length;
      return length <= LONGEST_MEMBER && bytes <= LONGEST_BUNDLE;
    }),
  );
}

/** A bundle as the fields of a record; the records follow them one after the other, in their order. */
export function bundlePayload({ records, mark }: Bundle, { scope, fingerprint }: RecordPlace): object {
  return { kind: "bundle", scope, fingerprint, mark, records: [...records].map(([of, { length }]) => [of, length]) };
}

/** Throws when it is none. None of its records has been checked: they are what anyone may have put under their names. */
export function parseBundle(envelope: Envelope, place: RecordPlace): Bundle {
  const { fields, bytes } = payloadOf(envelope, "bundle", place);
  const records = new Map<Fingerprint, Buffer>();
  let at = 0;
  for (const pair of field.list(fields, "records")) {
    const [of, length] = Array.isArray(pair) ? (pair as unknown[]) : [];
    const isUsable = isDigest(of) && Number.isSafeInteger(length) && (length as number) > 0;
    if (!isUsable || at + (length as number) > bytes.length) return refuse("bundles what is no record");
    records.set(of as Fingerprint, bytes.subarray(at, at + (length as number)));
    at += length as number;
  }
  return at === bytes.length ? { records, mark: field.text(fields, "mark") } : refuse("bundles what is no record");
}
