import { defined } from "../../model/defined.ts";
import { isSideVersion, type Version } from "../../model/entry.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { isStored } from "../blobs/stored.ts";
import { isDeferred } from "../deferred.ts";
import { latestOf } from "../history.ts";
import { lastSeq, SEQ_SLOT, writeMeta } from "../meta.ts";
import { readRecord } from "../records.ts";
import type { ObjectHead, Tables } from "../schema.ts";

/** Something that is not as it should be. */
export interface Finding {
  readonly kind: "damaged-blob" | "lost-bytes" | "wrong-head" | "missing-event" | "wrong-sequence" | "missing-record";
  /** What it is about: a digest, `name@n`, or a record. */
  readonly subject: string;
  /** False: only making or publishing it again mends it. */
  readonly repaired: boolean;
}

/** Checks every digest and reference, and mends what it can, within the caller's transaction. The lease is held. */
export function checkUp(tables: Tables, blobs: Blobs): readonly Finding[] {
  return [...damagedBlobs(blobs), ...namesAndVersions(tables, blobs)];
}

/** A damaged blob is as good as none: it is dropped, so that it is made or published again. */
function* damagedBlobs(blobs: Blobs): IterableIterator<Finding> {
  for (const digest of blobs.dropDamaged()) yield { kind: "damaged-blob", subject: digest, repaired: true };
}

function* namesAndVersions(tables: Tables, blobs: Blobs): IterableIterator<Finding> {
  let last = 0;
  for (const { key, value: head } of [...tables.objects.getRange()]) {
    const range = { start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] };
    const versions = [...tables.versions.getRange(range as never)].map(({ value }) => value);
    for (const version of versions) {
      last = Math.max(last, version.seq);
      yield* eventOf(tables, key, version);
      yield* recordOf(tables, version);
    }
    yield* headOf(tables, key, head, versions);
    yield* missingBytes(tables, blobs, latestOf(tables, key, tables.objects.get(key)));
  }
  for (const { value } of tables.records.getRange()) last = Math.max(last, value.seq);
  if (lastSeq(tables) >= last) return;
  writeMeta(tables, SEQ_SLOT, last);
  yield { kind: "wrong-sequence", subject: String(last), repaired: true };
}

function* eventOf(tables: Tables, key: string, version: Version): IterableIterator<Finding> {
  const event = tables.events.get(version.seq);
  if (event?.[0] === key && event[1] === version.n) return;
  tables.events.putSync(version.seq, [key, version.n]);
  yield { kind: "missing-event", subject: `${version.name}@${version.n}`, repaired: true };
}

function* recordOf(tables: Tables, { name, n, record }: Version): IterableIterator<Finding> {
  if (record !== undefined && tables.records.get(record) === undefined)
    yield { kind: "missing-record", subject: `${name}@${n}`, repaired: false };
}

function* headOf(
  tables: Tables,
  key: string,
  head: ObjectHead,
  versions: readonly Version[],
): IterableIterator<Finding> {
  const latest = versions.findLast((version) => !isSideVersion(version));
  const count = versions.at(-1)?.n ?? 0;
  if (head.count === count && head.latest === latest?.n) return;
  const { latest: _, ...declared } = head;
  tables.objects.putSync(key, { ...declared, count, ...defined({ latest: latest?.n }) });
  yield { kind: "wrong-head", subject: latest?.name ?? key, repaired: true };
}

/**
 * The bytes of latest versions are never evicted: where they are gone, something else took them, unless they never came from the
 * shared cache.
 */
function* missingBytes(tables: Tables, blobs: Blobs, latest: Version | undefined): IterableIterator<Finding> {
  if (latest === undefined || latest.cause === "used" || isStored(blobs, latest.identity)) return;
  const made = latest.record === undefined ? undefined : readRecord(tables, latest.record);
  if (isDeferred(made, (fingerprint) => tables.entries.get(fingerprint))) return;
  yield { kind: "lost-bytes", subject: `${latest.name}@${latest.n}`, repaired: false };
}
