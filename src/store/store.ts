import { renameSync } from "node:fs";
import { join } from "node:path";
import type { FileReader, Hasher } from "../host/files/host.ts";
import { readOwnFile, writeOwnFile } from "../host/files/own-files.ts";
import type { SetNode } from "../model/description.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import type { AttemptRecord, Entry, Owned, RunRecord, Version } from "../model/entry.ts";
import { BlobFiles, SMALL_BLOB, writeWhole } from "./blobs/blobs.ts";
import { Chunks } from "./blobs/chunks.ts";
import { isKept } from "./blobs/kept.ts";
import { temporaryBeside } from "./blobs/temporary.ts";
import { guard } from "./errors.ts";
import { History } from "./history.ts";
import { keyOf, taskKey } from "./keys.ts";
import { type Publication, type Published, publish } from "./publish.ts";
import { readRecord } from "./records.ts";
import { freshReads, type Tables } from "./schema.ts";
import { type Compaction, type CompactionPlan, compact, compactable } from "./upkeep/compact.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { type Commit, Writer } from "./writer.ts";

/** Written after every commit that appended versions. */
export const NOTIFY = "notify";

/**
 * The store of one workspace. Reads are single and synchronous: no read transaction lives across an await. Writes are
 * queued by `commit` and become visible to others, all at once, with `flush`; this process sees its own entries and blobs
 * before.
 */
export class Store {
  readonly directory: string;
  /** 32 random bytes that secrets are digested with. */
  readonly salt: Uint8Array;
  readonly warnings: readonly Diagnostic[];
  readonly #readOnly: Diagnostic | undefined;
  /** Versions, records and runs, as they were committed. */
  readonly history: History;
  readonly #tables: Tables;
  readonly #blobs: BlobFiles;
  readonly #chunks: Chunks;
  readonly #hasher: Hasher;
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<Digest, Buffer>();
  #queue: Commit[] = [];

  constructor(
    tables: Tables,
    options: {
      directory: string;
      salt: Uint8Array;
      files: FileReader;
      hasher: Hasher;
      warnings: readonly Diagnostic[];
      /** Why nothing can be written. */
      readOnly?: Diagnostic;
    },
  ) {
    this.#tables = tables;
    this.directory = options.directory;
    this.salt = options.salt;
    this.warnings = options.warnings;
    this.#readOnly = options.readOnly;
    this.#hasher = options.hasher;
    this.history = new History(tables, options.hasher);
    this.#blobs = new BlobFiles(options.directory, options.files, options.hasher);
    this.#chunks = new Chunks(tables, options.files, options.hasher, options.readOnly !== undefined);
  }

  get isWritable(): boolean {
    return this.#readOnly === undefined;
  }

