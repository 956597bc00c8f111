import { dirname, isAbsolute, join } from "node:path";
import type { DirectoryEntry, FileReader, FileStat } from "../host/files/host.ts";
import { part } from "../host/phases.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import { workspacePath } from "../model/path.ts";

/** Symlinks that lead to one another are followed no further than the kernel does. */
export const MAX_LINKS = 40;

/**
 * What is on the disk now. Paths are relative to the root, with `/`, or absolute outside of it. Throws a
 * DiagnosticError for what cannot be read.
 */
export class Disk {
  readonly #root: string;
  readonly #files: FileReader;

  /** @param root Absolute. */
  constructor(root: string, files: FileReader) {
    this.#root = root;
    this.#files = files;
  }

  absolute(path: string): string {
    if (isAbsolute(path)) return path;
    return path === "." ? this.#root : `${this.#root}/${path}`;
  }

  relative(absolute: string): string {
    return workspacePath(this.#root, absolute);
  }

  stat(path: string): FileStat | undefined {
    return this.#read(path, (absolute) => this.#files.stat(absolute));
  }

  /** When it was made, in nanoseconds since the epoch. */
  born(path: string): bigint | undefined {
    return this.#read(path, (absolute) => this.#files.born(absolute));
  }

  entries(path: string): readonly DirectoryEntry[] | undefined {
    return this.#read(path, (absolute) => this.#files.readDirectory(absolute));
  }

  /** @param small Is given the bytes of a small file, which hold until it returns. */
  digest(path: string, small?: (bytes: Uint8Array) => void): Digest {
    return this.#read(path, (absolute) => this.#files.digest(absolute, small));
  }

  /** The text of a symlink. */
  text(path: string): string {
    return this.#read(path, (absolute) => this.#files.readlink(absolute));
  }

  /**
   * Where a symlink leads, by one step: every link of a chain is examined by itself, so that a change of any is seen.
   */
  target(path: string, text: string): string | undefined {
    const directory = this.#files.realpath(dirname(this.absolute(path)));
    if (directory === undefined) return undefined;
    const target = isAbsolute(text) ? text : join(directory, text);
    const inside = this.relative(target);
    return inside === "." ? target : inside;
  }

  #read<T>(path: string, look: (absolute: string) => T): T {
    try {
      return part(look, this.absolute(path));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code === undefined ? error : new DiagnosticError(unreadable(path, code, message));
    }
  }
}

function unreadable(path: string, code: string, message: string): Diagnostic {
  const help =
    code === "EACCES" || code === "EPERM"
      ? `make it readable: chmod u+rX ${path}; a source may be excluded from its set instead`
      : `check it: ls -l ${path}`;
  return {
    code: "INC4101",
    severity: "error",
    message: `"${path}" cannot be read (${code})`,
    notes: [{ message }],
    help: [help],
  };
}
