import { join } from "node:path";
import type { FileReader, Hasher } from "../host/files/host.ts";
import { writeOwnFile } from "../host/files/own-files.ts";
import { randomHex } from "../host/random.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Fingerprint } from "../model/digest.ts";
import type { Entry, Owned, Version } from "../model/entry.ts";
import { Blobs } from "./blobs/blobs.ts";
import { isStored } from "./blobs/stored.ts";
import { guard } from "./errors.ts";
import { readGeneration } from "./generation.ts";
import { History } from "./history.ts";
import { keyOf, taskKey } from "./keys.ts";
import { GENERATION_SLOT, lastSeq, type MetaSlot, readMeta, writeMeta } from "./meta.ts";
import { type Publication, type Published, publish } from "./publish.ts";
import { freshReads, type Tables } from "./schema.ts";
import { transact } from "./transact.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { type Commit, Writer } from "./writer.ts";

/** Written after every commit that appended versions. */
export const NOTIFY_FILE = "notify";

/** What a store is opened with beside its tables. */
export interface StoreOptions {
  readonly directory: string;
  readonly salt: Uint8Array;
  readonly files: FileReader;
  readonly hasher: Hasher;
  readonly warnings: readonly Diagnostic[];
  /** Why nothing can be written. */
  readonly readOnly?: Diagnostic;
}

/**
 * The store of one workspace. Reads are single and synchronous: no read transaction lives across an await. Writes are
 * queued by `commit` and become visible to others, all at once, with `flush`; this process sees its own entries and blobs
 * before.
 */
export class Store {
  /** Absolute. */
  readonly directory: string;
  /** 32 random bytes that secrets are digested with. */
  readonly salt: Uint8Array;
  readonly warnings: readonly Diagnostic[];
  /** What digests bytes here. */
  readonly hasher: Hasher;
  /** Versions, records and runs, as they were committed. */
  readonly history: History;
  /** Bytes by their digest. */
  readonly blobs: Blobs;
  readonly #readOnly: Diagnostic | undefined;
  readonly #tables: Tables;
  readonly #entries = new Map<string, Entry>();
  /** Sets of found paths that are queued, newest first, by their static fingerprint. */
  readonly #found = new Map<Fingerprint, readonly (readonly string[])[]>();
  #queue: Commit[] = [];

  constructor(tables: Tables, options: StoreOptions) {
    const { directory, salt, files, hasher, warnings, readOnly } = options;
    this.#tables = tables;
    this.directory = directory;
    this.salt = salt;
    this.warnings = warnings;
    this.hasher = hasher;
    this.#readOnly = readOnly;
    this.history = new History(tables, hasher);
    this.blobs = new Blobs({ tables, directory, files, hasher, readOnly: readOnly !== undefined });
  }

  get isWritable(): boolean {
    return this.#readOnly === undefined;
  }

