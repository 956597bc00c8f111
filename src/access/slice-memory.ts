import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RememberedSlice, SliceMemory } from "../fingerprint/code/memory.ts";
import { readOwnFile, writeOwnFile } from "../host/files/own-files.ts";
import type { Workspace } from "../workspace/workspace.ts";

type Entries = readonly (readonly [key: string, remembered: RememberedSlice])[];

/**
 * Of the file, and of what a `CodeSlice` consists of: an older file lacks what is new. Raise it with either, and when slices have lacked
 * something that counts: those that are remembered lack it for as long as their files stay the same.
 */
const FORMAT = "inc slices 4";

/** Slices in a file of the store's directory: a cache, which may always be thrown away. */
export class StoredSlices implements SliceMemory {
  readonly #workspace: Workspace;
  readonly #path: string;
  readonly #known: ReadonlyMap<string, RememberedSlice>;
  readonly #used = new Map<string, RememberedSlice>();
  #isChanged = false;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#path = join(workspace.directory, "slices");
    this.#known = new Map(this.#read());
  }

  get(key: string): RememberedSlice | undefined {
    const found = this.#known.get(key);
    if (found !== undefined) this.#used.set(key, found);
    return found;
  }

  set(key: string, remembered: RememberedSlice): void {
    this.#isChanged = true;
    this.#used.set(key, remembered);
  }

  /** Stores those that were asked for, and those of other manifests. Nothing where there is no store, or none that can be written. */
  save(manifest: string): void {
    if (!this.#isChanged || !existsSync(this.#workspace.directory)) return;
    const others = [...this.#known].filter(([key]) => !key.startsWith(`[${JSON.stringify(manifest)},`));
    const text = JSON.stringify([...others, ...this.#used]);
    try {
      writeOwnFile(this.#path, `${this.#header(text)}\n${text}`);
    } catch {
      // A cache: the next evaluation makes it anew.
    }
  }

  #header(body: string): string {
    return `${FORMAT} ${this.#workspace.hasher.digest(body)}`;
  }

  /** Half written, or of another form: as if it were not there. */
  #read(): Entries {
    try {
      const text = readOwnFile(this.#path).toString("utf8");
      const end = text.indexOf("\n");
      const body = text.slice(end + 1);
      return text.slice(0, end) === this.#header(body) ? (JSON.parse(body) as Entries) : [];
    } catch {
      return [];
    }
  }
}
