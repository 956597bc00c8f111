import { isAbsolute, posix, relative } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";

/** Turns paths as a manifest writes them, relative to its directory, into workspace paths. */
export class Paths {
  /** The manifest's directory, as a workspace path. */
  readonly #base: string;
  readonly errors: Diagnostic[] = [];

  constructor(workspace: string, manifestDirectory: string) {
    this.#base = relative(workspace, manifestDirectory);
  }

  /** The normalized path, without a slash at the end; `.` for the workspace itself. What leads out of it is an error. */
  resolve(written: string, what: string, location: Location): string {
    const path = isAbsolute(written) ? written : posix.normalize(posix.join(this.#base, written));
    if (isAbsolute(path) || path === ".." || path.startsWith("../")) {
      this.errors.push({
        code: "INC2502",
        severity: "error",
        message: `${what} "${written}" is outside of the workspace`,
        location,
        help: [
          "a pipeline reads and writes inside its workspace: the directory of the nearest package.json above the manifest, or of .git",
        ],
      });
      return ".";
    }
    return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  }

  /** A glob pattern: its wildcards are left alone. */
  pattern(written: string, location: Location): string {
    return this.resolve(written, "the pattern", location);
  }

  /** A workspace path as the manifest would write it. */
  written(path: string): string {
    return posix.relative(this.#base === "" ? "." : this.#base, path);
  }
}
