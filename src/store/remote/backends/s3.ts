import { AwsV4Signer } from "aws4fetch";
import type { Digest } from "../../../model/digest.ts";
import { type Backend, type Incoming, type Outgoing, RemoteError, type RemoteName } from "./backend.ts";
import { HttpBackend } from "./http.ts";
import { type Answer, type Ask, discard, type Headers, HttpClient, textOf, troubleOf } from "./http-client.ts";
import { S3Inventory } from "./s3-inventory.ts";
import { type S3Settings, s3Settings } from "./s3-settings.ts";

/** The parts of an upload whose length is not known beforehand, in bytes. No part but the last may be below 5 MiB. */
const PART = 8 * 1024 * 1024;
/** The longest object that one request may carry, and the most parts of an upload. */
const LONGEST_PUT = 5 * 1024 ** 3;
const MOST_PARTS = 10_000;
/** Bytes of an answer that says how an upload goes. */
const LONGEST_REPLY = 65_536;

export function openS3(address: string, url: URL): Backend {
  const settings = s3Settings(url, process.env);
  const client = new HttpClient(settings.root.protocol, (ask) => signed(ask, settings));
  const http = new HttpBackend(address, settings.root, client);
  return new S3Backend(http, client, new S3Inventory(client, http, settings));
}

/**
 * A bucket of S3 or of a server that follows it. Objects are put under a condition where they are not replaced: of several
 * writers the first one wins. What is longer than a part and of unknown length goes up in parts, and is not there before the last.
 */
class S3Backend implements Backend {
  readonly #http: HttpBackend;
  readonly #client: HttpClient;
  readonly inventory: S3Inventory;

  constructor(http: HttpBackend, client: HttpClient, inventory: S3Inventory) {
    this.#http = http;
    this.#client = client;
    this.inventory = inventory;
  }

  get address(): string {
    return this.#http.address;
  }

  get(name: RemoteName, from: number, signal: AbortSignal): Promise<Incoming | undefined> {
    return this.#http.get(name, from, signal);
  }

  missing(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Digest[]> {
    return this.#http.missing(digests, signal);
  }

  async put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    const { size } = content;
    if (size !== undefined && size <= LONGEST_PUT) return this.#http.put(name, content, replaces, signal);
    const parts = inParts(content.bytes(), Math.max(PART, Math.ceil((size ?? 0) / MOST_PARTS)));
    const first = await parts.next();
    const second = first.done === true ? first : await parts.next();
    if (second.done === true) return this.#http.put(name, whole(first.value ?? Buffer.alloc(0)), replaces, signal);
    const upload = new Upload(this.#client, this.#http.urlOf(name), signal);
    await upload.send([first.value as Buffer, second.value], parts, replaces);
  }

  close(): void {
    this.#client.close();
  }
}

/** An object that goes up in parts. */
class Upload {
  readonly #client: HttpClient;
  readonly #url: URL;
  readonly #signal: AbortSignal;
  #id = "";

  constructor(client: HttpClient, url: URL, signal: AbortSignal) {
    this.#client = client;
    this.#url = url;
    this.#signal = signal;
  }

  async send(begun: readonly Buffer[], rest: AsyncIterable<Buffer>, replaces: boolean): Promise<void> {
    const [, id] = /<UploadId>([^<]+)<\/UploadId>/.exec(await this.#reply("POST", "uploads", {})) ?? [];
    if (id === undefined) throw new RemoteError("down", "began no upload");
    this.#id = id;
    try {
      const tags: string[] = [];
      for (const part of begun) tags.push(await this.#part(tags.length + 1, part));
      for await (const part of rest) tags.push(await this.#part(tags.length + 1, part));
      await this.#complete(tags, replaces);
    } catch (error) {
      await this.#abandon();
      throw error;
    }
  }

  /** Gives the tag by which the server knows it. */
  async #part(number: number, bytes: Buffer): Promise<string> {
    const { response } = await this.#ask("PUT", `partNumber=${number}&uploadId=${this.#query}`, {}, bytes);
    discard(response);
    return String(response.headers.etag ?? "");
  }

  async #complete(tags: readonly string[], replaces: boolean): Promise<void> {
    const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join("");
    const body = Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
    const headers = { "content-type": "application/xml", ...(replaces ? {} : { "if-none-match": "*" }) };
    const reply = await this.#reply("POST", `uploadId=${this.#query}`, headers, body);
    // S3 begins to answer before it knows.
    const [, code] = /<Error>.*?<Code>([^<]+)<\/Code>/s.exec(reply) ?? [];
    if (code !== undefined && code !== "PreconditionFailed") throw new RemoteError("down", `answered ${code}`);
    if (code !== undefined) await this.#abandon();
  }

  /** Frees the parts that are there. */
  async #abandon(): Promise<void> {
    const signal = AbortSignal.timeout(3000);
    const url = this.#at(`uploadId=${this.#query}`);
    await this.#client.ask({ method: "DELETE", url, headers: {} }, signal).then(
      ({ response }) => discard(response),
      () => {},
    );
  }

  async #reply(method: "POST", query: string, headers: Headers, body?: Buffer): Promise<string> {
    const { response } = await this.#ask(method, query, headers, body);
    return textOf(response, LONGEST_REPLY);
  }

  async #ask(method: Ask["method"], query: string, headers: Headers, body: Buffer = Buffer.alloc(0)): Promise<Answer> {
    const ask = {
      method,
      url: this.#at(query),
      headers: { ...headers, "content-length": body.length },
      content: whole(body),
    };
    const answer = await this.#client.ask(ask, this.#signal);
    const { status, response } = answer;
    // Another writer was first: what it put is the same.
    if (status === 200 || status === 412) return answer;
    response.destroy();
    throw troubleOf(status, response);
  }

  get #query(): string {
    return encodeURIComponent(this.#id);
  }

  #at(query: string): URL {
    const url = new URL(this.#url);
    url.search = query;
    return url;
  }
}

async function signed({ method, url, headers }: Ask, { region, credentials }: S3Settings): Promise<Headers> {
  if (credentials === undefined) return headers;
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const signer = new AwsV4Signer({ method, url: url.href, headers: texts, service: "s3", region, ...credentials });
  return Object.fromEntries((await signer.sign()).headers.entries());
}

/** The same bytes in parts of one length, but for the last. */
async function* inParts(bytes: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Buffer, undefined> {
  let pieces: Uint8Array[] = [];
  let gathered = 0;
  for await (const piece of bytes) {
    let rest = piece;
    while (gathered + rest.length >= length) {
      const end = length - gathered;
      yield Buffer.concat([...pieces, rest.subarray(0, end)]);
      rest = rest.subarray(end);
      pieces = [];
      gathered = 0;
    }
    // A piece may be a view of memory that its source uses again.
    if (rest.length > 0) pieces.push(Buffer.from(rest));
    gathered += rest.length;
  }
  if (gathered > 0) yield Buffer.concat(pieces);
  return undefined;
}

function whole(bytes: Buffer): Outgoing {
  return {
    size: bytes.length,
    bytes: async function* () {
      if (bytes.length > 0) yield bytes;
    },
  };
}
