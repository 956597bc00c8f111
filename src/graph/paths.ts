import { dirname, isAbsolute, posix, relative } from "node:path";
import type { Origin } from "../manifest/call-site.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { leadsOut } from "../model/path.ts";
import { escapePattern } from "../model/pattern.ts";

/** Turns paths as a manifest writes them, relative to its own directory, into workspace paths. */
export class Paths {
  /** The manifest, as a workspace path. */
  readonly manifest: string;
  /** Its directory, likewise. */
  readonly #base: string;
  readonly #workspace: string;
  readonly errors: Diagnostic[] = [];

  /** @param manifest Absolute, as the workspace is. */
  constructor(workspace: string, manifest: string) {
    this.#workspace = workspace;
    this.manifest = relative(workspace, manifest);
    this.#base = relative(workspace, dirname(manifest));
  }

  /** The normalized path, without a slash at the end; `.` for the workspace itself. What leads out of it is an error. */
  resolve(written: string, what: string, origin: Origin): string {
    return this.#resolve(this.#baseOf(origin), written, what, origin);
  }

  /** A pattern with its wildcards, in a directory whose name has none, whatever it looks like. */
  pattern(written: string, origin: Origin): string {
    return this.#resolve(escapePattern(this.#baseOf(origin)), written, "the pattern", origin);
  }

  #resolve(base: string, written: string, what: string, origin: Origin): string {
    const path = isAbsolute(written) ? written : posix.normalize(posix.join(base, written));
    if (leadsOut(path)) {
      this.errors.push({
        code: "INC2502",
        severity: "error",
        message: `${what} "${written}" is outside the workspace`,
        location: origin.location,
        help: [
          "move the file inside the workspace: the directory of the nearest package.json above the manifest, or of .git",
        ],
      });
      return ".";
    }
    return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  }

  /** A workspace path as the manifest that declared something would write it. */
  written(path: string, origin: Origin): string {
    return posix.relative(this.#baseOf(origin) || ".", path);
  }

  #baseOf({ base }: Origin): string {
    return base === undefined ? this.#base : relative(this.#workspace, base);
  }
}
