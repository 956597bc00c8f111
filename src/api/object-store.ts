import { graphOf } from "../access/graph.ts";
import { mergeFunctionOf } from "../access/merge-function.ts";
import type { CachedGraph } from "../graph/cached.ts";
import { findObject } from "../graph/objects.ts";
import { findManifest } from "../manifest/find.ts";
import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Version } from "../model/entry.ts";
import { objectName } from "../model/object-name.ts";
import {
  ConflictError,
  type ObjectStore,
  type ObjectVersion,
  type PutOptions,
  type SubscribeOptions,
} from "../model/object-store.ts";
import type { Result } from "../model/result.ts";
import { type OpenedStore, openStore } from "../store/open.ts";
import { compactAfterPut } from "../store/upkeep/collect.ts";
import { follow, parsePosition } from "../versions/follow.ts";
import { put } from "../versions/put/put.ts";
import { type Taken, takeBytes } from "../versions/put/take.ts";
import { Ledger } from "../workspace/ledger.ts";
import type { Open } from "../workspace/open-workspace.ts";
import { Workspace } from "../workspace/workspace.ts";

/** The result of `openStore` in the public API. The manifest with its policies is read once, on opening. */
export async function openObjects(directory: string): Promise<ObjectStore> {
  const { manifest, workspace: root } = orThrow(findManifest(directory, undefined));
  const workspace = new Workspace(root);
  const opened = orThrow(openStore(workspace.directory, workspace));
  try {
    workspace.salt = opened.store.salt;
    workspace.index.pin();
    const ledger = new Ledger(opened.store);
    const cached = orThrow(await graphOf({ workspace, ledger }, { manifest, params: {}, sources: false }));
    return new Objects(opened, { workspace, store: opened.store, ledger }, cached, manifest);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

class Objects implements ObjectStore {
  readonly #opened: OpenedStore;
  readonly #open: Open;
  readonly #cached: CachedGraph;
  readonly #manifest: string;
  readonly #closing = new AbortController();

  constructor(opened: OpenedStore, open: Open, cached: CachedGraph, manifest: string) {
    this.#opened = opened;
    this.#open = open;
    this.#cached = cached;
    this.#manifest = manifest;
  }

  async put(name: string, bytes: Uint8Array | string, options: PutOptions = {}): Promise<ObjectVersion> {
    const { workspace, store } = this.#open;
    const graph = { workspace, cached: this.#cached };
    const request = { manifest: this.#manifest, params: {} };
    const object = orThrow(findObject(this.#cached.graph, name));
    const merge = orThrow(await mergeFunctionOf(graph, request, object));
    const take = (): Taken => takeBytes(this.#open, typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    const again = (): Result<Taken> => ({ ok: true, value: take() });
    const before = store.history.latest(objectName("object", name))?.size ?? 0;
    const outcome = await put(store, {
      object,
      taken: take(),
      again,
      ...options,
      ...defined({ merge }),
    });
    await compactAfterPut(store, before);
    if (outcome.kind !== "conflict") return this.#stamp(outcome.version);
    const { message, code } = outcome.diagnostic;
    throw new ConflictError(message, code, outcome.latest === undefined ? undefined : this.#stamp(outcome.latest));
  }

  version(name: string, n?: number): ObjectVersion | undefined {
    const { store } = this.#opened;
    store.refresh();
    const { history } = store;
    const full = objectName("object", name);
    const version = n === undefined ? history.latest(full) : history.version(full, n);
    return version === undefined ? undefined : this.#stamp(version);
  }

  #stamp(version: Version): ObjectVersion {
    return { ...version, epoch: this.#opened.store.epoch };
  }

  read({ identity }: ObjectVersion): Uint8Array | undefined {
    return identity.type === "file" ? this.#opened.store.blobs.read(identity.digest) : undefined;
  }

  async *subscribe({ names, since, signal }: SubscribeOptions = {}): AsyncIterableIterator<ObjectVersion> {
    const wanted = names === undefined ? undefined : new Set(names.map((name) => objectName("object", name)));
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const position = since === undefined ? undefined : parsePosition(String(since));
    if (since !== undefined && position === undefined)
      throw new TypeError(`since is no place in the sequence: ${JSON.stringify(since)}`);
    const options = { signal: stop, ...defined({ since: position }) };
    for await (const version of follow(this.#opened.store, options))
      if (wanted?.has(version.name) !== false) yield version;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opened.close();
  }
}

function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new DiagnosticError(...result.diagnostics);
}
