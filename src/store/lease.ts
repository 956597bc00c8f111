import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { withSocketPath } from "../host/net/socket.ts";
import { bootId, isAlive, processNamespace, startTimeOf } from "../host/process/identity.ts";
import { randomHex } from "../host/random.ts";
import { startTimer } from "../host/timer.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { LockHolder } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import { isNumber, type MetaSlot } from "./meta.ts";
import type { Store } from "./store.ts";

/** How long to wait for a holder's end. */
interface Patience {
  /** Milliseconds; Infinity: as long as it takes. */
  readonly wait: number;
  readonly signal: AbortSignal;
  onWait(): void;
}

/** How soon to look again at a holder that lives but cannot be listened to, in milliseconds. */
const RETRY = 250;

/** The record of a lease that is held. */
interface Held extends LockHolder {
  readonly id: string;
  readonly startTime?: string;
  readonly boot: string;
  /** The namespace in which the holder's process ids mean something. */
  readonly namespace: string;
}

const LEASE_SLOT: MetaSlot<Held> = { key: "lease", isValid: isHeld };

export interface Lease {
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** As typed, for the processes that wait. */
  readonly command: string;
  /** Milliseconds; Infinity: as long as it takes. */
  readonly wait: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  onWait(holder: LockHolder): void;
}

/**
 * The right to run in a workspace: a record in the store that is taken by compare-and-set, and a socket in the store's directory
 * that the kernel closes when its holder ends, however it ends. A socket is reached from other containers as well, under whatever
 * path they have the store, where process ids and host names mean nothing.
 *
 *     free ──▶ mine                                   the record is absent, and I put mine
 *     held ──the holder's socket closes──▶ look again
 *     held ──connection refused──▶ mine               the holder is dead (takeover: only of the very record that was seen)
 *     held ──no socket, and the process is known to be gone──▶ mine
 */
export async function acquireLease(store: Store, options: LeaseOptions): Promise<Result<Lease> | "interrupted"> {
  store.requireWritable();
  const mine = describeSelf(options.command);
  const listener = await listen(socketOf(store, mine));
  const deadline = performance.now() + options.wait;
  let reported = "";
  for (;;) {
    const other = takeOrSee(store, mine);
    if (other === undefined) return { ok: true, value: { release: () => release(store, mine, listener) } };
    const ended = await untilGone(other, socketOf(store, other), {
      wait: Math.max(0, deadline - performance.now()),
      signal: options.signal,
      onWait() {
        if (reported !== other.id) options.onWait(other);
        reported = other.id;
      },
    });
    if (ended === "dead") giveUp(store, other);
    if (ended === "timeout" || ended === "interrupted") await close(listener);
    if (ended === "interrupted") return "interrupted";
    if (ended === "timeout") return { ok: false, diagnostics: [heldBy(other)] };
  }
}

/** Puts this process's record where there is none; else gives the one that is there. */
function takeOrSee(store: Store, mine: Held): Held | undefined {
  let holder: Held | undefined;
  store.exchange(LEASE_SLOT, (now) => {
    holder = now;
    return now === undefined ? { set: mine } : "leave";
  });
  return holder;
}

/** Takes away the very record that is given, and no other. */
function giveUp(store: Store, held: Held): void {
  store.exchange(LEASE_SLOT, (now) => (now?.id === held.id ? { set: undefined } : "leave"));
}

async function release(store: Store, mine: Held, listener: Listener): Promise<void> {
  giveUp(store, mine);
  await close(listener);
}

function describeSelf(command: string): Held {
  const startTime = startTimeOf(process.pid);
  return {
    id: randomHex(8),
    pid: process.pid,
    host: hostname(),
    since: Date.now(),
    command,
    boot: bootId(),
    namespace: processNamespace(),
    ...defined({ startTime }),
  };
}

/** Where a holder listens: absolute. */
function socketOf({ directory }: Store, { pid, id }: Held): string {
  return join(directory, `lock-${pid}-${id}.sock`);
}

/** The holder's socket, with those that wait connected to it. */
interface Listener {
  readonly path: string;
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
}

async function listen(path: string): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    withSocketPath(path, (short) => server.listen(short, resolve));
  });
  server.unref();
  return { path, server, sockets };
}

async function close({ path, server, sockets }: Listener): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  rmSync(path, { force: true });
}

type Ended = "released" | "dead" | "timeout" | "interrupted";

/** `released`: its socket closed, so look again. `dead`: it ended without giving the lease back. */
async function untilGone(holder: Held, path: string, { wait, signal, onWait }: Patience): Promise<Ended> {
  if (signal.aborted) return "interrupted";
  return new Promise((resolve) => {
    const socket = withSocketPath(path, (short) => connect(short));
    const timer = startTimer(() => end("timeout"), wait);
    let retry: NodeJS.Timeout | undefined;
    const interrupt = (): void => end("interrupted");
    const end = (how: Ended): void => {
      timer.clear();
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
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (isDead(holder, error.code)) return end("dead");
      onWait();
      retry = setTimeout(() => end("released"), RETRY);
    });
  });
}

/** @param code Why its socket could not be connected to; a queue that is full, for example, says nothing of its end. */
function isDead(holder: Held, code: string | undefined): boolean {
  if (code === "ECONNREFUSED") return true;
  // The socket was removed. Whether the process is gone is known only where process ids mean the same.
  if (code !== "ENOENT" || (holder.boot === bootId() && holder.namespace !== processNamespace())) return false;
  return !isAlive(holder.pid, holder.startTime, holder.boot);
}

function heldBy(holder: Held): Diagnostic {
  return {
    code: "INC3006",
    severity: "error",
    message: `another run holds this workspace: "${holder.command}" (pid ${holder.pid} on ${holder.host}, since ${new Date(holder.since).toISOString()})`,
    help: ["wait for it, or give --lock-wait a longer time"],
  };
}

/** Lenient where a part is absent: another release of inc may have written it, and holds the lease all the same. */
function isHeld(value: unknown): value is Held {
  if (typeof value !== "object" || value === null) return false;
  const held = value as Partial<Record<keyof Held, unknown>>;
  const { id, pid, since, host, command, boot, namespace, startTime } = held;
  const areTexts = [host, command, boot, namespace, startTime].every((part) => typeof (part ?? "") === "string");
  return typeof id === "string" && isNumber(pid) && isNumber(since) && areTexts;
}
