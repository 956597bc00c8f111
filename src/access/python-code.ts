import { join, relative, resolve } from "node:path";
import { ENVIRONMENTS, INTERPRETER } from "../execute/python/environments.ts";
import type { SliceMemory } from "../fingerprint/code/memory.ts";
import type { PythonEntry, PythonSlice } from "../fingerprint/python/python-slice.ts";
import { PythonSlicer } from "../fingerprint/python/slice.ts";
import type { AskedPython, PythonPlace } from "../graph/python.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { pythonProblems } from "./python-problems.ts";

/** What was found out about a Python function. */
export interface FoundSlice {
  readonly slice: PythonSlice;
  /** Name of the tool that runs it, as seen from the task's working directory. */
  readonly interpreter: string;
  /** Why the task cannot call it. */
  readonly problems: readonly Diagnostic[];
}

/** The Python functions of one evaluation. */
export class PythonCode {
  /** Absolute paths of the interpreters that were looked for. */
  readonly looked = new Set<string>();
  readonly #workspace: Workspace;
  readonly #manifest: string;
  readonly #memory: SliceMemory;
  readonly #slicers = new Map<string, PythonSlicer>();

  /** @param manifest Absolute path. */
  constructor(workspace: Workspace, manifest: string, memory: SliceMemory) {
    this.#workspace = workspace;
    this.#manifest = manifest;
    this.#memory = memory;
  }

  /** Finds out about several functions by one process of each interpreter. */
  prepare(places: readonly PythonPlace[]): void {
    for (const [slicer, all] of Map.groupBy(places, (place) => this.#slicerOf(place)))
      slicer.prepare(all.map((place) => this.#entryOf(place)));
  }

  find(asked: AskedPython): FoundSlice {
    const slice = this.#slicerOf(asked).slice(this.#entryOf(asked));
    return { slice, interpreter: this.#interpreterOf(asked), problems: pythonProblems(asked, slice) };
  }

  #entryOf({ module, name }: PythonPlace): PythonEntry {
    return { module: this.#workspace.absolute(module), name };
  }

  #slicerOf(place: PythonPlace): PythonSlicer {
    return this.#slicerFor(this.#pathOf(this.#interpreterOf(place), place.cwd));
  }

  #interpreterOf({ interpreter, cwd }: PythonPlace): string {
    return interpreter ?? this.#usual(cwd);
  }

  /** Name of the tool that runs a function of which nothing else is said. */
  #usual(cwd: string): string {
    const { root, files } = this.#workspace;
    for (const environment of ENVIRONMENTS) {
      const path = join(root, environment, INTERPRETER);
      this.looked.add(path);
      if (files.stat(path) !== undefined) return relative(join(root, cwd), path);
    }
    return "python3";
  }

  /** Not that which links lead to: the place says which environment it is. */
  #pathOf(name: string, cwd: string): string {
    const { root, files } = this.#workspace;
    if (name.includes("/")) return resolve(root, cwd, name);
    const found = this.#workspace.resolveTool(name, cwd, { isMade: () => false });
    const looked = found?.looked.map((path) => this.#workspace.absolute(path)) ?? [];
    return looked.find((path) => files.realpath(path) === found?.realpath) ?? name;
  }

  #slicerFor(interpreter: string): PythonSlicer {
    const known = this.#slicers.get(interpreter);
    if (known !== undefined) return known;
    const { root, files, hasher } = this.#workspace;
    const slicer = new PythonSlicer({ root, manifest: this.#manifest, files, hasher, interpreter }, this.#memory);
    this.#slicers.set(interpreter, slicer);
    return slicer;
  }
}
