import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalListing } from "../../src/files/listing.ts";
import { fingerprintOf } from "../../src/fingerprint/fingerprint.ts";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Description } from "../../src/model/description.ts";
import type { Artifact } from "../../src/model/entry.ts";
import type { ListingEntry } from "../../src/model/identity.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";
import { openRemote, type Remote } from "../../src/store/remote/open-remote.ts";
import type { Fetched } from "../../src/store/remote/remote.ts";

/** Bytes that no tool can compress. */
export interface Payload {
  readonly name: string;
  readonly files: readonly Buffer[];
}

export const PAYLOADS: readonly { readonly name: string; readonly count: number; readonly size: number }[] = [
  { name: "1,000 × 4 KB", count: 1000, size: 4096 },
  { name: "1 × 500 MB", count: 1, size: 500_000_000 },
];

export function makePayload({ name, count, size }: (typeof PAYLOADS)[number]): Payload {
  return { name, files: Array.from({ length: count }, () => randomBytes(size)) };
}

/** A directory with the files of a payload, as a task's result in a store here. */
export class Transfers {
  readonly #payload: Payload;
  readonly #directory = mkdtempSync(join(tmpdir(), "inc-bench-transfers-"));
  readonly #result: Fetched;
  #source: OpenedStore;

  constructor(payload: Payload) {
    this.#payload = payload;
    this.#source = storeAt(join(this.#directory, "source"));
    const { blobs } = this.#source.store;
    const listing = payload.files.map((bytes, i): ListingEntry => {
      const path = String(i).padStart(6, "0");
      return { type: "file", path, digest: blobs.putBytes(bytes), executable: false, size: bytes.length };
    });
    const digest = blobs.putBytes(canonicalListing(listing));
    this.#source.store.flush();
    const size = payload.files.reduce((sum, { length }) => sum + length, 0);
    this.#result = resultOf({ name: "", path: "build", identity: { type: "directory", digest }, size });
  }

  /** Milliseconds from when the result is shared until the server has it. */
  async put(address: string): Promise<number> {
    const remote = await remoteAt(address);
    const began = performance.now();
    remote.sharing?.share({ ...this.#result, replaces: false, node: () => undefined }, this.#source.store.blobs);
    await remote.sharing?.drain(new AbortController().signal);
    const time = performance.now() - began;
    remote.close();
    return time;
  }

  /** Milliseconds until the result is in a new store, each byte verified. */
  async get(address: string): Promise<number> {
    const target = join(this.#directory, "target");
    const opened = storeAt(target);
    const remote = await remoteAt(address);
    const { fingerprint, outputs } = this.#result.entry;
    const began = performance.now();
    const found = await remote.lookup({ fingerprint }, opened.store.blobs, new AbortController().signal);
    opened.store.flush();
    const time = performance.now() - began;
    remote.close();
    const wrong = this.#payload.files.some((bytes) => !opened.store.blobs.has(hasher.digest(bytes)));
    await opened.close();
    rmSync(target, { recursive: true, force: true });
    if (wrong || found?.entry.outputs.length !== outputs.length) throw new Error("a result did not come back");
    return time;
  }

  async end(): Promise<void> {
    await this.#source.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function storeAt(directory: string): OpenedStore {
  const opened = openStore(directory, { files: realFiles, hasher });
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join());
  return opened.value;
}

async function remoteAt(address: string): Promise<Remote> {
  const warn = ({ message }: { readonly message: string }): void => console.error(message);
  const opened = await openRemote({ address, config: {}, warn, left: () => {} });
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join());
  return opened.value;
}

function resultOf(artifact: Artifact): Fetched {
  const description: Description = {
    format: 1,
    platform: "linux-x64",
    shell: "sh",
    command: ["make build"],
    cwd: ".",
    env: {},
    params: {},
    tools: {},
    files: {},
    sets: {},
    entries: [],
    outputs: [{ name: "", path: "build", type: "directory" }],
    depfiles: [],
  };
  const fingerprint = fingerprintOf(description, hasher);
  const id = "20260101T000000000-abcdef.000001";
  const common = { fingerprint, outputs: [artifact], duration: 600_000 };
  return {
    entry: { ...common, record: id },
    record: {
      ...common,
      id,
      run: id.slice(0, id.indexOf(".")),
      manifest: "pipeline.ts",
      task: "build",
      description,
      values: [],
      objects: {},
      outcome: "ok",
      exit: 0,
      host: "bench",
      executor: "local",
      started: Date.parse("2026-01-01T00:00:00Z"),
      reason: { kind: "new" },
      uncached: false,
    },
  };
}
