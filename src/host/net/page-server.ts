import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PageSession } from "./page-session.ts";

/** An answer to a GET. */
export interface Reply {
  readonly status: 200 | 404;
  readonly type: "text/html" | "text/plain" | "application/json";
  readonly body: string;
}

export interface PageHandlers {
  /** @param nonce For the scripts and styles of a page. Resolves to undefined for an unknown path. */
  get(path: string, query: URLSearchParams, nonce: string): Promise<Reply | undefined>;
  /** The first event that each listener gets. */
  greeting(): string;
}

const HOST = "127.0.0.1";
const EVENTS = "/events";
/** Each browser tab listens once. */
const MOST_LISTENERS = 32;
/** A listener with so many bytes unread gets no more events. */
const MOST_WAITING = 8 * 1024 * 1024;
/** Connections beyond these are closed at once: watch needs descriptors for itself. */
const MOST_CONNECTIONS = 2 * MOST_LISTENERS;
/** How long a client may take to send its request, in milliseconds. */
const PATIENCE = 5000;
/** Milliseconds between two checks of that. */
const CHECKING = 1000;
/** A page that reloads itself, so that the request comes from its own site. */
const AGAIN = `<!doctype html><meta http-equiv="refresh" content="0"><title>inc watch</title>\n`;

/**
 * A server for a browser on this machine. It listens at the loopback address alone. Other pages in the browser may send
 * requests, but are not admitted (`PageSession`); requests with another `Host`, as from DNS rebinding, are refused.
 */
export class PageServer {
  readonly #handlers: PageHandlers;
  readonly #session = new PageSession();
  readonly #listening = new Set<ServerResponse>();
  readonly #server: Server;
  #hosts: readonly string[] = [];

  private constructor(handlers: PageHandlers) {
    this.#handlers = handlers;
    const limits = { headersTimeout: PATIENCE, requestTimeout: PATIENCE, connectionsCheckingInterval: CHECKING };
    this.#server = createServer(limits, (request, response) => {
      void this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** @param port 0: any free port. Rejects with the system's error when the port is not available. */
  static async open(port: number, handlers: PageHandlers): Promise<PageServer> {
    const opened = new PageServer(handlers);
    await listen(opened.#server, port);
    const { port: given } = opened.#server.address() as AddressInfo;
    opened.#hosts = [`${HOST}:${given}`, `localhost:${given}`];
    return opened;
  }

  /** The address to open in a browser. It contains the access token. */
  get url(): string {
    return `http://${this.#hosts[0]}${this.#session.invitation}`;
  }

  /** True while there are listeners. */
  get isHeard(): boolean {
    return this.#listening.size > 0;
  }

  /** Sends an event, a text of one line, to all listeners. */
  send(event: string): void {
    for (const response of this.#listening)
      if (response.writableLength > MOST_WAITING) response.destroy();
      else response.write(eventOf(event));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = randomBytes(16).toString("base64url");
    for (const [name, value] of Object.entries(headers(nonce))) response.setHeader(name, value);
    if (request.method !== "GET") {
      end(response.setHeader("Allow", "GET"), 405, "text/plain", "only GET is answered\n");
      return;
    }
    const url = new URL(request.url ?? "/", `http://${HOST}`);
    const isHere = this.#hosts.includes(request.headers.host ?? "");
    const admission = isHere ? this.#session.admit(url, request.headers) : undefined;
    if (admission?.kind === "admitted") await this.#reply(response, admission.path, url.searchParams, nonce);
    else if (admission?.kind === "exchange") this.#exchange(response);
    else if (admission?.kind === "again") end(response, 200, "text/html", AGAIN);
    else end(response, 403, "text/plain", "this takes the whole address that inc watch printed\n");
  }

  #exchange(response: ServerResponse): void {
    response.setHeader("Set-Cookie", this.#session.setCookie);
    end(response.setHeader("Location", this.#session.base), 303, "text/plain", "");
  }

  async #reply(response: ServerResponse, path: string, query: URLSearchParams, nonce: string): Promise<void> {
    if (path === EVENTS) {
      this.#begin(response);
      return;
    }
    const reply = await this.#handlers.get(path, query, nonce);
    if (reply === undefined) end(response, 404, "text/plain", "there is nothing here\n");
    else end(response, reply.status, reply.type, reply.body);
  }

  #begin(response: ServerResponse): void {
    if (this.#listening.size >= MOST_LISTENERS) {
      end(response, 503, "text/plain", "too many pages are open\n");
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(eventOf(this.#handlers.greeting()));
    this.#listening.add(response);
    response.on("close", () => this.#listening.delete(response));
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function end(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "Content-Type": `${type}; charset=utf-8` });
  response.end(body);
}

function eventOf(line: string): string {
  return `data: ${line}\n\n`;
}

function headers(nonce: string): Readonly<Record<string, string>> {
  return {
    "Content-Security-Policy": [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
  };
}
