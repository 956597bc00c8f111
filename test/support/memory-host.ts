import { posix } from "node:path";
import { FileIndex } from "../../src/files/index.ts";
import { packIndex, unpackIndex } from "../../src/files/packed/pack.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { DirectoryEntry, FileClock, FileReader, FileStat } from "../../src/host/files/host.ts";
import { compareBytes } from "../../src/model/order.ts";

interface Node {
  readonly type: "file" | "directory" | "symlink";
  readonly text: string;
  readonly mode: number;
  readonly mtime: bigint;
  readonly inode: bigint;
}

/** A file system in memory, with a clock that advances only on `pass`, and a list of reads. */
export class MemoryHost implements FileReader, FileClock {
  readonly accesses: string[] = [];
  readonly #nodes = new Map<string, Node>([["/", { type: "directory", text: "", mode: 0o755, mtime: 0n, inode: 1n }]]);
  /** No multiple of what coarser file systems count time in. */
  #now = 1001n;
  #inode = 1n;

  /** Moves the clock: two writes with no `pass` between them fall into one tick. */
  pass(ticks = 1n): void {
    this.#now += ticks;
  }

  write(path: string, text: string, mode = 0o644): void {
    this.#parents(path);
    const before = this.#nodes.get(path);
    this.#nodes.set(path, { type: "file", text, mode, mtime: this.#now, inode: before?.inode ?? this.#nextInode() });
    if (before === undefined) this.#touchParent(path);
  }

  link(path: string, text: string): void {
    this.#parents(path);
    this.#nodes.set(path, { type: "symlink", text, mode: 0o777, mtime: this.#now, inode: this.#nextInode() });
    this.#touchParent(path);
  }

  mkdir(path: string): void {
    this.#parents(`${path}/x`);
  }

  remove(path: string): void {
    for (const other of [...this.#nodes.keys()])
      if (other === path || other.startsWith(`${path}/`)) this.#nodes.delete(other);
    this.#touchParent(path);
  }

  tick(): bigint {
    return this.#now;
  }

  stat(path: string): FileStat | undefined {
    this.accesses.push(`stat ${path}`);
    const found = this.#nodes.get(path);
    if (found === undefined) return undefined;
    const { type, text, mode, mtime, inode } = found;
    return { type, size: text.length, mtime, ctime: mtime, inode, links: 1n, mode };
  }

  born(path: string): bigint | undefined {
    return this.#nodes.get(path)?.mtime;
  }

  readlink(path: string): string {
    return this.#nodes.get(path)?.text ?? "";
  }

  realpath(path: string): string | undefined {
    const found = this.#nodes.get(path);
    if (found?.type !== "symlink") return found === undefined ? undefined : path;
    return this.realpath(posix.resolve(posix.dirname(path), found.text));
  }

  readDirectory(path: string): readonly DirectoryEntry[] | undefined {
    this.accesses.push(`list ${path}`);
    if (this.#nodes.get(path)?.type !== "directory") return undefined;
    const inside = path === "/" ? "/" : `${path}/`;
    return [...this.#nodes]
      .filter(([other]) => other.startsWith(inside) && other !== inside && !other.slice(inside.length).includes("/"))
      .map(([other, { type }]) => ({ name: other.slice(inside.length), type }))
      .sort((a, b) => compareBytes(a.name, b.name));
  }

  read(path: string): Buffer | undefined {
    const found = this.#nodes.get(path);
    return found === undefined ? undefined : Buffer.from(found.text);
  }

  digest(path: string) {
    this.accesses.push(`read ${path}`);
    return hasher.digest(this.#nodes.get(path)?.text ?? "");
  }

  async digestListening(path: string, signal: AbortSignal, copy?: string) {
    await Promise.resolve();
    if (copy !== undefined) this.write(copy, this.#nodes.get(path)?.text ?? "");
    return signal.aborted ? undefined : this.digest(path);
  }

  /** The reads since the last call, without `stat`. */
  reads(): string[] {
    return this.accesses.splice(0).filter((access) => access.startsWith("read "));
  }

  #parents(path: string): void {
    for (let parent = posix.dirname(path); !this.#nodes.has(parent); parent = posix.dirname(parent))
      this.#nodes.set(parent, { type: "directory", text: "", mode: 0o755, mtime: this.#now, inode: this.#nextInode() });
  }

  #touchParent(path: string): void {
    const parent = posix.dirname(path);
    const found = this.#nodes.get(parent);
    if (found !== undefined) this.#nodes.set(parent, { ...found, mtime: this.#now });
  }

  #nextInode(): bigint {
    this.#inode += 1n;
    return this.#inode;
  }
}

/** An index of what is below `/w`, in its first epoch. @param bytes A packed index to begin with. */
export function indexIn(host: MemoryHost, bytes: Uint8Array = packIndex([], 0n)): FileIndex {
  const index = new FileIndex({ root: "/w", files: host, clock: host, hasher, packed: unpackIndex(bytes) });
  index.pin();
  return index;
}
