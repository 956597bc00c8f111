import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type Outgoing, RemoteError } from "./backend.ts";
import { ANSWER, CONNECT, STALL, within } from "./patience.ts";

/** Connections at once. */
const CONNECTIONS = 32;
/** How long an idle connection is held, in milliseconds: servers close theirs after some seconds. */
const IDLE = 4000;

/** Bytes of an answer that are read only to use its connection again. */
const LONGEST_IGNORED = 65_536;

export type Headers = Readonly<Record<string, string | number>>;

export interface Ask {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: Headers;
  readonly content?: Outgoing;
}

export interface Answer {
  readonly status: number;
  readonly response: IncomingMessage;
}

/** Adds to the headers of a request who sends it. */
export type Authorize = (ask: Ask) => Promise<Headers> | Headers;

/** Sends requests over connections that are used again, each within the limits of patience. */
export class HttpClient {
  readonly #authorize: Authorize;
  readonly #request: typeof import("node:http").request;
  readonly #agent: Agent;

  /** @param protocol `https:` or `http:`. */
  constructor(protocol: string, authorize: Authorize) {
    this.#authorize = authorize;
    const name = protocol === "https:" ? "node:https" : "node:http";
    const module = process.getBuiltinModule(name) as typeof import("node:http");
    this.#request = module.request;
    this.#agent = agentOf(module);
  }

  async ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    // What stands in between may not compress: digests and ranges are those of the bytes as they were put. Not signed, as it may change that.
    const headers = { ...(await this.#authorize(ask)), "accept-encoding": "identity" };
    const request = this.#request(ask.url, { method: ask.method, agent: this.#agent, headers });
    // With Node's own option the error may reach a connection that is idle again, where nothing handles it.
    const abort = (): void => void request.destroy();
    signal.addEventListener("abort", abort, { once: true });
    request.once("close", () => signal.removeEventListener("abort", abort));
    try {
      const response = await answerTo(request, ask.content, signal);
      return { status: response.statusCode ?? 0, response };
    } catch (error) {
      request.destroy();
      const wasClosed = request.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET";
      // The server closed an idle connection at the moment in which it was used again.
      if (wasClosed) return this.ask(ask, signal);
      throw asTrouble(error);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** One that goes by HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as far as these can be used. */
function agentOf({ Agent }: typeof import("node:http")): Agent {
  const options = { keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE };
  try {
    return new Agent({ ...options, proxyEnv: process.env });
  } catch {
    return new Agent(options);
  }
}

async function answerTo(
  request: ClientRequest,
  content: Outgoing | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    // Stays: errors after the answer are those of the body. An abort ends a body that is not read yet, or no longer.
    request.once("response", (response) => resolve(response.on("error", () => {}))).on("error", reject);
  });
  answered.catch(() => {});
  await Promise.race([connected(request, signal), answered]);
  const sent = content === undefined ? Promise.resolve(void request.end()) : send(request, content, signal);
  sent.catch(() => {});
  // A server may refuse before it has everything.
  await Promise.race([sent, answered]);
  return within(answered, ANSWER, signal);
}

/** Resolves when a request has a connection. It may have to wait for one until another request has ended. */
async function connected(request: ClientRequest, signal: AbortSignal): Promise<void> {
  const socket = await new Promise<Socket>((resolve) => request.once("socket", resolve));
  if (!socket.connecting) return;
  const event = "encrypted" in socket ? "secureConnect" : "connect";
  await within(new Promise<void>((resolve) => socket.once(event, () => resolve())), CONNECT, signal);
}

async function send(request: ClientRequest, content: Outgoing, signal: AbortSignal): Promise<void> {
  for await (const bytes of content.bytes()) {
    if (request.write(bytes)) continue;
    await within(new Promise<void>((resolve) => request.once("drain", resolve)), STALL, signal);
  }
  request.end();
}

export function lengthOf({ size }: Outgoing): Record<string, number> {
  return size === undefined ? {} : { "content-length": size };
}

/** @param skip Bytes to leave out. */
export async function* bodyOf(response: IncomingMessage, skip: number): AsyncIterable<Uint8Array> {
  let left = skip;
  try {
    for await (const bytes of response as AsyncIterable<Buffer>) {
      const skipped = Math.min(left, bytes.length);
      left -= skipped;
      if (skipped < bytes.length) yield bytes.subarray(skipped);
    }
  } catch (error) {
    throw asTrouble(error);
  } finally {
    if (!response.complete) response.destroy();
  }
}

/** A whole answer as text. @param longest Bytes. */
export async function textOf(response: IncomingMessage, longest: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of bodyOf(response, 0)) {
    length += bytes.length;
    if (length > longest) throw new RemoteError("down", "gave an answer without end");
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString();
}

export function isAbsent(status: number): boolean {
  return status === 404 || status === 410;
}

/** Reads the rest of an answer that does not matter, so that its connection can be used again; not a long one. */
export function discard(response: IncomingMessage): void {
  if (Number(response.headers["content-length"] ?? 0) <= LONGEST_IGNORED) response.resume();
  else response.destroy();
}

export function troubleOf(status: number, response: IncomingMessage): RemoteError {
  const answered = `answered ${status} ${response.statusMessage ?? ""}`.trim();
  if (status === 401 || status === 403 || status === 405) return new RemoteError("refused", answered);
  if (status === 507) return new RemoteError("full", answered);
  if (status === 413) return new RemoteError("large", answered);
  return new RemoteError("down", answered, retryAfter(response.headers["retry-after"]));
}

/** Seconds, or a date; in milliseconds from now. */
function retryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const until = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(until) ? Math.max(0, until) : undefined;
}

function asTrouble(error: unknown): unknown {
  const { code, message, library, reason } = error as NodeJS.ErrnoException & { library?: string; reason?: string };
  if (error instanceof RemoteError || code === undefined || (error as Error).name === "AbortError") return error;
  // The message of OpenSSL names its source files.
  const why = library === "SSL routines" ? `TLS failed, ${reason}` : message === "" ? code : message;
  const trouble = new RemoteError("down", `cannot be reached: ${why}`);
  trouble.cause = error;
  return trouble;
}

/** True when the connection was closed by the server while a request was under way. */
export function wasCutOff(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return error instanceof RemoteError && (code === "ECONNRESET" || code === "EPIPE");
}
