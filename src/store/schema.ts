import { createRequire } from "node:module";
import type { Database, RootDatabase, RootDatabaseOptionsWithPath } from "lmdb";
import { OWN_FILE } from "../host/files/own-files.ts";
import type { SetNode } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import type { AttemptRecord, Confirmation, Entry, Owned, RunRecord, Version } from "../model/entry.ts";
import type { MergeKind } from "../model/graph.ts";

// The one file of its CommonJS build is loaded in half the time that its modules take: a question costs little else.
const { open } = loadLmdb();

/** Without the native part of its encoder, which is loaded in 3 ms: all values here are JSON or bytes. */
function loadLmdb(): typeof import("lmdb") {
  const name = "MSGPACKR_NATIVE_ACCELERATION_DISABLED";
  const before = process.env[name];
  process.env[name] = "true";
  const lmdb = createRequire(import.meta.url)("lmdb") as typeof import("lmdb");
  if (before === undefined) delete process.env[name];
  else process.env[name] = before;
  return lmdb;
}

/** Version of what is stored and how. Raised with every change that an older inc could not read. */
export const FORMAT = 5;

/** A blob in chunks. */
export interface ChunkList {
  /** Bytes of the whole. */
  readonly size: number;
  /** In order, each with the bytes that it takes in the store. */
  readonly chunks: readonly (readonly [chunk: Digest, stored: number])[];
}

/** How many versions a name has, and the number of the latest one that is no side version. */
export interface ObjectHead extends Partial<Declared> {
  readonly count: number;
  readonly latest?: number;
}

/** What the declaration of a published object says of all its versions: commands without a manifest go by it. */
export interface Declared {
  /** How many of its versions are never evicted, newest first. */
  readonly keep: number | "all";
  /** How its versions are merged, and so what its bytes are. */
  readonly merge?: MergeKind;
}

/**
 * The tables. Values are JSON, so that any later version and any person can read them; blobs are bytes.
 *
 *     meta      format, salt, lease, seq (the last place in the sequence of versions and records)
 *     entries   fingerprint → Entry
 *     found     static fingerprint → sets of found paths, newest first
 *     records   attempt id → AttemptRecord, or Confirmation of one
 *     attempts  [task, seq] → attempt id: the records of a task in order
 *     durations task → milliseconds of its latest success
 *     nodes     digest → SetNode
 *     code      digest of a part of a function's code → its text, for people
 *     owned     path → Owned: the ledger
 *     objects   name → ObjectHead;  versions  [name, n] → Version
 *     events    seq → [key of the name, n]: the versions in the order in which they came
 *     uses      [key of a name, seq] → record id: the attempts that used it, of inputs named one by one
 *     setUses   [label, seq] → [record id, digest of the root]: the same of sets
 *     pins      [key of a name, n] → milliseconds since the epoch when it was pinned
 *     runs      run id → RunRecord
 *     blobs     digest → bytes below SMALL_BLOB that were committed alone
 *     packed    digest, as bytes → its place in a pack: see `packs.ts`
 *     packs     id → a byte (0: as it is, 1: zstd), then small blobs, one after the other
 *     chunked   digest → ChunkList: superseded blobs from COMPACT_FROM up
 *     chunks    digest of a chunk → a byte (0: as it is, 1: zstd), then the chunk
 */
export interface Tables {
  readonly root: RootDatabase;
  readonly meta: Database<unknown, string>;
  readonly entries: Database<Entry, string>;
  readonly found: Database<readonly (readonly string[])[], string>;
  readonly records: Database<AttemptRecord | Confirmation, string>;
  readonly attempts: Database<string, [task: string, seq: number]>;
  readonly durations: Database<number, string>;
  readonly nodes: Database<SetNode, string>;
  /** Undefined in a store that can only be read and was made before there was this table. */
  readonly code: Database<string, string> | undefined;
  readonly owned: Database<Owned, string>;
  readonly objects: Database<ObjectHead, string>;
  readonly versions: Database<Version, [name: string, n: number]>;
  readonly events: Database<readonly [key: string, n: number], number>;
  readonly uses: Database<string, [key: string, seq: number]>;
  readonly setUses: Database<readonly [record: string, root: Digest], [label: string, seq: number]>;
  readonly pins: Database<number, [key: string, n: number]>;
  readonly runs: Database<RunRecord, string>;
  readonly blobs: Database<Buffer, string>;
  readonly packed: Database<Buffer, Buffer>;
  readonly packs: Database<Buffer, number>;
  readonly chunked: Database<ChunkList, string>;
  readonly chunks: Database<Buffer, string>;
}

/**
 * Addresses for the data file, in bytes. lmdb would begin with 128 KiB and keep every smaller map when it takes a larger one, so that
 * each page counts twice as memory of the process. A larger file gets a larger map.
 */
const MAPPED = 2 ** 32;

/**
 * Opens or creates the environment in a directory that exists. Damage kills the process: see `probe.ts`.
 * @param use `make`: no other process knows the new store yet, so its many small commits need not wait for the disk.
 */
export function openTables(directory: string, use: "read" | "write" | "make"): Tables {
  const options: RootDatabaseOptionsWithPath & { readonly permissionsMode: number } = {
    path: `${directory}/data.mdb`,
    maxDbs: 32,
    noSubdir: true,
    readOnly: use === "read",
    noSync: use === "make",
    mapSize: MAPPED,
    // Its types do not know it.
    permissionsMode: OWN_FILE,
  };
  const root = open(options);
  const table = <T>(name: string): Database<T, string> => root.openDB<T, string>({ name, encoding: "json" });
  return {
    root,
    meta: table("meta"),
    entries: table("entries"),
    found: table("found"),
    records: table("records"),
    attempts: root.openDB<string, [string, number]>({ name: "attempts", encoding: "json" }),
    durations: table("durations"),
    nodes: table("nodes"),
    code: table("code"),
    owned: table("owned"),
    objects: table("objects"),
    versions: root.openDB<Version, [string, number]>({ name: "versions", encoding: "json" }),
    events: root.openDB<readonly [string, number], number>({ name: "events", encoding: "json" }),
    uses: root.openDB<string, [string, number]>({ name: "uses", encoding: "json" }),
    setUses: root.openDB<readonly [string, Digest], [string, number]>({ name: "setUses", encoding: "json" }),
    pins: root.openDB<number, [string, number]>({ name: "pins", encoding: "json" }),
    runs: table("runs"),
    blobs: root.openDB<Buffer, string>({ name: "blobs", encoding: "binary" }),
    packed: root.openDB<Buffer, Buffer>({ name: "packed", encoding: "binary", keyEncoding: "binary" }),
    packs: root.openDB<Buffer, number>({ name: "packs", encoding: "binary" }),
    chunked: table("chunked"),
    chunks: root.openDB<Buffer, string>({ name: "chunks", encoding: "binary" }),
  };
}

/**
 * From here on reads see what is committed now. Without this they see one snapshot until the next timers run, however many
 * commits, this process's own included, came meanwhile: lmdb holds its read transaction for that long.
 */
export function freshReads(root: RootDatabase): void {
  (root as RootDatabase & { resetReadTxn(): void }).resetReadTxn();
}
