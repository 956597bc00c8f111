import { createServer, type Server, type Socket } from "node:net";
import { patiently } from "./patience.ts";

/** A command that waits until `release`. */
export interface Held {
  release(): void;
  /** Resolves when its process is gone. */
  readonly gone: Promise<void>;
}

/** The program of a held command. SOCKET stands for the path of the gate. */
export const GATE_CLIENT = `import { connect } from "node:net";
const socket = connect(SOCKET);
socket.write(process.argv[2] + "\\n");
// Node's own exit may wait forever for one of its threads (nodejs/node#54918).
socket.once("data", () => (process.execve ? process.execve("/bin/sh", ["sh", "-c", ":"]) : socket.end()));
`;

/** Holds commands until a test lets them pass. */
export class Gate {
  readonly #server: Server;
  readonly #arrived = new Map<string, Held[]>();
  readonly #awaited = new Map<string, ((held: Held) => void)[]>();
  readonly #passing = new Set<string>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(path: string): Promise<Gate> {
    const server = createServer();
    const gate = new Gate(server);
    server.on("connection", (socket) => gate.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    return gate;
  }

  pass(name: string): void {
    this.#passing.add(name);
    for (const held of this.#arrived.get(name) ?? []) held.release();
  }

  waitFor(name: string): Promise<Held> {
    const held = this.#arrived.get(name)?.shift();
    if (held !== undefined) return Promise.resolve(held);
    const started = new Promise<Held>((resolve) => {
      const list = this.#awaited.get(name) ?? [];
      list.push(resolve);
      this.#awaited.set(name, list);
    });
    return patiently(
      started,
      () => `the start of "${name}"; started and not awaited: ${[...this.#arrived.keys()].join(", ")}`,
    );
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    const gone = new Promise<void>((resolve) => {
      socket.once("close", () => {
        this.#sockets.delete(socket);
        resolve();
      });
    });
    socket.once("data", (data) => {
      const name = data.toString().trim();
      const held: Held = { release: () => socket.write("go"), gone };
      if (this.#passing.has(name)) return held.release();
      const waiter = this.#awaited.get(name)?.shift();
      if (waiter !== undefined) return waiter(held);
      const list = this.#arrived.get(name) ?? [];
      list.push(held);
      this.#arrived.set(name, list);
    });
  }
}
