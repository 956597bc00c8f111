import { rmSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { FileIndex } from "../fingerprint/file-index.ts";
import { expandSet, type IgnoreFile } from "../fingerprint/glob.ts";
import { packIndex, unpackIndex } from "../fingerprint/pack.ts";
import { type ResolvedTool, resolveTool } from "../fingerprint/tools.ts";
import { fileClock } from "../host/clock.ts";
import { realFiles } from "../host/files.ts";
import { hasher } from "../host/hash.ts";
import type { FileClock, FileReader, Hasher } from "../host/host.ts";
import type { FileSet } from "../model/graph.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { storeDirectory } from "./store-directory.ts";
import { VERSION } from "./version.ts";

/** A workspace on this machine: its files, and what an earlier run knew of them. */
export class Workspace {
  /** Absolute. */
  readonly root: string;
  /** Absolute path of the store's directory. */
  readonly directory: string;
  readonly files: FileReader = realFiles;
  readonly hasher: Hasher = hasher;
  readonly clock: FileClock;
  readonly index: FileIndex;
  readonly snapshot: Snapshot | undefined;
  /** Set once the store is open. */
  salt: Uint8Array = new Uint8Array();

  constructor(root: string) {
    this.root = root;
    this.directory = storeDirectory(root);
    this.clock = fileClock(join(this.directory, "clock"));
    this.snapshot = readSnapshot(join(this.directory, "snapshot"), VERSION);
    const packed = unpackIndex(this.snapshot?.index ?? packIndex([], 0n));
    this.index = new FileIndex({ root, files: this.files, clock: this.clock, hasher, packed });
  }

  get logs(): string {
    return join(this.directory, "logs");
  }

  get temporary(): string {
    return join(this.directory, "tmp");
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.root, path);
  }

  /** A workspace path as a command in `cwd` (a workspace path too) names it. */
  relativeTo(cwd: string, path: string): string {
    return relative(join(this.root, cwd), this.absolute(path));
  }

  /** Members of a set as they are now, what tasks make included. */
  expand(set: FileSet, directories = false): readonly string[] {
    const source = {
      list: (path: string) => this.index.list(path),
      readText: (path: string) =>
        this.index.identify(path) === undefined ? undefined : this.files.read(this.absolute(path))?.toString("utf8"),
      ignoreFilesAbove: () => this.#ignoreFilesAbove(),
    };
    return expandSet(set, source, directories);
  }

  /** The repository's own list, and every .gitignore from its root down to the workspace. */
  #ignoreFilesAbove(): readonly IgnoreFile[] {
    const above: IgnoreFile[] = [];
    for (let directory = this.root, prefix = ""; ; ) {
      if (this.files.stat(join(directory, ".git")) !== undefined)
        return [{ path: join(directory, ".git", "info", "exclude"), prefix }, ...above.reverse()];
      const parent = dirname(directory);
      if (parent === directory) return [];
      prefix = `${basename(directory)}/${prefix}`;
      directory = parent;
      above.push({ path: join(directory, ".gitignore"), prefix });
    }
  }

  resolveTool(name: string, cwd: string): ResolvedTool | undefined {
    return resolveTool(
      name,
      { workspace: this.root, cwd, path: process.env["PATH"] ?? "" },
      {
        identify: (path) => this.index.identify(path),
        realpath: (path) => this.files.realpath(this.absolute(path)),
        read: (path) => this.files.read(this.absolute(path)),
      },
    );
  }

  /** Removes a workspace path and all below it; symlinks themselves, never what they lead to. */
  remove(path: string): void {
    rmSync(this.absolute(path), { recursive: true, force: true });
  }
}
