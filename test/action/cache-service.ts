import type { IncomingMessage, ServerResponse } from "node:http";
import { type Fault, FaultServer } from "../support/fault-server.ts";

/** What one job may do, as its token says it. */
export interface Rights {
  /** The ref that it saves for. */
  readonly writes: string;
  /** Refs whose entries it finds, the first one first. */
  readonly reads: readonly string[];
}

interface Entry {
  readonly ref: string;
  readonly key: string;
  readonly version: string;
  /** Path of its bytes. */
  readonly blob: string;
  isWhole: boolean;
}

interface Call {
  readonly key: string;
  readonly version: string;
  readonly restore_keys?: readonly string[];
  readonly size_bytes?: string | number;
}

const SERVICE = "/twirp/github.actions.results.api.v1.CacheService/";

/**
 * A double of the cache of GitHub Actions: its service (version 2), and the storage behind signed addresses. Entries never
 * change; a job finds those of its own ref and of its base, by key or else by prefix, newest first.
 */
export class CacheService {
  readonly entries: Entry[] = [];
  readonly #server: FaultServer;
  /** Answers in place of the service. */
  fault: Fault = () => false;

  private constructor(server: FaultServer) {
    this.#server = server;
  }

  static async start(): Promise<CacheService> {
    const server = await FaultServer.start();
    const service = new CacheService(server);
    server.fault = (request, response, stored) => service.#answer(request, response, stored);
    return service;
  }

  get url(): string {
    return this.#server.url;
  }

  /** Requests, as `METHOD PATH`. */
  get requests(): string[] {
    return this.#server.requests;
  }

  /** The bytes of an entry's archive. */
  archive({ blob }: Entry): Buffer {
    return this.#server.objects.get(blob) ?? Buffer.alloc(0);
  }

  spoil({ blob }: Entry, bytes: Buffer): void {
    this.#server.objects.set(blob, bytes);
  }

  static token(rights: Rights): string {
    return Buffer.from(JSON.stringify(rights)).toString("base64url");
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse, stored: Buffer | undefined): boolean {
    if (this.fault(request, response, stored)) return true;
    const path = request.url ?? "";
    if (!path.startsWith(SERVICE)) return isStorage(request, response);
    void this.#call(path.slice(SERVICE.length), request, response);
    return true;
  }

  async #call(method: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const call = JSON.parse(Buffer.concat(pieces).toString()) as Call;
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    const rights = JSON.parse(Buffer.from(token, "base64url").toString()) as Rights;
    const answer = { CreateCacheEntry: create, FinalizeCacheEntryUpload: finish, GetCacheEntryDownloadURL: find }[
      method
    ];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer === undefined ? { ok: false } : answer(this, call, rights)));
  }
}

/** The storage takes a whole object at once; the query is its signature. */
function isStorage(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === "PUT" && request.headers["x-ms-blob-type"] !== "BlockBlob") {
    response.writeHead(400).end();
    return true;
  }
  return false;
}

function create(service: CacheService, { key, version }: Call, { writes: ref }: Rights): object {
  const isTaken = service.entries.some((entry) => entry.ref === ref && entry.key === key && entry.version === version);
  if (isTaken) return { ok: false };
  const blob = `/storage/${service.entries.length}?sig=secret`;
  service.entries.push({ ref, key, version, blob, isWhole: false });
  return { ok: true, signed_upload_url: new URL(blob, service.url).href };
}

function finish(service: CacheService, { key, version, size_bytes: size }: Call, { writes: ref }: Rights): object {
  const entry = service.entries.find((found) => found.ref === ref && found.key === key && found.version === version);
  if (entry === undefined || service.archive(entry).length !== Number(size)) return { ok: false };
  entry.isWhole = true;
  return { ok: true, entry_id: "1" };
}

function find(service: CacheService, { key, version, restore_keys: prefixes = [] }: Call, { reads }: Rights): object {
  const newest = service.entries.filter((entry) => entry.isWhole && entry.version === version).reverse();
  for (const ref of reads) {
    const own = newest.filter((entry) => entry.ref === ref);
    const found =
      own.find((entry) => entry.key === key) ??
      prefixes.map((prefix) => own.find((entry) => entry.key.startsWith(prefix))).find((entry) => entry !== undefined);
    if (found === undefined) continue;
    return { ok: true, signed_download_url: new URL(found.blob, service.url).href, matched_key: found.key };
  }
  return { ok: false };
}
