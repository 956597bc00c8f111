import { defined } from "../../../model/defined.ts";
import { type Incoming, type Outgoing, RemoteError } from "./backend.ts";
import { bodyOf, discard, type HttpClient, isAbsent, lengthOf, troubleOf, wasCutOff } from "./http-client.ts";

/** Objects of a server by their paths, with GET, HEAD and PUT. */
export class HttpObjects {
  readonly #root: URL;
  readonly #client: HttpClient;

  /** @param root Ends with `/`; paths are relative to it. */
  constructor(root: URL, client: HttpClient) {
    this.#root = root;
    this.#client = client;
  }

  urlOf(path: string): URL {
    return new URL(path, this.#root);
  }

  /** @param from How many bytes to leave out at the beginning. */
  async get(path: string, from: number, signal: AbortSignal): Promise<Incoming | undefined> {
    const { status, response } = await this.#client.ask(
      { method: "GET", url: this.urlOf(path), headers: from > 0 ? { range: `bytes=${from}-` } : {} },
      signal,
    );
    if (status !== 200 && status !== 206) {
      discard(response);
      if (isAbsent(status)) return undefined;
      throw troubleOf(status, response);
    }
    const { "content-encoding": encoding = "identity" } = response.headers;
    if (encoding !== "identity") {
      response.destroy();
      throw new RemoteError("down", `or a proxy before it changed what is stored (Content-Encoding: ${encoding})`);
    }
    const length = Number(response.headers["content-length"] ?? Number.NaN);
    // A server that knows no ranges sends everything.
    const skip = status === 206 ? 0 : from;
    const size = Number.isSafeInteger(length) ? Math.max(0, length - skip) : undefined;
    const isResumable = status === 206 || response.headers["accept-ranges"] === "bytes";
    return { bytes: bodyOf(response, skip), isResumable, ...defined({ size }) };
  }

  /** @param replaces False: what is there already stays. */
  async put(path: string, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    try {
      await this.#put(path, content, replaces, signal);
    } catch (error) {
      // A server that refuses by the condition may close the connection while the object is still on its way: its answer is lost then.
      if (replaces || !wasCutOff(error) || !(await this.has(path, signal))) throw error;
    }
  }

  async has(path: string, signal: AbortSignal): Promise<boolean> {
    const { status, response } = await this.#client.ask({ method: "HEAD", url: this.urlOf(path), headers: {} }, signal);
    response.resume();
    if (isAbsent(status)) return false;
    if (status === 200) return true;
    throw troubleOf(status, response);
  }

  async #put(path: string, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    // The server may not know conditions: an object that is put twice is the same, or as good.
    const headers = { ...(replaces ? {} : { "if-none-match": "*" }), ...lengthOf(content) };
    const { status, response } = await this.#client.ask(
      { method: "PUT", url: this.urlOf(path), headers, content },
      signal,
    );
    const isTaken = (status >= 200 && status < 300) || (status === 412 && !replaces);
    // One that refuses early is not sent the rest.
    if (isTaken) discard(response);
    else response.destroy();
    if (isTaken) return;
    throw troubleOf(status, response);
  }

  close(): void {
    this.#client.close();
  }
}
