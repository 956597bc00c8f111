import { relative } from "node:path";
import { GIVEN_VARIABLES } from "../execute/environment.ts";
import { canonical } from "../fingerprint/canonical.ts";
import type { CodeSlice, CodePart as SlicePart } from "../fingerprint/code/code-slice.ts";
import { Slicer } from "../fingerprint/code/slice.ts";
import type { CodeOf } from "../graph/actions.ts";
import type { AskedPython, FoundPython } from "../graph/python.ts";
import { FunctionDescriber } from "../manifest/captured/describe.ts";
import { type FunctionPlace, ValueInspector } from "../manifest/captured/inspector.ts";
import type { FunctionDeclaration, TaskDeclaration } from "../manifest/declaration.ts";
import type { ManifestReads } from "../manifest/load/recorder.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Graph } from "../model/graph.ts";
import { compareBytes } from "../model/order.ts";
import { dictionary } from "../model/own.ts";
import { isWithin } from "../model/path.ts";
import type { FunctionCode } from "../model/task/action.ts";
import type { CodePart, CodeReach, CodeTable } from "../model/task/code-table.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { moduleDigest } from "./manifest-reads.ts";
import { PythonCode } from "./python-code.ts";
import { StoredSlices } from "./slice-memory.ts";

/** The functions of one evaluation. */
export class FunctionCodes {
  /** Code that cannot be tracked. */
  readonly problems: Diagnostic[] = [];
  /** Absolute paths of the files that decided the code, and of those whose absence did. */
  readonly read = new Set<string>();
  /** Absolute patterns whose matching files decided it. */
  readonly patterns = new Set<string>();
  readonly #workspace: Workspace;
  readonly #reads: () => ManifestReads;
  readonly #manifest: string;
  /** Made for the first function: most manifests have none. */
  #stored: StoredSlices | undefined;
  #made: Slicer | undefined;
  #python: PythonCode | undefined;
  #inspector: ValueInspector | undefined;
  readonly #parts = new Map<string, { readonly index: number; readonly part: CodePart }>();
  readonly #reaches = new Map<string, { readonly index: number; readonly reach: CodeReach }>();
  #asked: Digest | undefined;

  /**
   * @param manifest Absolute path.
   * @param reads What the evaluation has read so far.
   */
  constructor(workspace: Workspace, manifest: string, reads: () => ManifestReads) {
    this.#workspace = workspace;
    this.#reads = reads;
    this.#manifest = manifest;
  }

  readonly codeOf: CodeOf = {
    function: (task, declared) => this.#codeOfFunction(task, declared),
    python: (asked) => this.#codeOfPython(asked),
    preparePython: (places) => {
      if (places.length > 0) this.#pythonCode.prepare(places);
    },
  };

  #codeOfFunction({ location }: TaskDeclaration, { run, version }: FunctionDeclaration): FunctionCode {
    const slices = new Set<CodeSlice>();
    this.#inspector ??= new ValueInspector();
    const describer = new FunctionDescriber(this.#inspector, (place) => this.#sliceAt(place, slices));
    const { described, problems } = describer.describe(run, location);
    const all = [...slices];
    const asked = all.some(({ asksInc }) => asksInc) ? this.#everythingAsked() : null;
    const actual = this.#digest(["inc function 1", described, asked]);
    if (version === undefined) this.problems.push(...problems, ...all.flatMap((slice) => slice.problems));
    return {
      ...this.#standing(actual, version),
      ...(problems.length + all.flatMap((slice) => slice.problems).length > 0 ? { isUnique: true as const } : {}),
      reach: this.#reachOf(all),
      env: readBy(all),
    };
  }

  #codeOfPython(asked: AskedPython): FoundPython {
    const { slice, interpreter, problems } = this.#pythonCode.find(asked);
    this.#note(slice);
    for (const path of this.#pythonCode.looked) this.read.add(path);
    this.problems.push(...problems);
    const actual = this.#digest(["inc python function 1", slice.digest]);
    const { root } = this.#workspace;
    return {
      interpreter,
      importRoot: relative(root, slice.importRoot),
      moduleName: slice.moduleName,
      code: {
        ...this.#standing(actual, asked.version),
        reach: this.#reachOf([{ ...slice, modules: this.#filesOf(slice) }]),
        env: readBy([slice]),
      },
    };
  }

  /** The digest of code, or that of the version which stands for it. */
  #standing(actual: Digest, version: string | undefined): Pick<FunctionCode, "digest" | "version" | "actual"> {
    return version === undefined
      ? { digest: actual }
      : { digest: this.#digest(["inc version 1", version]), version, actual };
  }

