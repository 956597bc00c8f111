import { canonical } from "../fingerprint/canonical.ts";
import type { Hasher } from "../host/files/host.ts";
import { defined } from "../model/defined.ts";
import { type EnvValue, isForAll } from "../model/description.ts";
import type { AttemptRecord, Version } from "../model/entry.ts";
import type { Identity } from "../model/identity.ts";
import { parseName } from "../model/object-name.ts";
import { isStored } from "../store/blobs/stored.ts";
import { isDeferred } from "../store/deferred.ts";
import type { Store } from "../store/store.ts";
import {
  type LineageDocument,
  type LineageEdge,
  type LineageNode,
  type ObjectType,
  type RecordNode,
  type VersionNode,
  versionId,
} from "./document.ts";
import type { UsedInput } from "./inputs.ts";

/** How far a question goes. */
export interface Extent {
  /** So many attempts away from the roots; absent: as far as there is something. */
  readonly depth?: number;
  /** At most so many nodes; absent: all. */
  readonly limit?: number;
}

/** Collects a document: each node and each edge once, however many ways lead there. */
export class LineageBuilder {
  readonly #store: Store;
  readonly #limit: number;
  readonly #nodes = new Map<string, LineageNode>();
  readonly #edges = new Map<string, LineageEdge>();
  readonly #roots: string[] = [];

  constructor(store: Store, limit = Number.POSITIVE_INFINITY) {
    this.#store = store;
    this.#limit = limit;
  }

  /** True once the document has as many nodes as the limit allows. */
  get full(): boolean {
    return this.#nodes.size >= this.#limit;
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  root(version: Version): string {
    const id = this.version(version);
    if (!this.#roots.includes(id)) this.#roots.push(id);
    return id;
  }

  /** Gives the id of the version's node. */
  version(version: Version): string {
    const id = versionId(version.name, version.n);
    if (!this.#nodes.has(id)) this.#nodes.set(id, this.#describe(id, version));
    return id;
  }

  /** Adds the node of a used input: its version, or its state where that has no version. */
  input({ name, identity, version }: UsedInput): string {
    if (version !== undefined) return this.version(version);
    const digest = identity.type === "symlink" ? identity.text : identity.digest;
    const id = `${versionId(name, 0)}:${digest}`;
    if (!this.#nodes.has(id))
      this.#nodes.set(id, {
        kind: "version",
        id,
        name,
        n: 0,
        type: typeOf(name, "used"),
        identity,
        size: 0,
        cause: "used",
        time: 0,
        latest: false,
        ...this.#missing(identity, undefined),
      });
    return id;
  }

  record(record: AttemptRecord): string {
    if (!this.#nodes.has(record.id)) this.#nodes.set(record.id, describeRecord(record, this.#store.hasher));
    return record.id;
  }

  edge(edge: LineageEdge): void {
    this.#edges.set(
      `${edge.kind}\n${edge.from}\n${edge.to}\n${edge.kind === "used" ? `${edge.set ?? ""}\n${edge.element?.key ?? ""}` : ""}`,
      edge,
    );
  }

  /** Notes that the document leaves out what is beyond a node. */
  truncate(id: string): void {
    const node = this.#nodes.get(id);
    if (node !== undefined) this.#nodes.set(id, { ...node, truncated: true });
  }

  /** @param causes Names of what differs now from what the version was made of. */
  stale(id: string, causes: readonly string[]): void {
    const node = this.#nodes.get(id);
    if (node?.kind === "version") this.#nodes.set(id, { ...node, stale: causes });
  }

  document(direction: LineageDocument["direction"]): LineageDocument {
    return {
      format: 1,
      direction,
      roots: this.#roots,
      nodes: [...this.#nodes.values()],
      edges: [...this.#edges.values()],
    };
  }

  #describe(id: string, version: Version): VersionNode {
    const { name, n, identity, size, cause, time, run, message } = version;
    const type = typeOf(name, cause);
    const value = this.#valueOf(type, identity);
    const isData = type === "source" || type === "artifact" || type === "object";
    const maker = cause === "made" ? this.#store.history.originOf(version) : undefined;
    return {
      kind: "version",
      id,
      name,
      n,
      type,
      identity,
      size,
      cause,
      time,
      ...defined({ run }),
      ...(maker !== undefined && run !== undefined && maker.run !== run ? { cached: true } : {}),
      ...defined({ message, value }),
      latest: this.#store.history.latest(name)?.n === n,
      ...(isData ? this.#missing(identity, version) : {}),
    };
  }

  #missing(identity: Identity, version: Version | undefined): Pick<VersionNode, "evicted" | "deferred"> {
    const { blobs, history } = this.#store;
    if (isStored(blobs, identity)) return {};
    const made = version === undefined ? undefined : history.originOf(version);
    return isDeferred(made, (fingerprint) => this.#store.entry(fingerprint)) ? { deferred: true } : { evicted: true };
  }

  #valueOf(type: ObjectType, identity: Identity): string | undefined {
    if (type !== "param" && type !== "env" && type !== "tool") return undefined;
    return identity.type === "file" ? this.#store.blobs.read(identity.digest)?.toString("utf8").trimEnd() : undefined;
  }
}

function typeOf(name: string, cause: Version["cause"]): ObjectType {
  const { kind } = parseName(name);
  if (kind !== "path") return kind;
  return cause === "used" ? "source" : "artifact";
}

function describeRecord(record: AttemptRecord, hasher: Hasher): RecordNode {
  const { description, exit, signal, accepted, origin } = record;
  const { command, shell, platform, cwd, env, params, tools, function: called } = description;
  return {
    kind: "record",
    id: record.id,
    task: record.task,
    manifest: record.manifest,
    run: record.run,
    command,
    code: hasher.digest(canonical({ command, shell, cwd, ...defined({ function: called }) })),
    environment: hasher.digest(canonical({ env, platform })),
    shell,
    platform,
    cwd,
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, withoutSecret(value)])),
    params,
    tools,
    fingerprint: record.fingerprint,
    reason: record.reason.kind,
    executor: record.executor,
    host: record.host,
    started: record.started,
    duration: record.duration,
    outcome: record.outcome,
    ...(isForAll(description) ? { isForAll: true } : {}),
    ...defined({ exit, signal, accepted, origin, cluster: record.cluster, confirms: record.confirmed?.confirms }),
  };
}

function withoutSecret(value: EnvValue): RecordNode["env"][string] {
  return value.kind === "secret" ? { kind: "secret" } : value;
}
