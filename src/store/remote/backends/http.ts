import type { Digest } from "../../../model/digest.ts";
import {
  type Backend,
  type Incoming,
  type Outgoing,
  pathInRemote,
  type RemoteName,
  type StoredName,
} from "./backend.ts";
import type { HttpClient } from "./http-client.ts";
import { HttpObjects } from "./http-objects.ts";

/**
 * Any server that answers GET, HEAD and PUT on paths, such as nginx with `dav_methods PUT`. A put that is cut off leaves
 * nothing: its length does not fit, or its last chunk never comes. The server makes directories (`create_full_put_path`).
 */
export class HttpBackend implements Backend {
  readonly address: string;
  readonly #objects: HttpObjects;

  /** @param root Ends with `/`. */
  constructor(address: string, root: URL, client: HttpClient) {
    this.address = address;
    this.#objects = new HttpObjects(root, client);
  }

  urlOf(name: StoredName): URL {
    return this.#objects.urlOf(pathInRemote(name));
  }

  get(name: RemoteName, from: number, signal: AbortSignal): Promise<Incoming | undefined> {
    return this.#objects.get(pathInRemote(name), from, signal);
  }

  put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    return this.#objects.put(pathInRemote(name), content, replaces, signal);
  }

  async missing(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Digest[]> {
    const path = (digest: Digest): string => pathInRemote({ kind: "blob", digest });
    const isThere = await Promise.all(digests.map((digest) => this.#objects.has(path(digest), signal)));
    return digests.filter((_, i) => !isThere[i]);
  }

  close(): void {
    this.#objects.close();
  }
}