  /** Throws a DiagnosticError where it can only be looked at. */
  requireWritable(): void {
    if (this.#readOnly !== undefined) throw new DiagnosticError(this.#readOnly);
  }

  /** Says which sequence places belong to: one that was begun anew has another. */
  get epoch(): string {
    return this.#hasher.digest(`epoch ${Buffer.from(this.salt).toString("hex")}`).slice(0, 12);
  }

  /** Text that changes before any commit does: what was read under another one may be old. */
  get generation(): string {
    try {
      return readOwnFile(join(this.directory, "generation")).toString();
    } catch {
      return "";
    }
  }

  /** The generation as long as something holds that others may commit against; undefined once it does not. */
  generationWhile(holds: () => boolean): string | undefined {
    return this.#tables.root.transactionSync(() => (holds() ? this.generation : undefined));
  }

  /** From here on reads see what any process has committed by now. */
  refresh(): void {
    freshReads(this.#tables.root);
  }

  commit(commit: Commit): void {
    this.#queue.push(commit);
    if (commit.entry !== undefined) this.#entries.set(commit.entry.fingerprint, commit.entry);
  }

  /** Writes all that is queued in one transaction. Throws a DiagnosticError when the disk does not take it. */
  flush(): void {
    if (this.#queue.length > 0 || this.#pending.size > 0) this.#transact(() => {});
  }

  /** Publishes a version, if the one that is expected is the latest. What is queued is committed with it. */
  publish(publication: Publication): Published {
    return this.#transact((writer) => publish(publication, this.history, writer, (identity) => isKept(this, identity)));
  }

  entry(fingerprint: Fingerprint): Entry | undefined {
    return this.#entries.get(fingerprint) ?? this.#tables.entries.get(fingerprint);
  }

  /** Newest first. */
  foundSets(statically: Fingerprint): readonly (readonly string[])[] {
    return this.#tables.found.get(statically) ?? [];
  }

  node(digest: Digest): SetNode | undefined {
    return this.#tables.nodes.get(digest);
  }

  record(id: string): AttemptRecord | undefined {
    return readRecord(this.#tables, id);
  }

  /** The latest attempts of a task, newest first. */
  records(manifest: string, task: string, limit: number): AttemptRecord[] {
    const records: AttemptRecord[] = [];
    for (const id of this.recordIds(manifest, task)) {
      if (records.length >= limit) break;
      const record = this.record(id);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** Ids of the records of a task, newest first. */
  recordIds(manifest: string, task: string): Iterable<string> {
    const key = taskKey(this.#hasher, manifest, task);
    const range = { start: [key, Number.MAX_SAFE_INTEGER], end: [key, 0], reverse: true } as const;
    return this.#tables.attempts.getRange(range as never).map(({ value }) => value);
  }

  latestRecord(manifest: string, task: string): AttemptRecord | undefined {
    return this.records(manifest, task, 1)[0];
  }

  /** Milliseconds of the latest success. */
  duration(manifest: string, task: string): number | undefined {
    return this.#tables.durations.get(taskKey(this.#hasher, manifest, task));
  }

  owned(path: string): Owned | undefined {
    return this.#tables.owned.get(keyOf(this.#hasher, path));
  }

  allOwned(): Owned[] {
    return [...this.#tables.owned.getRange()].map(({ value }) => value);
  }

  /** The latest versions of several names at one moment; those that have none are left out. */
  latestOf(names: readonly string[]): Version[] {
    this.refresh();
    return names.flatMap((name) => this.history.latest(name) ?? []);
  }

  latestRun(): RunRecord | undefined {
    for (const { value } of this.#tables.runs.getRange({ reverse: true, limit: 1 })) return value;
    return undefined;
  }

  hasBlob(digest: Digest): boolean {
    return this.hasSmallBlob(digest) || this.#blobs.has(digest) || this.#chunks.has(digest);
  }

  /** The same for what has fewer bytes than `SMALL_BLOB`: those are never files, so the disk need not be asked. */
  hasSmallBlob(digest: Digest): boolean {
    return this.#pending.has(digest) || this.#tables.blobs.doesExist(digest);
  }

  /**
   * Takes bytes: small ones with the next flush, others at once as a file. Gives their digest.
   * @param durable They are on the disk before the next flush commits.
   */
  putBytes(bytes: Uint8Array, durable = false): Digest {
    const digest = this.#hasher.digest(bytes);
    if (bytes.length < SMALL_BLOB) {
      if (!this.hasSmallBlob(digest)) this.#pending.set(digest, Buffer.from(bytes));
    } else if (!this.hasBlob(digest)) guard(this.directory, () => this.#blobs.putBytes(bytes, digest, durable));
    return digest;
  }

  /**
   * Takes the bytes of a file. False when they are not those of the digest (any more).
   * @param durable They are on the disk before the next flush commits.
   */
  putFile(path: string, digest: Digest, durable = false): boolean {
    return this.hasBlob(digest) || guard(this.directory, () => this.#blobs.putFile(path, digest, durable));
  }

  /** Takes the bytes of a large file while the event loop goes on. False, too, when the signal is aborted. */
  async putFileListening(path: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    return this.hasBlob(digest) || this.#blobs.putFileListening(path, digest, signal);
  }

  /** Verified bytes; undefined when they are missing or damaged. */
  readBlob(digest: Digest): Buffer | undefined {
    const small = this.#pending.get(digest) ?? this.#tables.blobs.get(digest);
    if (small === undefined) return this.#blobs.read(digest) ?? this.#chunks.read(digest);
    return this.#hasher.digest(small) === digest ? small : undefined;
  }

  /** Puts a blob at an absolute path, in place of what is there. False when it is missing or damaged. */
  restoreFile(digest: Digest, destination: string, mode: number): boolean {
    // What the place refuses is not the store's failure: whoever asked for it says so.
    const small = guard(this.directory, () => this.#pending.get(digest) ?? this.#tables.blobs.get(digest));
    if (small === undefined)
      return this.#blobs.restore(digest, destination, mode) || this.#chunks.restore(digest, destination, mode);
    if (this.#hasher.digest(small) !== digest) return false;
    const temporary = temporaryBeside(destination);
    writeWhole(temporary, small, mode);
    renameSync(temporary, destination);
    return true;
  }

  /** What looks after the store: eviction, pins, what takes the space. */
  get upkeep(): Upkeep {
    return new Upkeep(this.#tables, this.#blobs, this.#chunks, this.#hasher, (digest) => this.readBlob(digest));
  }

  /**
   * Turns large superseded blob files into chunks that they share, oldest first. The lease is held.
   * @param limitBytes Bytes of files that this call may take. A larger one waits for a call that may.
   */
  compact(limitBytes: number): Compaction {
    const source = { tables: this.#tables, readBlob: (digest: Digest) => this.readBlob(digest) };
    return guard(this.directory, () => compact(source, this.#blobs, this.#chunks, limitBytes));
  }

  /** What `compact` would do, without a limit. */
  compactable(): CompactionPlan {
    const source = { tables: this.#tables, readBlob: (digest: Digest) => this.readBlob(digest) };
    const blobs = compactable(source, this.#blobs);
    return { blobs: blobs.length, before: blobs.reduce((sum, { size }) => sum + size, 0) };
  }

  meta(key: string): unknown {
    return this.#tables.meta.get(key);
  }

  /** Compare-and-set in `meta`: `change` sees what is there and gives what is to be there (undefined: nothing), or `keep`. */
  exchange<T>(key: string, change: (now: T | undefined) => { readonly set: T | undefined } | "keep"): boolean {
    this.requireWritable();
    const { root, meta } = this.#tables;
    const done = guard(this.directory, () =>
      root.transactionSync(() => {
        const decided = change(meta.get(key) as T | undefined);
        if (decided === "keep") return false;
        if (decided.set === undefined) meta.removeSync(key);
        else meta.putSync(key, decided.set);
        return true;
      }),
    );
    // Whoever has just got the lease sees what its last holder committed.
    freshReads(root);
    return done;
  }

  /** Tells those who follow the events that there are new ones: they watch this file. */
  notify(): void {
    writeOwnFile(join(this.directory, NOTIFY), `${this.#tables.meta.get("seq")}\n`);
  }

  /** Closes it. What is queued and not flushed is lost. */
  async close(): Promise<void> {
    await this.#tables.root.close();
  }

  #transact<T>(act: (writer: Writer) => T): T {
    this.requireWritable();
    const { root, blobs } = this.#tables;
    const result = guard(this.directory, () => {
      this.#blobs.sync();
      let advanced = false;
      const acted = root.transactionSync(() => {
        this.#bump();
        const writer = new Writer(this.#tables, this.#hasher);
        for (const [digest, bytes] of this.#pending) blobs.putSync(digest, bytes);
        for (const commit of this.#queue) writer.write(commit);
        const given = act(writer);
        writer.end();
        advanced = writer.advanced;
        return given;
      });
      freshReads(root);
      if (advanced) this.notify();
      return acted;
    });
    this.#queue = [];
    this.#entries.clear();
    this.#pending.clear();
    return result;
  }

  /**
   * The no-op path reads no LMDB: it trusts a snapshot that carries this text. So every commit changes it, within its
   * transaction: whoever holds the only write transaction and sees this text knows that all before it is committed.
   */
  #bump(): void {
    // Loaded here: who only looks does without.
    const { randomBytes } = process.getBuiltinModule("node:crypto");
    writeOwnFile(join(this.directory, "generation"), `${Date.now().toString(36)}-${randomBytes(6).toString("hex")}\n`);
  }
}
