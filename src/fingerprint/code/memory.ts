import { compareBytes } from "../../model/order.ts";
import type { CodeEntry, CodeSite, CodeSlice } from "./code-slice.ts";
import { filesMatching } from "./link/patterns.ts";

/**
 * A slice with the state of all files that decided it. As long as that is the same, the slice is: also for a later inc that would
 * digest code otherwise, so that an upgrade runs nothing again.
 */
export interface RememberedSlice {
  /** Absolute path → digest, null where there is no file. */
  readonly files: readonly (readonly [path: string, digest: string | null])[];
  readonly matches: readonly (readonly [pattern: string, files: readonly string[]])[];
  readonly slice: CodeSlice;
}

/** Where slices are remembered. */
export interface SliceMemory {
  get(key: string): RememberedSlice | undefined;
  set(key: string, remembered: RememberedSlice): void;
}

/** By the manifest and the place of the function. */
export function memoryKey({ manifest }: CodeSite, { module, line, column }: CodeEntry): string {
  return JSON.stringify([manifest, module, line, column]);
}

/** The state of the files of one workspace, each examined once. */
export class FileStates {
  readonly #files: CodeSite["files"];
  readonly #digests = new Map<string, string | null>();

  constructor(files: CodeSite["files"]) {
    this.#files = files;
  }

  remember(slice: CodeSlice): RememberedSlice {
    const paths = [...slice.reads, ...slice.absences].sort(compareBytes);
    return {
      files: paths.map((path) => [path, this.#digest(path)]),
      matches: slice.patterns.map((pattern) => [pattern, filesMatching(pattern, this.#files)]),
      slice,
    };
  }

  holds({ files, matches }: RememberedSlice): boolean {
    return (
      files.every(([path, digest]) => this.#digest(path) === digest) &&
      matches.every(([pattern, found]) => filesMatching(pattern, this.#files).join("\n") === found.join("\n"))
    );
  }

  #digest(path: string): string | null {
    const known = this.#digests.get(path);
    if (known !== undefined) return known;
    const real = this.#files.realpath(path);
    const isFile = real !== undefined && this.#files.stat(real)?.type === "file";
    // With the place that a symlink leads to: a module is known by that, and a package that is linked is a link to a directory.
    const digest = real === undefined ? null : isFile ? `${real} ${this.#files.digest(real)}` : real;
    this.#digests.set(path, digest);
    return digest;
  }
}
