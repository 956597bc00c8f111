import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FileReader, Hasher } from "../host/host.ts";
import type { SetNode } from "../model/description.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import type { AttemptRecord, Entry, Owned, RunRecord, Version } from "../model/entry.ts";
import { sameIdentity } from "../model/identity.ts";
import { BlobFiles, SMALL_BLOB, writeWhole } from "./blobs.ts";
import { guard } from "./errors.ts";
import type { Tables } from "./schema.ts";
import { temporaryBeside } from "./temporary.ts";

/** What is written together. Everything optional; arrays are empty when absent. */
export interface Commit {
  readonly entry?: Entry;
  readonly record?: AttemptRecord;
  /** A set of found paths under a static fingerprint. */
  readonly found?: { readonly static: Fingerprint; readonly paths: readonly string[] };
  readonly nodes?: readonly (readonly [Digest, SetNode])[];
  readonly owned?: readonly Owned[];
  /** Paths that inc no longer owns. */
  readonly disowned?: readonly string[];
  /** Appended where the identity differs from that name's latest. */
  readonly versions?: readonly Omit<Version, "n">[];
  readonly run?: RunRecord;
}

/** How many sets of found paths are kept under one static fingerprint. */
const FOUND_SETS = 16;

/** Longer keys than LMDB takes are digested. */
const LONGEST_KEY = 1000;

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
  readonly #tables: Tables;
  readonly #blobs: BlobFiles;
  readonly #hasher: Hasher;
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<Digest, Buffer>();
  #queue: Commit[] = [];
  #bumped = false;

  constructor(
    tables: Tables,
    options: {
      directory: string;
      salt: Uint8Array;
      files: FileReader;
      hasher: Hasher;
      warnings: readonly Diagnostic[];
    },
  ) {
    this.#tables = tables;
    this.directory = options.directory;
    this.salt = options.salt;
    this.warnings = options.warnings;
    this.#hasher = options.hasher;
    this.#blobs = new BlobFiles(options.directory, options.files, options.hasher);
  }

  /** Text that changes before any commit does: what was read under another one may be old. */
  get generation(): string {
    try {
      return readFileSync(join(this.directory, "generation"), "utf8");
    } catch {
      return "";
    }
  }

  commit(commit: Commit): void {
    this.#queue.push(commit);
    if (commit.entry !== undefined) this.#entries.set(commit.entry.fingerprint, commit.entry);
  }

  /** Writes all that is queued in one transaction. Throws a DiagnosticError when the disk does not take it. */
  flush(): void {
    if (this.#queue.length === 0 && this.#pending.size === 0) return;
    const queue = this.#queue;
    guard(this.directory, () => {
      this.#bump();
      this.#tables.root.transactionSync(() => {
        for (const [digest, bytes] of this.#pending) this.#tables.blobs.putSync(digest, bytes);
        for (const commit of queue) this.#write(commit);
      });
    });
    this.#queue = [];
    this.#entries.clear();
    this.#pending.clear();
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
    return this.#tables.records.get(id);
  }

  /** The latest attempts of a task, newest first. */
  records(manifest: string, task: string, limit: number): AttemptRecord[] {
    const prefix = this.#taskKey(manifest, task);
    const keys = this.#tables.attempts.getKeys({ start: `${prefix}/~`, end: `${prefix}/`, reverse: true, limit });
    return [...keys].flatMap((key) => this.#tables.records.get(key.slice(prefix.length + 1)) ?? []);
  }

  latestRecord(manifest: string, task: string): AttemptRecord | undefined {
    return this.records(manifest, task, 1)[0];
  }

  /** Milliseconds of the latest success. */
  duration(manifest: string, task: string): number | undefined {
    return this.#tables.durations.get(this.#taskKey(manifest, task));
  }

  allOwned(): Owned[] {
    return [...this.#tables.owned.getRange()].map(({ value }) => value);
  }

  /** Versions of a name, oldest first. */
  versions(name: string): Version[] {
    const key = this.#key(name);
    const range = { start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] } satisfies Record<string, [string, number]>;
    return [...this.#tables.versions.getRange(range)].map(({ value }) => value);
  }

  latestRun(): RunRecord | undefined {
    for (const { value } of this.#tables.runs.getRange({ reverse: true, limit: 1 })) return value;
    return undefined;
  }

  hasBlob(digest: Digest): boolean {
    return this.#pending.has(digest) || this.#tables.blobs.doesExist(digest) || this.#blobs.has(digest);
  }

  /** Takes bytes: small ones with the next flush, others at once as a file. Gives their digest. */
  putBytes(bytes: Uint8Array): Digest {
    const digest = this.#hasher.digest(bytes);
    if (this.hasBlob(digest)) return digest;
    if (bytes.length < SMALL_BLOB) this.#pending.set(digest, Buffer.from(bytes));
    else guard(this.directory, () => this.#blobs.putBytes(bytes, digest));
    return digest;
  }

  /** Takes the bytes of a file. False when they are not those of the digest (any more). */
  putFile(path: string, digest: Digest): boolean {
    return this.hasBlob(digest) || guard(this.directory, () => this.#blobs.putFile(path, digest));
  }

  /** Verified bytes; undefined when they are missing or damaged. */
  readBlob(digest: Digest): Buffer | undefined {
    const small = this.#pending.get(digest) ?? this.#tables.blobs.get(digest);
    if (small === undefined) return this.#blobs.read(digest);
    return this.#hasher.digest(small) === digest ? small : undefined;
  }

  /** Puts a blob at an absolute path, in place of what is there. False when it is missing or damaged. */
  restoreFile(digest: Digest, destination: string, mode: number): boolean {
    return guard(this.directory, () => {
      const small = this.#pending.get(digest) ?? this.#tables.blobs.get(digest);
      if (small === undefined) return this.#blobs.restore(digest, destination, mode);
      if (this.#hasher.digest(small) !== digest) return false;
      const temporary = temporaryBeside(destination);
      writeWhole(temporary, small, mode);
      renameSync(temporary, destination);
      return true;
    });
  }

  /** Bounds the blob files, when they have grown since they were last looked at. */
  collect(maxBytes: number): void {
    if (this.#blobs.size() > maxBytes) this.#blobs.collect(maxBytes * 0.9);
  }

  meta(key: string): unknown {
    return this.#tables.meta.get(key);
  }

  /** Compare-and-set in `meta`: `change` sees what is there and gives what is to be there (undefined: nothing), or `keep`. */
  exchange<T>(key: string, change: (now: T | undefined) => { readonly set: T | undefined } | "keep"): boolean {
    return guard(this.directory, () =>
      this.#tables.root.transactionSync(() => {
        const decided = change(this.#tables.meta.get(key) as T | undefined);
        if (decided === "keep") return false;
        if (decided.set === undefined) this.#tables.meta.removeSync(key);
        else this.#tables.meta.putSync(key, decided.set);
        return true;
      }),
    );
  }

  /** Closes it. What is queued and not flushed is lost. */
  async close(): Promise<void> {
    await this.#tables.root.close();
    rmSync(join(this.directory, "tmp"), { recursive: true, force: true });
  }

  /**
   * The no-op path reads no LMDB: it trusts a snapshot that carries this text. So it changes before the first commit of a
   * process; a later one of the same process needs no other, for nobody can have taken up the new text but that process.
   */
  #bump(): void {
    if (this.#bumped) return;
    this.#bumped = true;
    writeFileSync(join(this.directory, "generation"), `${Date.now().toString(36)}-${randomBytes(6).toString("hex")}\n`);
  }

  #write(commit: Commit): void {
    const { entries, owned, nodes, runs } = this.#tables;
    if (commit.entry !== undefined) entries.putSync(commit.entry.fingerprint, commit.entry);
    if (commit.record !== undefined) this.#writeRecord(commit.record);
    if (commit.found !== undefined) this.#writeFound(commit.found.static, commit.found.paths);
    for (const [digest, node] of commit.nodes ?? []) if (!nodes.doesExist(digest)) nodes.putSync(digest, node);
    for (const path of commit.disowned ?? []) owned.removeSync(this.#key(path));
    for (const own of commit.owned ?? []) owned.putSync(this.#key(own.path), own);
    for (const version of commit.versions ?? []) this.#appendVersion(version);
    if (commit.run !== undefined) runs.putSync(commit.run.id, commit.run);
  }

  #writeRecord(record: AttemptRecord): void {
    const task = this.#taskKey(record.manifest, record.task);
    this.#tables.records.putSync(record.id, record);
    this.#tables.attempts.putSync(`${task}/${record.id}`, "");
    if (record.outcome === "ok") this.#tables.durations.putSync(task, record.duration);
  }

  #writeFound(statically: Fingerprint, paths: readonly string[]): void {
    const text = JSON.stringify(paths);
    const others = (this.#tables.found.get(statically) ?? []).filter((set) => JSON.stringify(set) !== text);
    this.#tables.found.putSync(statically, [paths, ...others].slice(0, FOUND_SETS));
  }

  #appendVersion(version: Omit<Version, "n">): void {
    const key = this.#key(version.name);
    const head = this.#tables.objects.get(key) ?? { count: 0 };
    const edited = version.cause === "edited";
    if (!edited && sameIdentity(head.latest?.identity, version.identity)) return;
    const numbered: Version = { ...version, n: head.count + 1 };
    this.#tables.versions.putSync([key, numbered.n], numbered);
    const latest = edited ? head.latest : numbered;
    this.#tables.objects.putSync(key, { count: numbered.n, ...(latest === undefined ? {} : { latest }) });
  }

  #taskKey(manifest: string, task: string): string {
    return this.#hasher.digest(JSON.stringify([manifest, task])).slice(0, 32);
  }

  #key(name: string): string {
    return Buffer.byteLength(name) <= LONGEST_KEY ? name : this.#hasher.digest(name);
  }
}
