import type { Digest } from "../../model/digest.ts";
import { canonical } from "../canonical.ts";
import { FileStates, type SliceMemory } from "../code/memory.ts";
import type { AnsweredSlice } from "./answer.ts";
import { askPython } from "./ask.ts";
import { problemOf, unanswered } from "./problems.ts";
import type { PythonEntry, PythonSite, PythonSlice } from "./python-slice.ts";

/** Apart from digests of other things, and of other formats. */
const FORMAT = "inc python 1";

/** Finds the code that Python functions reach. For one state of the files. */
export class PythonSlicer {
  readonly #site: PythonSite;
  readonly #memory: SliceMemory | undefined;
  readonly #states: FileStates;
  readonly #slices = new Map<string, PythonSlice>();

  /** @param memory Slices that were found before. */
  constructor(site: PythonSite, memory?: SliceMemory) {
    this.#site = site;
    this.#memory = memory;
    this.#states = new FileStates(site.files);
  }

  /** Finds the slices of several functions by one process: none at all, where all of them are remembered. */
  prepare(entries: readonly PythonEntry[]): void {
    const unknown = [...new Map(entries.map((entry) => [this.#key(entry), entry]))].filter(
      ([key]) => !(this.#slices.has(key) || this.#recall(key)),
    );
    if (unknown.length === 0) return;
    const { interpreter, root } = this.#site;
    const asked = askPython(
      interpreter,
      root,
      unknown.map(([, entry]) => entry),
    );
    for (const [i, [key, entry]] of unknown.entries()) {
      if ("failed" in asked) {
        this.#slices.set(key, emptySlice(this.#digest(null), [unanswered(interpreter, entry, asked)]));
        continue;
      }
      const slice = this.#sliceOf(asked.slices[i] as AnsweredSlice, asked.executable);
      this.#slices.set(key, slice);
      // A script that starts some interpreter may start another one next time.
      if (this.#isItself(asked.executable)) this.#memory?.set(key, this.#states.remember(slice));
    }
  }

  slice(entry: PythonEntry): PythonSlice {
    this.prepare([entry]);
    return this.#slices.get(this.#key(entry)) as PythonSlice;
  }

  #key({ module, name }: PythonEntry): string {
    const { manifest, interpreter } = this.#site;
    return JSON.stringify([manifest, "python", interpreter, module, name]);
  }

  #recall(key: string): boolean {
    const remembered = this.#memory?.get(key);
    if (remembered === undefined || !this.#states.holds(remembered)) return false;
    this.#slices.set(key, remembered.slice as PythonSlice);
    return true;
  }

  #isItself(executable: string): boolean {
    const { files, interpreter } = this.#site;
    return files.realpath(executable) === files.realpath(interpreter);
  }

  #sliceOf(answered: AnsweredSlice, executable: string): PythonSlice {
    const { parameters, parts, problems, digest, reads } = answered;
    return {
      ...answered,
      digest: this.#digest(digest),
      parameters: parameters ?? undefined,
      captured: [],
      asksInc: false,
      reads: [...reads, this.#site.interpreter, executable],
      parts: parts.map(({ via, ...part }) => ({ ...part, digest: this.#digest(part.digest), via: via ?? undefined })),
      problems: problems.map(problemOf),
    };
  }

  #digest(of: string | null): Digest {
    return this.#site.hasher.digest(canonical([FORMAT, of]));
  }
}

function emptySlice(digest: Digest, problems: PythonSlice["problems"]): PythonSlice {
  return {
    digest,
    problems,
    parameters: undefined,
    isAsync: false,
    isGenerator: false,
    importRoot: "",
    moduleName: "",
    modules: [],
    packages: [],
    env: [],
    captured: [],
    reads: [],
    absences: [],
    patterns: [],
    asksInc: false,
    parts: [],
  };
}
