import {
  directoryInRemote,
  type Inventory,
  nameInRemote,
  RemoteError,
  type StoredName,
  type StoredObject,
} from "./backend.ts";
import type { HttpBackend } from "./http.ts";
import { discard, type HttpClient, isAbsent, textOf, troubleOf } from "./http-client.ts";
import { ANSWER, insisting, within } from "./patience.ts";
import type { S3Settings } from "./s3-settings.ts";

/** Bytes of a page of at most 1,000 keys. */
const LONGEST_PAGE = 16 * 1024 * 1024;

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Lists a bucket page by page (ListObjectsV2), and removes objects one by one. */
export class S3Inventory implements Inventory {
  readonly #client: HttpClient;
  readonly #http: HttpBackend;
  readonly #settings: S3Settings;

  constructor(client: HttpClient, http: HttpBackend, settings: S3Settings) {
    this.#client = client;
    this.#http = http;
    this.#settings = settings;
  }

  async *list(kind: StoredName["kind"], signal: AbortSignal): AsyncIterable<StoredObject> {
    const { prefix } = this.#settings;
    let token: string | undefined;
    do {
      const next = token;
      const page = await insisting(() => this.#page(prefix + directoryInRemote(kind), next, signal), signal);
      for (const [, contents = ""] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const name = nameInRemote((element(contents, "Key") ?? "").slice(prefix.length));
        const size = Number(element(contents, "Size"));
        const written = Date.parse(element(contents, "LastModified") ?? "");
        // What is taken for old may be removed.
        if (Number.isNaN(size + written)) throw new RemoteError("down", "gave a listing without sizes or times");
        if (name !== undefined) yield { name, size, written };
      }
      token = element(page, "IsTruncated") === "true" ? element(page, "NextContinuationToken") : undefined;
    } while (token !== undefined);
  }

  async remove(name: StoredName, signal: AbortSignal): Promise<void> {
    const ask = { method: "DELETE", url: this.#http.urlOf(name), headers: {} } as const;
    const { status, response } = await this.#client.ask(ask, signal);
    discard(response);
    if (status !== 200 && status !== 204 && !isAbsent(status)) throw troubleOf(status, response);
  }

  async #page(prefix: string, token: string | undefined, signal: AbortSignal): Promise<string> {
    const url = new URL(this.#settings.bucket);
    url.searchParams.set("list-type", "2");
    url.searchParams.set("prefix", prefix);
    if (token !== undefined) url.searchParams.set("continuation-token", token);
    const { status, response } = await this.#client.ask({ method: "GET", url, headers: {} }, signal);
    if (status !== 200) {
      discard(response);
      throw troubleOf(status, response);
    }
    const text = await within(textOf(response, LONGEST_PAGE), ANSWER, signal);
    if (!text.includes("ListBucketResult")) throw new RemoteError("down", "answered with something that is no listing");
    return text;
  }
}

/** The text of the first element of that name. */
function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (all, decimal, hex, entity) =>
    decimal === undefined && hex === undefined
      ? (ENTITIES[entity as string] ?? all)
      : String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
