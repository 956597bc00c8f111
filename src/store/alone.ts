import { lstatSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeOwnDirectory } from "../host/files/own-files.ts";
import { pause } from "../host/pause.ts";
import { bootId, isAlive, processNamespace, startTimeOf } from "../host/process/identity.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import { OPENERS } from "./openers.ts";

/** How soon to look again at a lock that another process holds, in milliseconds. */
const RETRY = 2;

/** How long to wait for another process, in milliseconds: it may have to search a large store for damage. */
const PATIENCE = 120_000;

/** How old the lock of another container's process has to be to count as abandoned, in milliseconds. */
const ABANDONED = 30_000;

/** The name of a holder: process id, start, boot, number of its process-id namespace. */
const HOLDER = /^\d+_\d*_[\w-]*_\d*$/;

/**
 * Does work while no other process does such work with the same store. The lock is a symlink whose text names its holder: the
 * kernel makes it whole and at most once, even on a full disk, and the next process sees from it that its holder was killed.
 * Where no lock can be made, the work is done without.
 *
 * Opening and closing are such work. The last process that closes a store destroys LMDB's locks, which lie in a file that all
 * processes share. A process that opens the store at that moment may take them for locks that others use: then every transaction of
 * it fails (EINVAL) until it closes the store again.
 */
export function alone<T>(directory: string, work: () => T): T {
  const lock = join(directory, OPENERS, "lock");
  const isLocked = take(lock, directory);
  try {
    return work();
  } finally {
    if (isLocked) rmSync(lock, { force: true });
  }
}

/**
 * Does work alone, or without the lock where another process holds it for longer than `PATIENCE`: a store has to be closed even then,
 * since a run must not hang at its end.
 */
export function aloneIfPossible<T>(directory: string, work: () => T): T {
  let hasBegun = false;
  const once = (): T => {
    hasBegun = true;
    return work();
  };
  try {
    return alone(directory, once);
  } catch (error) {
    if (hasBegun || !(error instanceof DiagnosticError)) throw error;
    return work();
  }
}

function take(lock: string, directory: string): boolean {
  try {
    makeOwnDirectory(join(directory, OPENERS));
  } catch {
    return false;
  }
  const deadline = performance.now() + PATIENCE;
  const self = [process.pid, startTimeOf(process.pid) ?? "", bootId(), namespaceNumber()].join("_");
  for (;;) {
    const holder = put(lock, self);
    if (holder === self) return true;
    if (holder === "unknown") return false;
    if (performance.now() > deadline) throw new DiagnosticError(busy(directory, lock, holder));
    if (isHeld(lock, holder) || !release(lock, holder, self)) pause(RETRY);
  }
}

/** Puts a name where there is none, and gives the one that is there now. `unknown`: no lock can be made. */
function put(lock: string, self: string): string {
  for (;;)
    try {
      symlinkSync(self, lock);
      return self;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return "unknown";
      const holder = holderOf(lock);
      if (holder !== undefined) return holder;
    }
}

/** Undefined: there is no lock any more. */
function holderOf(lock: string): string | undefined {
  try {
    const holder = readlinkSync(lock);
    if (HOLDER.test(holder)) return holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  }
  // inc does not make such a thing.
  rmSync(lock, { recursive: true, force: true });
  return undefined;
}

function isHeld(lock: string, holder: string): boolean {
  const [pid = "", started = "", boot = "", namespace = ""] = holder.split("_");
  if (boot !== bootId() || namespace === namespaceNumber())
    return isAlive(Number(pid), started === "" ? undefined : started, boot);
  // The process id of another container's process means nothing here.
  const since = lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  return since !== undefined && Date.now() - since < ABANDONED;
}

/**
 * Removes the lock of a dead process, and no other: several processes may see it, and after the first has removed it there may be
 * a new one. So only a process that is alone in this removes it. Each first puts up a flag of its own, then looks for those of
 * others: of two, at least the later one sees the other, and goes back. A killed process leaves a flag that counts for nothing.
 */
function release(lock: string, holder: string, self: string): boolean {
  const flag = `${lock}.${self}`;
  if (put(flag, self) !== self) return false;
  const others = flagsBeside(lock, flag);
  const isAlone = others.every((other) => !isHeld(other.path, other.holder));
  if (isAlone) {
    if (holderOf(lock) === holder) rmSync(lock, { force: true });
    for (const { path } of others) rmSync(path, { force: true });
  }
  rmSync(flag, { force: true });
  // Those that met go on at different times.
  if (!isAlone) pause(Math.random() * RETRY);
  return isAlone;
}

function flagsBeside(lock: string, own: string): readonly { readonly path: string; readonly holder: string }[] {
  const directory = dirname(lock);
  const beginning = `${basename(lock)}.`;
  return readdirSync(directory)
    .filter((name) => name.startsWith(beginning) && join(directory, name) !== own)
    .map((name) => ({ path: join(directory, name), holder: name.slice(beginning.length) }));
}

/** The number in `pid:[4026531836]`; empty if unknown. */
function namespaceNumber(): string {
  return processNamespace().replace(/\D/g, "");
}

function busy(directory: string, lock: string, holder: string): Diagnostic {
  const [pid] = holder.split("_");
  return {
    code: "INC3022",
    severity: "error",
    message: `the store in "${directory}" cannot be opened: process ${pid} has been opening it for ${PATIENCE / 1000} seconds`,
    notes: [{ message: "only one process at a time makes a store, searches it for damage, or sets it aside" }],
    help: [`let that process go on, or end it; if there is no such process: rm ${lock}`],
  };
}
