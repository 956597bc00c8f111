import { constants, type Dirent, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { randomHex } from "../../../host/random.ts";
import type { Digest } from "../../../model/digest.ts";
import {
  type Backend,
  directoryInRemote,
  type Incoming,
  type Inventory,
  nameInRemote,
  type Outgoing,
  pathInRemote,
  RemoteError,
  type RemoteName,
  type StoredName,
  type StoredObject,
} from "./backend.ts";
import { ANSWER, STALL, within } from "./patience.ts";

/** Where files are written before they get their names. */
const TEMPORARY = "v1/tmp";
/** Names of temporary files. A writer of the directory may plant a symlink that leads elsewhere, where no other file may be taken for litter. */
const TEMPORARY_NAME = /^[0-9a-f]{16}-\d+$/;
/** Bytes that are read at once. */
const PIECE = 256 * 1024;
/** What was not named within this time was left by a killed process, in milliseconds. */
const LITTER = 24 * 3600 * 1000;
/** A use is noted once in this time, in milliseconds. */
const NOTED = 24 * 3600 * 1000;

/** `link` has none of these on a file system without hard links. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

type FileSystem = typeof import("node:fs/promises");
type FileHandle = import("node:fs/promises").FileHandle;

/**
 * A directory that machines share, such as a mounted network file system. A file gets its name when it is whole, by `link`,
 * which fails where the name is taken: so that any number of writers need no lock. Nothing is synced: after a crash of the
 * machine, a torn file is one of the damaged objects that readers pass over and writers replace.
 *
 * Everything is done by promises, each with a time limit: a dead NFS server would block a synchronous call for ever.
 */
export class FileBackend implements Backend {
  readonly address: string;
  readonly notesUse = true;
  readonly #root: string;
  readonly #fs: FileSystem;
  #serial = 0;
  readonly #token = randomHex(8);
  #swept: Promise<void> | undefined;

  /** @param root Absolute path; made with the first object. */
  constructor(address: string, root: string) {
    this.address = address;
    this.#root = root;
    this.#fs = process.getBuiltinModule("node:fs/promises");
  }

  async get(name: RemoteName, from: number, signal: AbortSignal): Promise<Incoming | undefined> {
    const path = join(this.#root, pathInRemote(name));
    // Without waiting for a writer, where it is a named pipe.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await this.#do(() => this.#fs.open(path, flags), signal, "absent");
    if (file === undefined) return undefined;
    const stat = await this.#do(() => file.stat(), signal);
    if (name.kind === "record" && stat !== undefined) noteUse(file, stat);
    if (stat?.isFile() === true)
      return { size: Math.max(0, stat.size - from), isResumable: true, bytes: pieces(file, from) };
    void file.close().catch(() => {});
    throw new RemoteError("damaged", `has something that is no file at ${pathInRemote(name)}`);
  }

  async put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    this.#swept ??= this.#sweep(signal);
    await this.#swept;
    const path = join(this.#root, pathInRemote(name));
    this.#serial += 1;
    const temporary = join(this.#root, TEMPORARY, `${this.#token}-${this.#serial}`);
    await this.#do(() => this.#fs.mkdir(dirname(path), { recursive: true }), signal);
    try {
      await this.#write(temporary, content, signal);
      await this.#name(temporary, path, replaces, signal);
    } finally {
      await this.#do(() => this.#fs.rm(temporary, { force: true }), signal).catch(() => {});
    }
  }

  async missing(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Digest[]> {
    const path = (digest: Digest): string => join(this.#root, pathInRemote({ kind: "blob", digest }));
    const stats: (Stats | undefined)[] = await Promise.all(
      digests.map((digest) => this.#do(() => this.#fs.lstat(path(digest)), signal, "absent")),
    );
    return digests.filter((_, i) => stats[i] === undefined);
  }

  get inventory(): Inventory {
    return {
      list: (kind, signal) => this.#listAll(kind, signal),
      remove: async (name, signal) => {
        await this.#do(() => this.#fs.unlink(join(this.#root, pathInRemote(name))), signal, "absent");
      },
    };
  }

  close(): void {}

  async *#listAll(kind: StoredName["kind"], signal: AbortSignal): AsyncIterable<StoredObject> {
    // Else a mistyped path would hold nothing, and all of that would be sound.
    if ((await this.#do(() => this.#fs.lstat(this.#root), signal, "absent")) === undefined)
      throw new RemoteError("refused", "is a directory that is not there; the first result that is shared makes it");
    yield* this.#list(directoryInRemote(kind), signal);
  }

  /** @param directory Relative to the root, with `/` at the end. */
  async *#list(directory: string, signal: AbortSignal): AsyncIterable<StoredObject> {
    const read = (): Promise<Dirent[]> => this.#fs.readdir(join(this.#root, directory), { withFileTypes: true });
    const entries = (await this.#do(read, signal, "absent")) ?? [];
    for (const entry of entries) {
      const path = directory + entry.name;
      if (entry.isDirectory()) yield* this.#list(`${path}/`, signal);
      const name = entry.isFile() ? nameInRemote(path) : undefined;
      if (name === undefined) continue;
      const stat = await this.#do(() => this.#fs.lstat(join(this.#root, path)), signal, "absent");
      if (stat !== undefined) yield { name, size: stat.size, written: stat.mtimeMs };
    }
  }

  async #write(temporary: string, content: Outgoing, signal: AbortSignal): Promise<void> {
    const file = await this.#do(() => this.#fs.open(temporary, "wx", 0o666), signal);
    try {
      for await (const bytes of content.bytes()) await this.#do(() => writeAll(file as FileHandle, bytes), signal);
    } finally {
      await this.#do(() => (file as FileHandle).close(), signal);
    }
  }

  async #name(temporary: string, path: string, replaces: boolean, signal: AbortSignal): Promise<void> {
    await this.#do(async () => {
      if (replaces) return this.#fs.rename(temporary, path);
      try {
        await this.#fs.link(temporary, path);
      } catch (error) {
        const code = codeOf(error);
        if (code === "EEXIST") return;
        if (!NO_LINKS.has(code)) throw error;
        // Two writers may both come here: the last one's object stays, which is as whole as the other.
        if ((await this.#fs.lstat(path).catch(() => undefined)) === undefined) await this.#fs.rename(temporary, path);
      }
    }, signal);
  }

  /** Makes the directory for temporary files, and removes what killed processes left there. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const directory = join(this.#root, TEMPORARY);
    await this.#do(() => this.#fs.mkdir(directory, { recursive: true }), signal);
    const names = (await this.#do(() => this.#fs.readdir(directory), signal)) ?? [];
    for (const name of names.filter((text) => TEMPORARY_NAME.test(text))) {
      const path = join(directory, name);
      const stat = await this.#do(() => this.#fs.lstat(path), signal, "absent");
      if (stat !== undefined && stat.mtimeMs < Date.now() - LITTER) await this.#fs.rm(path).catch(() => {});
    }
  }

  /** @param absent What a missing file means: "absent": undefined is given; else it is trouble. */
  async #do<T>(act: () => Promise<T>, signal: AbortSignal, absent?: "absent"): Promise<T | undefined> {
    try {
      return await within(act(), absent === undefined ? STALL : ANSWER, signal);
    } catch (error) {
      const code = codeOf(error);
      if (absent !== undefined && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
      if (code === "") throw error;
      return refused(error);
    }
  }
}

/**
 * Sets the time of a record that is read, so that records which no run reads can be told from others. Not awaited: where this may not
 * be written, or the server is slow, nothing is lost by it.
 */
function noteUse(file: FileHandle, { mtimeMs }: Stats): void {
  const now = new Date();
  if (mtimeMs < now.getTime() - NOTED) void file.utimes(now, now).catch(() => {});
}

function refused(error: unknown): never {
  throw new RemoteError(troubleOf(codeOf(error)), `refused an operation: ${(error as Error).message}`);
}

function troubleOf(code: string): RemoteError["trouble"] {
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") return "full";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "refused";
  return code === "ELOOP" || code === "EISDIR" ? "damaged" : "down";
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

async function* pieces(file: FileHandle, from: number): AsyncIterable<Uint8Array> {
  try {
    for (let at = from; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE, at).catch(refused);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    void file.close().catch(() => {});
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
