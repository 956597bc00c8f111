import { relative } from "node:path";
import { GIVEN_VARIABLES } from "../execute/environment.ts";
import { canonical } from "../fingerprint/canonical.ts";
import type { CodeSlice } from "../fingerprint/code/code-slice.ts";
import { Slicer } from "../fingerprint/code/slice.ts";
import type { CodeOf } from "../graph/actions.ts";
import { FunctionDescriber } from "../manifest/captured/describe.ts";
import { type FunctionPlace, ValueInspector } from "../manifest/captured/inspector.ts";
import type { ManifestReads } from "../manifest/load/recorder.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Graph } from "../model/graph.ts";
import { compareBytes } from "../model/order.ts";
import { dictionary } from "../model/own.ts";
import { isWithin } from "../model/path.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { moduleDigest } from "./manifest-reads.ts";

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
  readonly #slicer: Slicer;
  #inspector: ValueInspector | undefined;
  #asked: Digest | undefined;

  /**
   * @param manifest Absolute path.
   * @param reads What the evaluation has read so far.
   */
  constructor(workspace: Workspace, manifest: string, reads: () => ManifestReads) {
    const { root, files, hasher } = workspace;
    this.#workspace = workspace;
    this.#reads = reads;
    this.#slicer = new Slicer({ root, manifest, files, hasher });
  }

  readonly codeOf: CodeOf = ({ location }, { run, version }) => {
    const slices = new Set<CodeSlice>();
    this.#inspector ??= new ValueInspector();
    const describer = new FunctionDescriber(this.#inspector, (place) => this.#sliceAt(place, slices));
    const { described, problems } = describer.describe(run, location);
    const all = [...slices];
    const asked = all.some(({ asksInc }) => asksInc) ? this.#everythingAsked() : null;
    const code = version === undefined ? ["inc function 1", described, asked] : ["inc version 1", version];
    if (version === undefined) this.problems.push(...problems, ...all.flatMap((slice) => slice.problems));
    return {
      digest: this.#workspace.hasher.digest(canonical(code)),
      ...defined({ version }),
      modules: this.#relative(all.flatMap(({ modules }) => modules)),
      env: sorted(all.flatMap(({ env }) => env)).filter((name) => !GIVEN_VARIABLES.has(name)),
    };
  };

  close(): void {
    this.#inspector?.close();
  }

  #sliceAt(place: FunctionPlace, slices: Set<CodeSlice>): CodeSlice | undefined {
    const slice = this.#slicer.slice(place);
    if (slice === undefined || slices.has(slice)) return slice;
    slices.add(slice);
    for (const path of [...slice.reads, ...slice.absences]) this.read.add(path);
    for (const pattern of slice.patterns) if (isWithin(pattern, this.#workspace.root)) this.patterns.add(pattern);
    return slice;
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
