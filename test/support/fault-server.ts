import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";

/**
 * Answers a request in place of the server, or not at all. False: the server answers it.
 * @param stored What it has under the path.
 */
export type Fault = (request: IncomingMessage, response: ServerResponse, stored: Buffer | undefined) => boolean;

/** A server that stores what is PUT, in memory, and misbehaves as it is told. */
export class FaultServer {
  readonly objects = new Map<string, Buffer>();
  /** Each request, as `METHOD PATH`. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #scheme: string;
  readonly #sockets = new Set<Socket>();
  fault: Fault = () => false;

  private constructor(server: Server, scheme: string) {
    this.#server = server;
    this.#scheme = scheme;
  }

  /** @param tls PEM; absent: HTTP without TLS. */
  static async start({
    host = "127.0.0.1",
    tls,
  }: {
    readonly host?: string;
    readonly tls?: { key: string; cert: string };
  } = {}): Promise<FaultServer> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const faulty = new FaultServer(server, tls === undefined ? "http" : "https");
    server.on("request", (request, response) => faulty.#answer(request, response));
    server.on("connection", (socket: Socket) => {
      faulty.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => faulty.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, host, resolve);
    });
    return faulty;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://${address.includes(":") ? `[${address}]` : address}:${port}/`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    this.requests.push(`${request.method} ${path}`);
    const stored = this.objects.get(path);
    if (this.fault(request, response, stored)) return;
    if (request.method === "PUT") {
      const pieces: Buffer[] = [];
      request.on("data", (bytes: Buffer) => pieces.push(bytes));
      request.on("end", () => {
        this.objects.set(path, Buffer.concat(pieces));
        response.writeHead(201).end();
      });
      return;
    }
    if (stored === undefined) response.writeHead(404).end();
    else sendRange(request, response, stored);
  }
}

function sendRange(request: IncomingMessage, response: ServerResponse, stored: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const bytes = stored.subarray(from);
  const headers = { "content-length": bytes.length, "accept-ranges": "bytes" };
  if (from > 0)
    response.writeHead(206, { ...headers, "content-range": `bytes ${from}-${stored.length - 1}/${stored.length}` });
  else response.writeHead(200, headers);
  response.end(request.method === "HEAD" ? undefined : bytes);
}

/**
 * A certificate that signs itself, with its key.
 * @param directory Absolute path of a directory for both.
 * @param host As it is named in there: `IP:127.0.0.1`.
 */
export function certificate(
  directory: string,
  host: string,
): { readonly key: string; readonly cert: string; readonly path: string } {
  const [key, path] = [join(directory, "key"), join(directory, "cert")];
  const words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test"];
  const out = ["-keyout", key, "-out", path, "-addext", `subjectAltName=${host}`];
  execFileSync("openssl", ["req", "-x509", ...words, ...out], { stdio: "ignore" });
  return { key: readFileSync(key, "utf8"), cert: readFileSync(path, "utf8"), path };
}