  /** Throws a DiagnosticError where the store can only be read. */
  requireWritable(): void {
    if (this.#readOnly !== undefined) throw new DiagnosticError(this.#readOnly);
  }

  /** Names the store that places in the sequence belong to: one that was begun anew has another epoch. */
  get epoch(): string {
    return this.hasher.digest(`epoch ${Buffer.from(this.salt).toString("hex")}`).slice(0, 12);
  }

  /**
   * Text that changes before any commit does: what was read under another one may be old. Empty while the file that holds it
   * and the database disagree, because a commit was cut off or one of them was replaced.
   */
  get generation(): string {
    const text = readGeneration(this.directory);
    return readMeta(this.#tables, GENERATION_SLOT) === text ? text : "";
  }

  /** The generation as long as something holds that others may commit against; undefined once it does not. */
  generationWhile(holds: () => boolean): string | undefined {
    return transact(this.#tables, this.directory, () => (holds() ? this.generation : undefined));
  }

  /** From here on reads see what any process has committed by now. */
  refresh(): void {
    freshReads(this.#tables.root);
  }

  commit(commit: Commit): void {
    this.#queue.push(commit);
    const { entry, found } = commit;
    if (entry !== undefined) this.#entries.set(entry.fingerprint, entry);
    if (found !== undefined) this.#found.set(found.static, [found.paths, ...(this.#found.get(found.static) ?? [])]);
  }

  /** Writes all that is queued in one transaction. Throws a DiagnosticError when the disk does not take it. */
  flush(): void {
    if (this.#queue.length > 0 || this.blobs.hasPending) this.#transact(() => {});
  }

  /** Publishes a version, if the one that is expected is the latest. What is queued is committed with it. */
  publish(publication: Publication): Published {
    return this.#transact((writer) =>
      publish(publication, this.history, writer, (identity) => isStored(this.blobs, identity)),
    );
  }

  entry(fingerprint: Fingerprint): Entry | undefined {
    return this.#entries.get(fingerprint) ?? this.#tables.entries.get(fingerprint);
  }

  /** Sets of found paths under a static fingerprint, newest first. */
  foundSets(statically: Fingerprint): readonly (readonly string[])[] {
    return [...(this.#found.get(statically) ?? []), ...(this.#tables.found.get(statically) ?? [])];
  }

  /** Milliseconds of a task's latest success. */
  duration(manifest: string, task: string): number | undefined {
    return this.#tables.durations.get(taskKey(this.hasher, manifest, task));
  }

  owned(path: string): Owned | undefined {
    return this.#tables.owned.get(keyOf(this.hasher, path));
  }

  allOwned(): Owned[] {
    return [...this.#tables.owned.getRange()].map(({ value }) => value);
  }

  /** The latest versions of several names at one moment; names without versions are left out. */
  latestOf(names: readonly string[]): Version[] {
    this.refresh();
    return names.flatMap((name) => this.history.latest(name) ?? []);
  }

  /** Eviction, compaction, pins, usage, checks. */
  get upkeep(): Upkeep {
    return new Upkeep({ tables: this.#tables, blobs: this.blobs, hasher: this.hasher, directory: this.directory });
  }

  /** A value in `meta`; undefined: absent. */
  meta<T>(slot: MetaSlot<T>): T | undefined {
    return readMeta(this.#tables, slot);
  }

  /**
   * Compare-and-set in `meta`: `change` sees the value and gives the next one (undefined: none), or leaves it. True when it
   * was set.
   */
  exchange<T>(slot: MetaSlot<T>, change: (now: T | undefined) => { readonly set: T | undefined } | "leave"): boolean {
    this.requireWritable();
    return transact(this.#tables, this.directory, () => {
      const decided = change(readMeta(this.#tables, slot));
      if (decided === "leave") return false;
      writeMeta(this.#tables, slot, decided.set);
      return true;
    });
  }

  /** Wakes the processes that follow the events: they watch this file. */
  notify(): void {
    writeOwnFile(join(this.directory, NOTIFY_FILE), `${lastSeq(this.#tables)}\n`);
  }

  /** Closes it. What is queued and not flushed is lost. */
  async close(): Promise<void> {
    await this.#tables.root.close();
  }

  #transact<T>(act: (writer: Writer) => T): T {
    this.requireWritable();
    const result = guard(this.directory, () => {
      this.blobs.sync();
      let advanced = false;
      const acted = transact(this.#tables, this.directory, () => {
        this.#bumpGeneration();
        const writer = new Writer(this.#tables, this.hasher);
        this.blobs.writePending();
        for (const commit of this.#queue) writer.write(commit);
        const given = act(writer);
        writer.end();
        advanced = writer.advanced;
        return given;
      });
      if (advanced) this.notify();
      return acted;
    });
    this.#queue = [];
    this.#entries.clear();
    this.#found.clear();
    this.blobs.committed();
    return result;
  }

  /**
   * The no-op path reads no LMDB: it trusts a snapshot that carries this text. So every commit changes the text, within its
   * transaction: a process that holds the only write transaction and sees this text knows that all before it is committed.
   */
  #bumpGeneration(): void {
    const text = `${Date.now().toString(36)}-${randomHex(6)}\n`;
    writeOwnFile(join(this.directory, "generation"), text);
    writeMeta(this.#tables, GENERATION_SLOT, text);
  }
}
