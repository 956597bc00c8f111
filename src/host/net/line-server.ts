import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { isListening, withSocketPath } from "./socket.ts";
import { socketAt } from "./socket-path.ts";

/** An environment may have two megabytes; no question of ours is longer. In bytes. */
const LONGEST_LINE = 4 * 1024 * 1024;
/** How long a client may take to send its question, in milliseconds. */
const PATIENCE = 2000;
/** While so many clients wait, further ones are turned away. */
const MOST_CLIENTS = 64;

/** Answers questions of one line, each on a connection of its own. For the owner alone. */
export interface LineServer {
  /** False when its socket is gone, or another process's. */
  isInPlace(): boolean;
  close(): Promise<void>;
}

/**
 * Listens at a path in a directory that only the owner may enter, which is made, but not what it is in. Undefined:
 * another process listens there.
 * @param answer Undefined: the question makes no sense, and the connection is ended without an answer.
 */
export async function serveLines(
  path: string,
  answer: (line: string) => Promise<string | undefined>,
): Promise<LineServer | undefined> {
  const directory = dirname(path);
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
  chmodSync(directory, 0o700);
  const before = socketAt(path);
  if (before !== undefined && (await isListening(before))) return undefined;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => converse(socket, sockets, answer));
  server.maxConnections = MOST_CLIENTS;
  await listenBeside(server, path);
  const { ino } = lstatSync(path);
  const isInPlace = (): boolean => lstatSync(path, { throwIfNoEntry: false })?.ino === ino;
  return {
    isInPlace,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      if (isInPlace()) rmSync(path, { force: true });
    },
  };
}

/** The name is taken by renaming: there is the old one or the new one. */
async function listenBeside(server: Server, path: string): Promise<void> {
  const near = `${path}.${process.pid}`;
  rmSync(near, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    withSocketPath(near, (short) => server.listen(short, resolve));
  });
  chmodSync(near, 0o600);
  renameSync(near, path);
}

function converse(socket: Socket, sockets: Set<Socket>, answer: (line: string) => Promise<string | undefined>): void {
  sockets.add(socket);
  const timer = setTimeout(() => socket.destroy(), PATIENCE);
  const parts: Buffer[] = [];
  let length = 0;
  const take = (part: Buffer): void => {
    const end = part.indexOf(10);
    length += part.length;
    if (length > LONGEST_LINE) socket.destroy();
    parts.push(end < 0 ? part : part.subarray(0, end));
    if (end < 0) return;
    // What comes behind the line is not listened to.
    socket.off("data", take).resume();
    void answer(Buffer.concat(parts).toString("utf8")).then(
      (text) => (text === undefined ? socket.destroy() : socket.end(`${text}\n`)),
      () => socket.destroy(),
    );
  };
  socket.on("data", take);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    clearTimeout(timer);
    sockets.delete(socket);
  });
}