  #digest(of: unknown): Digest {
    return this.#workspace.hasher.digest(canonical(of));
  }

  /** True for a function whose calls are all alike, however often and in whatever order it is called. */
  isIndependent(of: (...args: never[]) => unknown): boolean {
    this.#inspector ??= new ValueInspector();
    const { place } = this.#inspector.function(of);
    return place?.module.startsWith("/") === true && this.#slicer.isIndependent(place);
  }

  /** The parts of the code of all functions; undefined: there are no functions. */
  get table(): CodeTable | undefined {
    const parts = [...this.#parts.values()].map(({ part }) => part);
    const reaches = [...this.#reaches.values()].map(({ reach }) => reach);
    return reaches.length === 0 ? undefined : { parts, reaches };
  }

  /** The functions are asked for anew, and others of them. What decided the code remains: with other files there would be others. */
  forget(): void {
    this.problems.length = 0;
    this.#parts.clear();
    this.#reaches.clear();
    // Callbacks that are called now may ask inc for more.
    this.#asked = undefined;
  }

  close(): void {
    this.#inspector?.close();
    this.#stored?.save(this.#manifest);
  }

  get #pythonCode(): PythonCode {
    this.#python ??= new PythonCode(this.#workspace, this.#manifest, this.#memory);
    return this.#python;
  }

  get #memory(): StoredSlices {
    this.#stored ??= new StoredSlices(this.#workspace);
    return this.#stored;
  }

  get #slicer(): Slicer {
    const { root, files, hasher } = this.#workspace;
    this.#made ??= new Slicer({ root, manifest: this.#manifest, files, hasher }, this.#memory);
    return this.#made;
  }

  #sliceAt(place: FunctionPlace, slices: Set<CodeSlice>): CodeSlice | undefined {
    const slice = this.#slicer.slice(place);
    if (slice === undefined || slices.has(slice)) return slice;
    slices.add(slice);
    this.#note(slice);
    return slice;
  }

  /** What decided a slice decides the graph. */
  #note(slice: CodeSlice): void {
    for (const path of [...slice.reads, ...slice.absences]) this.read.add(path);
    for (const pattern of slice.patterns) if (isWithin(pattern, this.#workspace.root)) this.patterns.add(pattern);
  }

  /** Index of what some slices reach together. */
  #reachOf(slices: readonly CodeSlice[]): number {
    // The same code may lie in several places, with modules of its own in each.
    const key = JSON.stringify(slices.map(({ digest, modules }) => [digest, modules]));
    const known = this.#reaches.get(key);
    if (known !== undefined) return known.index;
    const list: (readonly [number, number])[] = [];
    for (const { parts } of slices) {
      const start = list.length;
      for (const part of parts) list.push([this.#partIndex(part), part.via === undefined ? -1 : start + part.via]);
    }
    const index = this.#reaches.size;
    const modules = this.#relative(slices.flatMap((slice) => slice.modules));
    this.#reaches.set(key, { index, reach: { parts: list, modules } });
    return index;
  }

  /**
   * The files of the workspace that a Python function has to find: the modules that loading its module loads, also those of which
   * nothing is in its slice, and what lies beside modules and is named by their code. Other modules were not read.
   */
  #filesOf({ reads, parts }: CodeSlice): readonly string[] {
    const { files, root } = this.#workspace;
    const modules = reads.filter((path) => /\.(?:py|so)$/.test(path));
    const isBeside = ({ kind, module }: SlicePart): boolean =>
      kind === "file" && files.stat(module) !== undefined && files.stat(module)?.type !== "directory";
    const beside = parts.filter(isBeside).map(({ module }) => module);
    return [...modules, ...beside].filter((path) => isWithin(path, root));
  }

  #partIndex({ names, kind, module, lines, digest }: SlicePart): number {
    const path = kind === "package" ? "" : relative(this.#workspace.root, module);
    const part: CodePart = { name: nameOf(kind, names), module: path, lines, digest };
    const key = JSON.stringify(part);
    const known = this.#parts.get(key);
    if (known !== undefined) return known.index;
    this.#parts.set(key, { index: this.#parts.size, part });
    return this.#parts.size - 1;
  }

  #relative(paths: readonly string[]): readonly string[] {
    return sorted(paths.map((path) => relative(this.#workspace.root, path)));
  }

  /** All that the evaluation asked inc for: code that asks may have any of it. */
  #everythingAsked(): Digest {
    if (this.#asked !== undefined) return this.#asked;
    const { params, listings, env, modules } = this.#reads();
    const code = new Set(this.#slicer.evaluated());
    const files = modules.filter((path) => !code.has(path)).map((path) => moduleDigest(this.#workspace, path));
    this.#asked = this.#workspace.hasher.digest(
      canonical([
        params.map(({ name, value }) => [name, value]),
        listings.map(({ set, directories, result }) => [set.patterns, directories, result]),
        [...env].map(([name, value]) => [name, value ?? null]),
        files,
      ]),
    );
    return this.#asked;
  }
}

/** What people call a part. */
function nameOf(kind: SlicePart["kind"], names: readonly string[]): string {
  const name = names.join(", ");
  if (kind === "function") return "run";
  if (kind === "package") return `package ${name}`;
  return name === "" ? "a statement" : name.replace("*default*", "the default export");
}

/** The variables that code reads, but for those that every task has. */
function readBy(slices: readonly CodeSlice[]): readonly string[] {
  return sorted(slices.flatMap(({ env }) => env)).filter((name) => !GIVEN_VARIABLES.has(name));
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareBytes);
}

/** A graph whose functions get the variables that their code reads. */
export function withReadVariables(graph: Graph): Graph {
  const envs = new Map(graph.envs.map((source) => [source.name, source]));
  const tasks = graph.tasks.map((task) => {
    const names = task.action.kind === "function" ? task.action.code.env : [];
    for (const name of names)
      if (!envs.has(name)) envs.set(name, { name, tracked: true, secret: false, location: task.location });
    const read = names.map((name) => [name, { kind: "env", name } as const] as const);
    return names.length === 0 ? task : { ...task, env: dictionary([...read, ...Object.entries(task.env)]) };
  });
  return { ...graph, tasks, envs: [...envs.values()] };
}
