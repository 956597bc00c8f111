import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { readProc } from "./proc-file.ts";

/** As open(2) has it on Linux, in the flags that /proc shows. */
const CLOSED_ON_EXEC = 0o2000000;
/** Where inc's own files and standard streams end. */
const FIRST = 3;

/** What a child has as one of its descriptors, as Node takes it. */
type Stream = number | "pipe" | "ignore" | "ipc";

/**
 * Starts a child that inherits no file of this process but those that it is given. Node opens every file so that a child does not
 * get it, and LMDB does not: its data file, open for writing, would be in the hands of each command. Elsewhere than on Linux this
 * process does not know its descriptors.
 * @param stdio What the child is given, by descriptor.
 * @param start Gets that, with nothing to read or write in the places of the other files.
 */
export function withoutOwnFiles<T>(stdio: readonly Stream[], start: (stdio: Stream[]) => T): T {
  const own = inheritable().filter((descriptor) => descriptor >= stdio.length);
  if (own.length === 0) return start([...stdio]);
  const nothing = openSync("/dev/null", "r");
  try {
    // Written out: Node passes over holes.
    const all: Stream[] = Array.from({ length: Math.max(...own) + 1 }, (_, i) => stdio[i] ?? "ignore");
    for (const descriptor of own) all[descriptor] = nothing;
    return start(all);
  } finally {
    closeSync(nothing);
  }
}

/** Descriptors of files that a child would get. */
function inheritable(): readonly number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((descriptor) => descriptor >= FIRST && isFile(descriptor) && !isClosedOnExec(descriptor));
}

function isFile(descriptor: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith("/");
  } catch {
    // The directory that was listed.
    return false;
  }
}

function isClosedOnExec(descriptor: number): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(readProc(`/proc/self/fdinfo/${descriptor}`) ?? "")?.[1];
  return flags === undefined || (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) !== 0;
}
