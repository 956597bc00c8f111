import { join } from "node:path";
import { MAX_LINKS } from "../files/disk.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Workspace } from "./workspace.ts";

/** What is read along with a path: what symlinks on the way to it, and at its end, lead to. */
export class ReadPaths {
  readonly #workspace: Workspace;
  /** Where a path leads that is a symlink itself. */
  readonly #targets = new Map<string, string | undefined>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** The paths with all that they lead to, but for the workspace itself: that would be everything. */
  reached(paths: readonly string[]): ReadonlySet<string> {
    const reached = new Set<string>();
    for (const path of paths) this.#add(path, reached);
    reached.delete(".");
    return reached;
  }

  #add(path: string, reached: Set<string>): void {
    let at: string | undefined = path;
    for (let links = 0; at !== undefined && links <= MAX_LINKS && !reached.has(at); links += 1) {
      reached.add(at);
      at = this.#through(at);
    }
  }

  /** Where a path leads by the first symlink in it; undefined: there is none. */
  #through(path: string): string | undefined {
    for (let end = path.indexOf("/", 1); ; end = path.indexOf("/", end + 1)) {
      const step = end < 0 ? path : path.slice(0, end);
      const target = this.#targetOf(step);
      if (target !== undefined) return join(target, path.slice(step.length));
      if (end < 0) return undefined;
    }
  }

  #targetOf(path: string): string | undefined {
    if (!this.#targets.has(path))
      this.#targets.set(path, this.#workspace.typeOf(path) === "link" ? this.#workspace.index.target(path) : undefined);
    return this.#targets.get(path);
  }

  /** Symlinks in a directory that is read. */
  linksIn(directory: string): readonly string[] {
    if (this.#workspace.typeOf(directory) !== "directory") return [];
    const listing = orNothing(() => this.#workspace.index.identifyTree(directory)?.listing) ?? [];
    return listing.flatMap(({ path, type }) => (type === "symlink" ? [`${directory}/${path}`] : []));
  }
}

/** Undefined for what cannot be read: the task that reads it fails and says why. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined;
    throw error;
  }
}
