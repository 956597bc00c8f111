import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { socketAt } from "./socket-path.ts";

/** Paths of Unix sockets longer than this do not fit into the kernel's structure everywhere (108 bytes on Linux, 104 on macOS). */
const LONGEST_SOCKET_PATH = 100;
/** How directories begin that are made for sockets in the temporary folder. */
const FAR = "inc-watch-";
/** An environment may have two megabytes; no question of ours is longer. In bytes. */
const LONGEST_LINE = 4 * 1024 * 1024;
/** How long somebody may take to ask, in milliseconds. */
const PATIENCE = 2000;
/** Who comes while so many are waiting is turned away. */
const MOST_CLIENTS = 64;

/** Answers questions of one line, each on a connection of its own. For the owner alone. */
export interface LineServer {
  /** False when its place is gone or somebody else's. */
  isInPlace(): boolean;
  close(): Promise<void>;
}

/**
 * Listens at a path in a directory that only the owner may enter, which is made, but not what it is in. Where the path is too long for a socket,
 * a symlink there leads to a directory of its own. Undefined: another process listens there.
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
  if (before !== undefined && before !== path) removeFar(before);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => converse(socket, sockets, answer));
  server.maxConnections = MOST_CLIENTS;
  const place = await listenBeside(server, path);
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
      if (place !== undefined) rmSync(place, { recursive: true, force: true });
    },
  };
}

/** The name is taken by renaming: there is the old one or the new one. Gives the directory of its own, if it has one. */
async function listenBeside(server: Server, path: string): Promise<string | undefined> {
  const near = `${path}.${process.pid}`;
  const far = Buffer.byteLength(near) > LONGEST_SOCKET_PATH ? mkdtempSync(join(tmpdir(), FAR)) : undefined;
  const socket = far === undefined ? near : join(far, "socket");
  rmSync(near, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  chmodSync(socket, 0o600);
  if (far !== undefined) symlinkSync(socket, near);
  renameSync(near, path);
  return far;
}

/** A killed process leaves the directory that its symlink leads to. Nothing but such a directory is removed. */
function removeFar(socket: string): void {
  const directory = dirname(socket);
  if (dirname(directory) !== tmpdir() || !basename(directory).startsWith(FAR)) return;
  rmSync(socket, { force: true });
  try {
    rmdirSync(directory);
  } catch {
    // Somebody else's, or not empty.
  }
}

function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    const end = (listening: boolean): void => {
      probe.destroy();
      resolve(listening);
    };
    probe.once("connect", () => end(true));
    probe.once("error", () => end(false));
  });
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
