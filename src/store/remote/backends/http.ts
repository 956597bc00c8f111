import { defined } from "../../../model/defined.ts";
import type { Digest } from "../../../model/digest.ts";
import { type Backend, type Incoming, type Outgoing, pathInRemote, type RemoteName } from "./backend.ts";
import { bodyOf, discard, type HttpClient, isAbsent, lengthOf, troubleOf, wasCutOff } from "./http-client.ts";

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
    const isResumable = status === 206 || response.headers["accept-ranges"] === "bytes";
    return { bytes: bodyOf(response, skip), isResumable, ...defined({ size }) };
  }

  async put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    try {
      await this.#put(name, content, replaces, signal);
    } catch (error) {
      // A server that refuses by the condition may close the connection while the object is still on its way: its answer is lost then.
      if (replaces || !wasCutOff(error) || !(await this.#has(name, signal))) throw error;
    }
  }

  async missing(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Digest[]> {
    const isThere = await Promise.all(digests.map((digest) => this.#has({ kind: "blob", digest }, signal)));
    return digests.filter((_, i) => !isThere[i]);
  }

  async #put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
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

  async #has(name: RemoteName, signal: AbortSignal): Promise<boolean> {
    const { status, response } = await this.#client.ask({ method: "HEAD", url: this.urlOf(name), headers: {} }, signal);
    response.resume();
    if (isAbsent(status)) return false;
    if (status === 200) return true;
    throw troubleOf(status, response);
  }

  close(): void {
    this.#client.close();
  }
}
