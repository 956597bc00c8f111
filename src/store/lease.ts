import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { bootId, isAlive, startTimeOf } from "../host/process/identity.ts";
import type { LockHolder } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import type { Store } from "./store.ts";

/** Paths of Unix sockets longer than this do not fit into the kernel's structure everywhere (108 bytes on Linux, 104 on macOS). */
const LONGEST_SOCKET_PATH = 100;

/** How soon to look again at a holder that lives but cannot be listened to, in milliseconds. */
const RETRY = 250;

interface Held extends LockHolder {
  readonly id: string;
  readonly startTime?: string;
  readonly boot: string;
  /** Where the holder listens: who is connected there learns of its end at once, however it ends. */
  readonly socket: string;
}

export interface Lease {
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** As typed, for those who wait. */
  readonly command: string;
  /** Milliseconds; Infinity: as long as it takes. */
  readonly wait: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  onWait(holder: LockHolder): void;
}

/**
 * The right to run in a workspace: a record in the store that is taken by compare-and-set, and a socket that lives as
 * long as its holder.
 *
 *     free ──▶ mine                        the record is absent, and I put mine
 *     held ──holder's socket closes──▶ look again
 *     held ──nobody listens, and its process is gone──▶ mine   (takeover: only of the very record that was seen)
 */
export async function acquireLease(store: Store, options: LeaseOptions): Promise<Result<Lease> | "interrupted"> {
  store.requireWritable();
  const mine = describeSelf(store.directory, options.command);
  const { server, sockets } = await listen(mine.socket);
  const release = async (): Promise<void> => {
    store.exchange<Held>("lease", (now) => (now?.id === mine.id ? { set: undefined } : "keep"));
    await close(server, sockets, mine.socket);
  };
  const deadline = performance.now() + options.wait;
  let told = "";
  for (;;) {
    let holder: Held | undefined;
    const got = store.exchange<Held>("lease", (now) => {
      holder = now;
      return now === undefined ? { set: mine } : "keep";
    });
    if (got) return { ok: true, value: { release } };
    const other = holder as unknown as Held;
    const left = deadline - performance.now();
    const ended = await untilGone(other, Math.max(0, left), options.signal, () => {
      if (told !== other.id) options.onWait(other);
      told = other.id;
    });
    if (ended === "dead") removeSocketOf(other);
    if (ended === "dead") store.exchange<Held>("lease", (now) => (now?.id === other.id ? { set: undefined } : "keep"));
    if (ended === "timeout" || ended === "interrupted") await close(server, sockets, mine.socket);
    if (ended === "interrupted") return "interrupted";
    if (ended === "timeout") return { ok: false, diagnostics: [heldBy(other)] };
  }
}

function describeSelf(directory: string, command: string): Held {
  const id = randomBytes(8).toString("hex");
  const near = join(directory, `lock-${process.pid}-${id}.sock`);
  const startTime = startTimeOf(process.pid);
  return {
    id,
    pid: process.pid,
    host: hostname(),
    since: Date.now(),
    command,
    boot: bootId(),
    ...(startTime === undefined ? {} : { startTime }),
    socket: Buffer.byteLength(near) <= LONGEST_SOCKET_PATH ? near : join(tmpdir(), `inc-${id}.sock`),
  };
}

/** Where the store's path was too long for a socket, a killed holder left one in the temporary folder. */
function removeSocketOf({ id, socket }: Held): void {
  if (socket === join(tmpdir(), `inc-${id}.sock`) && /^[0-9a-f]+$/.test(id)) rmSync(socket, { force: true });
}

async function listen(path: string): Promise<{ server: Server; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.unref();
  return { server, sockets };
}

async function close(server: Server, sockets: Set<Socket>, path: string): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  rmSync(path, { force: true });
}

/** `released`: its socket closed, so look again. `dead`: it ended without giving the lease back. */
async function untilGone(
  holder: Held,
  wait: number,
  signal: AbortSignal,
  onWait: () => void,
): Promise<"released" | "dead" | "timeout" | "interrupted"> {
  if (signal.aborted) return "interrupted";
  return new Promise((resolve) => {
    const socket = connect(holder.socket);
    const timer = Number.isFinite(wait) ? setTimeout(() => end("timeout"), wait) : undefined;
    let retry: NodeJS.Timeout | undefined;
    const interrupt = (): void => end("interrupted");
    const end = (how: "released" | "dead" | "timeout" | "interrupted"): void => {
      clearTimeout(timer);
      clearTimeout(retry);
      signal.removeEventListener("abort", interrupt);
      socket.destroy();
      resolve(how);
    };
    signal.addEventListener("abort", interrupt);
    socket.once("connect", () => {
      onWait();
      socket.once("close", () => end("released"));
    });
    socket.once("error", () => {
      if (holder.host !== hostname() || !isAlive(holder.pid, holder.startTime, holder.boot)) return end("dead");
      onWait();
      retry = setTimeout(() => end("released"), RETRY);
    });
  });
}

function heldBy(holder: Held) {
  return {
    code: "INC3006",
    severity: "error",
    message: `another run holds this workspace: "${holder.command}" (pid ${holder.pid} on ${holder.host}, since ${new Date(holder.since).toISOString()})`,
    help: ["wait for it, or give --lock-wait a longer time"],
  } as const;
}
