import { chmodSync, existsSync, lstatSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { makeOwnDirectory } from "../files/own-files.ts";
import { isListening, withSocketPath } from "./socket.ts";
import { socketAt } from "./socket-path.ts";

/** The longest question, in bytes: it holds an environment, which may have two megabytes. */
const LONGEST_LINE = 4 * 1024 * 1024;
/** How long a client may take to send its question, in milliseconds. */
const PATIENCE = 2000;
/** While so many clients wait, further ones are turned away. */
const MOST_CLIENTS = 64;

/** Answers questions of one line, one per connection, for the owner alone. */
export interface LineServer {
  /** False when its socket was deleted or replaced by another process. */
  isInPlace(): boolean;
  close(): Promise<void>;
}

/**
 * Listens at a path in a directory that only the owner may enter. Creates that directory, not its parents. Undefined:
 * another process listens there.
 * @param answer Undefined: the question makes no sense, and the connection is ended without an answer.
 */
export async function serveLines(
  path: string,
  answer: (line: string) => Promise<string | undefined>,
): Promise<LineServer | undefined> {
  const directory = dirname(path);
  if (!existsSync(directory)) makeOwnDirectory(directory);
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

/** Listens at a temporary name and renames it, so that the path always has a complete socket. */
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
    // Input after the line is ignored.
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
