import { renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { readJson } from "../content/read-json.ts";
import type { GraphOrigin } from "../graph/cached.ts";
import { type PackedBefore, type PackedTasks, packTasks, unpackTasks } from "../graph/packed/packed-tasks.ts";
import { readOwnFile, writeOwnParts } from "../host/files/own-files.ts";
import type { ToolIdentity } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import type { EnvSource, Graph, GraphConfig, ParamValue } from "../model/graph.ts";
import { type FreshNames, FreshTable } from "./fresh-table.ts";

/** What a good run leaves about its tasks: enough to see that one is fresh without describing it again. */
export interface FreshTasks {
  /** Digests of the graph's sets; null: none was needed. */
  readonly sets: readonly (Digest | null)[];
  readonly tools: Readonly<Record<string, ToolIdentity>>;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** In the order of the graph, each after those that it depends on. */
  readonly tasks: FreshTable;
  readonly config: Pick<GraphConfig, "jobs">;
}

/**
 * One packed file beside the store that holds all a no-op run needs, so that it opens no LMDB and evaluates no
 * TypeScript. A cache: it may be thrown away at any time, and anything odd about it makes it unread.
 *
 *     "INCSNP19" │ u32 CRC-32 of what follows │ u32 length │ header (JSON) │ sections, each 8-byte aligned
 *
 * The number in it is raised with every change of what a snapshot holds.
 */
const MAGIC = "INCSNP19";
const LENGTH_AT = 12;
const HEADER_AT = 16;
const SECTIONS = ["index", "graph", "origin", "fresh", "tasks", "checks"] as const;
type SectionName = (typeof SECTIONS)[number];

export interface SnapshotHeader {
  /** Version of inc that wrote it: another one does not read it. */
  readonly inc: string;
  readonly workspace: string;
  readonly manifest: string;
  /** See `machine`. */
  readonly machine: string;
  /** The store's generation it belongs to: any later commit makes its selections void. */
  readonly generation: string;
  /** Versions behind this place in the store's sequence are not known to the index as noted. */
  readonly seq: number;
  /** True when the ledger held nothing but what tasks of the graph make. */
  readonly ownsAll: boolean;
  /** Paths of what decides which files git ignores, as the index names them; empty: nothing asked for that. */
  readonly git: readonly string[];
  /** Hexadecimal; values that may be secrets are compared by salted digest. */
  readonly salt: string;
  readonly selections: readonly Selection[];
  /** Environment variables (see `envInSnapshot`); null: not set. */
  readonly env: readonly (readonly [name: string, digest: string | null])[];
}

/** What was found fresh: a set of tasks as it was asked for, with all that has to be unchanged for it to be fresh. */
export interface Selection {
  /** Task names and `--param`s as given on the command line. */
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  readonly fresh: number;
  /** Milliseconds that the results took when they were made. */
  readonly saved: number;
  /** Absolute paths that must not exist: candidates that a tool's look-up passed over, outputs that are left in the shared cache. */
  readonly absent: readonly string[];
  /** Present when outputs are left in the shared cache: the settings by which they may be (see `sharingDigest`). */
  readonly sharing?: string;
  /** Range in the section `checks`: ids of index records that have to match. */
  readonly from: number;
  readonly to: number;
}

export interface Snapshot {
  readonly header: SnapshotHeader;
  readonly index: Uint8Array;
  readonly checks: Uint32Array;
  graph(): Graph;
  /** The tasks of the graph as they are stored. */
  packed(): PackedBefore;
  /** The graph lacks what is not stored: it says what tasks there are, and nothing may be run by it. */
  readonly isPartial: boolean;
  origin(): GraphOrigin;
  fresh(): FreshTasks | null;
  /** The encoded graph, to be written again as it is. */
  readonly graphBytes: Uint8Array;
}

/** Reads a snapshot; undefined when there is none, or none that this version of inc wrote whole. */
export function readSnapshot(path: string, version: string): Snapshot | undefined {
  let bytes: Buffer;
  try {
    bytes = readOwnFile(path);
    return decode(bytes, version);
  } catch {
    return undefined;
  }
}

function decode(bytes: Buffer, version: string): Snapshot | undefined {
  if (bytes.toString("latin1", 0, 8) !== MAGIC) return undefined;
  // A flipped bit in a digest would be a trusted wrong identity.
  if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(LENGTH_AT))) return undefined;
  const headerLength = bytes.readUInt32LE(LENGTH_AT);
  const { header, isPartial, sections } = readJson(bytes.toString("utf8", HEADER_AT, HEADER_AT + headerLength)) as {
    header: SnapshotHeader;
    isPartial: boolean;
    sections: Record<SectionName, { offset: number; length: number }>;
  };
  if (header.inc !== version) return undefined;
  const start = align(HEADER_AT + headerLength);
  const section = (name: SectionName): Buffer => {
    const { offset, length } = sections[name];
    if (start + offset + length > bytes.length) throw new RangeError(`truncated section ${name}`);
    return bytes.subarray(start + offset, start + offset + length);
  };
  // The checksum and the version vouch for its form: this very inc wrote it.
  const parse = <T>(name: SectionName): T => readJson(section(name).toString("utf8")) as T;
  const checks = section("checks").slice();
  let graph: { readonly whole: Graph; readonly packed: PackedTasks } | undefined;
  const readGraph = (): NonNullable<typeof graph> => {
    graph ??= unpackGraph(parse<PackedGraph>("graph"));
    return graph;
  };
  return {
    header,
    index: section("index"),
    checks: new Uint32Array(checks.buffer, checks.byteOffset, checks.byteLength / 4),
    graph: () => readGraph().whole,
    packed: () => ({ tasks: readGraph().whole.tasks, packed: readGraph().packed }),
    isPartial,
    origin: () => parse<GraphOrigin>("origin"),
    fresh() {
      const stored = parse<StoredFresh | null>("fresh");
      return stored && { ...stored, tasks: new FreshTable(stored.tasks, section("tasks")) };
    },
    graphBytes: section("graph"),
  };
}

