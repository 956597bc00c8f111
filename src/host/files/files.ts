import type { Dirent } from "node:fs";
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statfsSync,
} from "node:fs";
import { type Diagnostic, DiagnosticError } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import { compareBytes } from "../../model/order.ts";
import { passBeside } from "../passes.ts";
import { hasher } from "./hash.ts";
import { type DirectoryEntry, type FileReader, type FileStat, SMALL_FILE } from "./host.ts";
import { foreignName } from "./name-bytes.ts";
import { meansAbsent, statOf } from "./stat.ts";

/** Files are read through one buffer of this many bytes: allocating one a file costs more than reading a small file. */
const CHUNK = 1024 * 1024;

let buffer: Buffer | undefined;

/** The real file system. */
export const realFiles: FileReader = {
  stat: statOf,
  born: (path) => absentAsUndefined(() => lstatSync(path, { bigint: true }).birthtimeNs),
  readlink: (path) => readlinkSync(path),
  realpath: (path) => absentAsUndefined(() => realpathSync.native(path)),
  readDirectory: (path) => absentAsUndefined(() => sortByBytes(readDirectory(path))),
  read: (path) => absentAsUndefined(() => readFileSync(path)),
  digest: digestFile,
  digestListening,
};

function digestFile(path: string, small?: (bytes: Uint8Array) => void): Digest {
  buffer ??= Buffer.allocUnsafe(CHUNK);
  const file = openSync(path, "r");
  try {
    if (isMadeUp(file, path)) throw new DiagnosticError(madeUp(path));
    let length = fill(file, buffer);
    if (length < buffer.length) {
      const bytes = buffer.subarray(0, length);
      if (length <= SMALL_FILE) small?.(bytes);
      return hasher.digest(bytes);
    }
    const incremental = hasher.incremental();
    for (; length > 0; length = fill(file, buffer)) incremental.update(buffer.subarray(0, length));
    return incremental.digest();
  } finally {
    closeSync(file);
  }
}

async function digestListening(path: string, signal: AbortSignal, copy?: string): Promise<Digest | undefined> {
  const file = openSync(path, "r");
  try {
    if (isMadeUp(file, path)) throw new DiagnosticError(madeUp(path));
  } finally {
    closeSync(file);
  }
  return passBeside({ source: path, destination: copy }, signal);
}

/** File systems whose files the kernel makes up when they are read, by statfs(2)'s number: /proc, /sys and below. */
const MADE_UP = new Set([0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x27e0eb, 0x63677270, 0x73636673, 0xcafe4a11]);

/** Device number → whether its files are made up. */
const devices = new Map<number, boolean>();

/** Costs one more system call per digested file. */
function isMadeUp(file: number, path: string): boolean {
  const { dev } = fstatSync(file);
  let known = devices.get(dev);
  if (known === undefined) {
    known = MADE_UP.has(statfsSync(path).type >>> 0);
    devices.set(dev, known);
  }
  return known;
}

function madeUp(path: string): Diagnostic {
  return {
    code: "INC4102",
    severity: "error",
    message: `"${path}" is not on a disk: the kernel generates it each time that it is read`,
    help: ["it may hold your environment, secrets included: exclude it, or copy what you mean into a file"],
  };
}

/** Reads until the buffer is full or the file ends: a short read alone does not mean the end. */
function fill(file: number, into: Buffer): number {
  let length = 0;
  while (length < into.length) {
    const read = readSync(file, into, length, into.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}

function absentAsUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (meansAbsent(error)) return undefined;
    throw error;
  }
}

function typeOf(of: Dirent): FileStat["type"] {
  if (of.isFile()) return "file";
  if (of.isDirectory()) return "directory";
  return of.isSymbolicLink() ? "symlink" : "other";
}

function readDirectory(path: string): DirectoryEntry[] {
  const entries = readdirSync(path, { withFileTypes: true });
  const listed = entries.map((entry) => ({ name: entry.name, type: typeOf(entry) }));
  return listed.some(({ name }) => name.includes("\ufffd")) ? withForeign(path, listed) : listed;
}

/** Node replaces bytes that are not UTF-8: by such a name, the file can be neither opened nor watched. */
function withForeign(path: string, listed: readonly DirectoryEntry[]): DirectoryEntry[] {
  const foreign = new Map<string, string>();
  for (const name of readdirSync(path, { encoding: "buffer" })) {
    const bytes = foreignName(name);
    if (bytes !== undefined) foreign.set(name.toString(), bytes);
  }
  return listed.map((entry) => {
    const bytes = foreign.get(entry.name);
    return bytes === undefined ? entry : { ...entry, foreign: bytes };
  });
}

/** Orders names by their UTF-8 bytes: by code points, not by UTF-16 units. */
function sortByBytes(entries: DirectoryEntry[]): DirectoryEntry[] {
  return entries.sort((a, b) => compareBytes(a.name, b.name));
}
