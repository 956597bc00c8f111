import { defined } from "../../../model/defined.ts";
import type { Digest } from "../../../model/digest.ts";
import { type Backend, type Incoming, type Outgoing, pathInRemote, type RemoteName } from "./backend.ts";
import { bodyOf, discard, type HttpClient, isAbsent, lengthOf, troubleOf } from "./http-client.ts";

/**
 * Any server that answers GET, HEAD and PUT on paths, such as nginx with `dav_methods PUT`. A put that is cut off leaves
 * nothing: its length does not fit, or its last chunk never comes. The server makes directories (`create_full_put_path`).
 */
export class HttpBackend implements Backend {
  readonly address: string;
  readonly #root: URL;
  readonly #client: HttpClient;

  /** @param root Ends with `/`. */
  constructor(address: string, root: URL, client: HttpClient) {
    this.address = address;
    this.#root = root;
    this.#client = client;
  }

  urlOf(name: RemoteName): URL {
    return new URL(pathInRemote(name), this.#root);
  }

  async get(name: RemoteName, from: number, signal: AbortSignal): Promise<Incoming | undefined> {
    const { status, response } = await this.#client.ask(
      { method: "GET", url: this.urlOf(name), headers: from > 0 ? { range: `bytes=${from}-` } : {} },
      signal,
    );
    if (status !== 200 && status !== 206) {
      discard(response);
      if (isAbsent(status)) return undefined;
      throw troubleOf(status, response);
    }
    const length = Number(response.headers["content-length"] ?? Number.NaN);
    // A server that knows no ranges sends everything.
    const skip = status === 206 ? 0 : from;
    const size = Number.isSafeInteger(length) ? Math.max(0, length - skip) : undefined;
    return { bytes: bodyOf(response, skip), ...defined({ size }) };
  }

  async put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    // The server may not know conditions: an object that is put twice is the same, or as good.
    const headers = { ...(replaces ? {} : { "if-none-match": "*" }), ...lengthOf(content) };
    const { status, response } = await this.#client.ask(
      { method: "PUT", url: this.urlOf(name), headers, content },
      signal,
    );
    const isTaken = (status >= 200 && status < 300) || (status === 412 && !replaces);
    // One that refuses early is not sent the rest.
    if (isTaken) discard(response);
    else response.destroy();
    if (isTaken) return;
    throw troubleOf(status, response);
  }

  async missing(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Digest[]> {
    const isMissing = await Promise.all(
      digests.map(async (digest) => {
        const url = this.urlOf({ kind: "blob", digest });
        const { status, response } = await this.#client.ask({ method: "HEAD", url, headers: {} }, signal);
        response.resume();
        if (isAbsent(status)) return true;
        if (status === 200) return false;
        throw troubleOf(status, response);
      }),
    );
    return digests.filter((_, i) => isMissing[i]);
  }

  close(): void {
    this.#client.close();
  }
}