/** What `writeSnapshot` packs. */
export interface SnapshotContent {
  readonly header: SnapshotHeader;
  readonly index: Uint8Array;
  readonly checks: Uint32Array;
  /** Encoded already when it was read from a snapshot. */
  readonly graph: Graph | Uint8Array;
  /** Most of the graph's tasks as they were packed before. */
  readonly packed?: PackedBefore | undefined;
  readonly origin: GraphOrigin;
  readonly fresh: FreshTasks | null;
}

/** Tells one snapshot of a store from all others; undefined: there is none. */
export function snapshotStamp(directory: string): string | undefined {
  const stat = statSync(join(directory, "snapshot"), { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

/** Writes to a temporary name and renames: a reader sees the old one or the new one. */
export function writeSnapshot(path: string, content: SnapshotContent): void {
  const { graph, fresh } = content;
  const stored = graph instanceof Uint8Array ? graph : withoutSecrets(graph);
  const parts: Record<SectionName, Uint8Array> = {
    index: content.index,
    graph: stored instanceof Uint8Array ? stored : Buffer.from(JSON.stringify(packGraph(stored, content.packed))),
    origin: Buffer.from(JSON.stringify(content.origin)),
    fresh: Buffer.from(JSON.stringify(fresh && ({ ...fresh, tasks: fresh.tasks.names } satisfies StoredFresh))),
    tasks: fresh?.tasks.bytes ?? new Uint8Array(),
    checks: new Uint8Array(content.checks.buffer, content.checks.byteOffset, content.checks.byteLength),
  };
  const sections: Record<string, { offset: number; length: number }> = {};
  let offset = 0;
  for (const name of SECTIONS) {
    sections[name] = { offset, length: parts[name].byteLength };
    offset = align(offset + parts[name].byteLength);
  }
  const header = Buffer.from(JSON.stringify({ header: content.header, isPartial: stored !== graph, sections }));
  const front = Buffer.alloc(align(HEADER_AT + header.length));
  front.write(MAGIC, "latin1");
  front.writeUInt32LE(header.length, LENGTH_AT);
  header.copy(front, HEADER_AT);
  // Not put together in memory first: an index of 100,000 files is 11 MB.
  const body = SECTIONS.flatMap((name) => [parts[name], paddingOf(parts[name])]);
  front.writeUInt32LE(
    body.reduce((sum, part) => crc32(part, sum), crc32(front.subarray(LENGTH_AT))),
    8,
  );
  const temporary = `${path}.${process.pid}`;
  try {
    writeOwnParts(temporary, [front, ...body]);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

type StoredFresh = Omit<FreshTasks, "tasks"> & { readonly tasks: FreshNames };

type PackedGraph = Omit<Graph, "tasks"> & { readonly tasks: PackedTasks };

function packGraph(graph: Graph, before: PackedBefore | undefined): PackedGraph {
  return { ...graph, tasks: packTasks(graph.tasks, before) };
}

function unpackGraph(stored: PackedGraph): { readonly whole: Graph; readonly packed: PackedTasks } {
  return { whole: { ...stored, tasks: unpackTasks(stored.tasks) }, packed: stored.tasks };
}

/** A default of a secret is one too (a manifest may ask a keyring for it), and no secret is stored. */
function withoutSecrets(graph: Graph): Graph {
  if (!graph.envs.some(hasSecretDefault)) return graph;
  return { ...graph, envs: graph.envs.map((env) => (hasSecretDefault(env) ? { ...env, default: "" } : env)) };
}

function hasSecretDefault({ secret, default: value }: EnvSource): boolean {
  return secret && value !== undefined && value !== "";
}

/** What brings the next section to its place. */
function paddingOf({ length }: Uint8Array): Uint8Array {
  return new Uint8Array(align(length) - length);
}

function align(offset: number): number {
  return (offset + 7) & ~7;
}
