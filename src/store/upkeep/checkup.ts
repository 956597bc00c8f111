import type { Hasher } from "../../host/files/host.ts";
import { defined } from "../../model/defined.ts";
import type { Digest } from "../../model/digest.ts";
import { isAside, type Version } from "../../model/entry.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { BlobFiles } from "../blobs/blobs.ts";
import type { Chunks } from "../blobs/chunks.ts";
import { isKept } from "../blobs/kept.ts";
import type { ObjectHead, Tables } from "../schema.ts";

/** Something that is not as it should be. */
export interface Finding {
  readonly kind: "damaged-blob" | "lost-bytes" | "wrong-head" | "missing-event" | "wrong-sequence" | "missing-record";
  /** What it is about: a digest, `name@n`, or a record. */
  readonly subject: string;
  /** False: nobody can mend it but by making or publishing it again. */
  readonly repaired: boolean;
}

export interface CheckupSource {
  readonly tables: Tables;
  readonly files: BlobFiles;
  readonly chunks: Chunks;
  readonly hasher: Hasher;
  hasBlob(digest: Digest): boolean;
  readBlob(digest: Digest): Buffer | undefined;
}

/** Checks every digest and reference, and mends what it can, all within one transaction. The lease is held. */
export function checkUp(source: CheckupSource): readonly Finding[] {
  return source.tables.root.transactionSync(() => [...damagedBlobs(source), ...namesAndVersions(source)]);
}

/** A damaged blob is as good as none: it is dropped, so that it is made or published again. */
function* damagedBlobs({ tables, files, chunks, hasher }: CheckupSource): IterableIterator<Finding> {
  const small = [...tables.blobs.getRange()];
  for (const { key, value } of small) {
    if (hasher.digest(value) === key) continue;
    tables.blobs.removeSync(key);
    yield { kind: "damaged-blob", subject: key, repaired: true };
  }
  // Reading a blob file verifies it, and drops what is damaged.
  for (const { digest } of files.all())
    if (!files.verify(digest)) yield { kind: "damaged-blob", subject: digest, repaired: true };
  for (const { digest } of chunks.all())
    if (!chunks.verify(digest)) yield { kind: "damaged-blob", subject: digest, repaired: true };
}

function* namesAndVersions(source: CheckupSource): IterableIterator<Finding> {
  const { tables } = source;
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
    yield* bytesOf(source, head);
  }
  for (const { value } of tables.records.getRange()) last = Math.max(last, value.seq);
  if (((tables.meta.get("seq") as number | undefined) ?? 0) >= last) return;
  tables.meta.putSync("seq", last);
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
  const latest = versions.findLast((version) => !isAside(version));
  const count = versions.at(-1)?.n ?? 0;
  const right =
    head.count === count && head.latest?.n === latest?.n && sameIdentity(head.latest?.identity, latest?.identity);
  if (right) return;
  const { latest: _, ...declared } = head;
  tables.objects.putSync(key, { ...declared, count, ...defined({ latest }) });
  yield { kind: "wrong-head", subject: latest?.name ?? key, repaired: true };
}

/** Of the latest versions no bytes are evicted: where they are gone, something else took them. */
function* bytesOf(source: CheckupSource, { latest }: ObjectHead): IterableIterator<Finding> {
  if (latest === undefined || latest.cause === "used" || isKept(source, latest.identity)) return;
  yield { kind: "lost-bytes", subject: `${latest.name}@${latest.n}`, repaired: false };
}
