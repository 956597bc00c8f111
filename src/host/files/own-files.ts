import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { DiagnosticError } from "../../model/diagnostic.ts";

/** inc's own files are private to the user, whatever the umask: a store holds content of 0600 files. */
const DIRECTORY = 0o700;
export const OWN_FILE = 0o600;

const REPLACE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

/**
 * A store may come from an archive or a repository: its symlinks may lead anywhere.
 */
function refuseLink(path: string): never {
  throw new DiagnosticError({
    code: "INC3031",
    severity: "error",
    message: `"${path}" is a symlink: inc writes in its store and nowhere else`,
    help: [`remove it: rm ${path}`, "to move the store: INC_DIR=/another/directory"],
  });
}

/** Opening a named pipe blocks until a process opens its other end. */
function refuseSpecial(path: string): never {
  throw new DiagnosticError({
    code: "INC3031",
    severity: "error",
    message: `"${path}" is a named pipe or a device: inc stores only files and directories`,
    help: [`remove it: rm ${path}`],
  });
}

/**
 * Refuses a store that holds a kind of file which inc never makes, or that is a symlink which INC_DIR does not name.
 */
export function refuseForeignKinds(storeDirectory: string): void {
  const wasNamed = process.env["INC_DIR"] !== undefined && process.env["INC_DIR"] !== "";
  if (!wasNamed && lstatSync(storeDirectory, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    refuseLink(storeDirectory);
  if (statSync(storeDirectory, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const entry of readdirSync(storeDirectory, { withFileTypes: true }))
    if (entry.isSymbolicLink()) refuseLink(`${storeDirectory}/${entry.name}`);
    else if (!(entry.isFile() || entry.isDirectory() || entry.isSocket()))
      refuseSpecial(`${storeDirectory}/${entry.name}`);
}

/** True where `refuseForeignKinds` refuses. */
export function holdsForeignKinds(storeDirectory: string): boolean {
  try {
    refuseForeignKinds(storeDirectory);
    return false;
  } catch {
    return true;
  }
}

/** Creates a directory of inc's own in an existing one, unless it is there. */
export function makeOwnDirectory(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() === true) refuseLink(path);
  if (stat?.isDirectory() !== true) makeOrFind(path);
}

/** Creates the directories on the way to one that may be a symlink to a directory. */
export function makeParents(path: string): void {
  const directory = dirname(path);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  // Step by step: Node's recursive way never ends below /proc.
  makeParents(directory);
  makeOrFind(directory, 0o777);
}

/** Another process may make the same directory at the same time. */
function makeOrFind(path: string, mode: number = DIRECTORY): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !lstatSync(path).isDirectory()) throw error;
  }
}

/**
 * Makes a directory of inc's own private, where an earlier inc or a copy left it open. Only if the user owns it.
 */
export function closeToOthers(path: string): void {
  const { mode, uid } = statSync(path);
  // Users share a directory with the sticky bit.
  if ((mode & 0o077) !== 0 && (mode & 0o1000) === 0 && uid === process.getuid?.()) chmodSync(path, DIRECTORY);
}

/**
 * Opens a file of inc's own: never what a symlink there leads to, nor a file with further hard links (a
 * copy that was made by links shares its files with the original). `flags` as those of open(2).
 */
export function openOwnFile(path: string, flags: number = REPLACE): number {
  const truncates = (flags & constants.O_TRUNC) !== 0;
  const file = openAlone(path, (flags & ~constants.O_TRUNC) | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const { nlink, size } = fstatSync(file);
  if (nlink > 1) {
    closeSync(file);
    return openAnew(path, flags, truncates ? "" : readFileSync(path));
  }
  if (truncates && size > 0) ftruncateSync(file);
  return file;
}

function openAnew(path: string, flags: number, content: string | Uint8Array): number {
  unlinkSync(path);
  writeFileSync(path, content, { flag: "wx", mode: OWN_FILE });
  return openAlone(path, flags & ~constants.O_TRUNC);
}

function openAlone(path: string, flags: number): number {
  try {
    return openSync(path, flags, OWN_FILE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP") refuseLink(path);
    // ENXIO: no process reads from the named pipe.
    if (code === "ENXIO") refuseSpecial(path);
    throw error;
  }
}

/** Reads a file of inc's own: follows no symlink, and does not wait where a named pipe is in its place. */
export function readOwnFile(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes a whole file of inc's own, replacing its content. */
export function writeOwnFile(path: string, content: string | Uint8Array): void {
  writeOwnParts(path, [typeof content === "string" ? Buffer.from(content) : content]);
}

/** The same of content in parts, one after the other. */
export function writeOwnParts(path: string, parts: readonly Uint8Array[]): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const file = openOwnFile(path, REPLACE & ~constants.O_TRUNC);
  try {
    // On close, ext4 begins to write out a truncated file, which takes milliseconds, many on a busy disk.
    if (fstatSync(file).size > length) ftruncateSync(file);
    let end = 0;
    for (const part of parts) {
      for (let at = 0; at < part.length; ) at += writeSync(file, part, at, part.length - at, end + at);
      end += part.length;
    }
  } finally {
    closeSync(file);
  }
}
