import { dirname, relative } from "node:path";
import { type Diagnostic, DiagnosticError } from "../../model/diagnostic.ts";
import type { GraphReads } from "../../model/evaluation/reads.ts";
import type { FileSet, ParamValue } from "../../model/graph.ts";
import type { Location } from "../../model/location.ts";
import { own } from "../../model/own.ts";
import type { Result } from "../../model/result.ts";
import type { CallPlace } from "../call-place.ts";
import { callSite } from "../call-site.ts";
import type {
  EachDeclaration,
  FilesDeclaration,
  ObjectDeclaration,
  ParamDeclaration,
  TaskDeclaration,
} from "../declaration.ts";
import { isManifest } from "../module-path.ts";
import type { ManifestSession } from "../session.ts";
import type { ManifestProcess } from "./manifest-process.ts";
import { packagesAbove } from "./modules.ts";
import { isRead } from "./untracked.ts";

/** What a manifest is evaluated with. */
export interface LoadContext {
  /** Absolute. */
  readonly workspace: string;
  /** Parameters as given on the command line. */
  readonly params: Readonly<Record<string, string>>;
  /** Workspace paths that a set matches. */
  list(set: FileSet, directories: boolean): readonly string[];
  /** A workspace-relative set of what a manifest declared. */
  setOf(declaration: FilesDeclaration, manifest: string): FileSet;
  parseParam(declaration: ParamDeclaration, text: string): Result<ParamValue>;
}

/** All that an evaluation read. */
export type ManifestReads = Omit<GraphReads, "env"> & {
  /** Environment variables read; undefined: it was not set. */
  readonly env: ReadonlyMap<string, string | undefined>;
};

type UntrackedRead = Diagnostic & { readonly location: Location };

/** The session of one evaluation. Records what it declares and what it reads. */
export class ManifestRecorder implements ManifestSession {
  readonly manifest: string;
  base?: string | undefined;
  readonly made: (TaskDeclaration | EachDeclaration)[] = [];
  readonly objects: ObjectDeclaration[] = [];
  readonly places: CallPlace[] = [];
  /** What it did that costs something. */
  readonly warnings: UntrackedRead[] = [];
  /** Parameters whose value it read. */
  readonly params: ParamDeclaration[] = [];
  readonly #context: LoadContext;
  readonly #process: ManifestProcess;
  readonly #modules: Set<string>;
  readonly #listings: GraphReads["listings"][number][] = [];
  readonly #values = new Map<string, ParamValue>();
  /** How many modules there were when it last searched them for manifests, and whether there was one. */
  #examined = { modules: 0, importsManifests: false };

  /** @param modules Grows while it is evaluated. */
  constructor(manifest: string, context: LoadContext, entered: ManifestProcess, modules: Set<string>) {
    this.manifest = manifest;
    this.#context = context;
    this.#process = entered;
    this.#modules = modules;
  }

  importsManifests(): boolean {
    const modules = this.#modules.size;
    if (this.#examined.modules < modules) {
      const importsManifests = [...this.#modules].some((path) => path !== this.manifest && isManifest(path));
      this.#examined = { modules, importsManifests };
    }
    return this.#examined.importsManifests;
  }

  list(declaration: FilesDeclaration, directories: boolean): readonly string[] {
    const set = this.#context.setOf(declaration, this.manifest);
    const result = this.#context.list(set, directories);
    this.#listings.push({ set, directories, result });
    const base = relative(this.#context.workspace, declaration.base ?? dirname(this.manifest));
    return base === "" ? result : result.map((path) => relative(base, path));
  }

  noteFile(path: string): void {
    this.#modules.add(path);
  }

  noteUntracked(name: string, call: (...args: never[]) => unknown): void {
    const warning = untracked(name, callSite(call));
    const { line, file } = warning.location;
    if (!this.warnings.some(({ location }) => location.line === line && location.file === file))
      this.warnings.push(warning);
  }

  readEnv(name: string): string | undefined {
    return this.#process.note(name);
  }

  readParam(declaration: ParamDeclaration): ParamValue | undefined {
    this.params.push(declaration);
    const text = own(this.#context.params, declaration.name);
    const parsed = text === undefined ? undefined : this.#context.parseParam(declaration, text);
    if (parsed?.ok === false) throw new DiagnosticError(...parsed.diagnostics);
    const value = parsed === undefined ? declaration.default : parsed.value;
    // As it was given: the cached graph is compared by that.
    if (value !== undefined) this.#values.set(declaration.name, text ?? value);
    return value;
  }

  reads(): ManifestReads {
    return {
      modules: [...this.#modules],
      repeatable: !this.#process.enumerated && this.warnings.length === 0,
      packages: packagesAbove(this.#modules, this.#context.workspace),
      listings: this.#listings,
      env: this.#process.read,
      params: [...this.#values].map(([name, value]) => ({ name, value })),
    };
  }
}

function untracked(name: string, location: Location): UntrackedRead {
  const reads = isRead(name);
  return {
    code: "INC2029",
    severity: "warning",
    message: `the manifest ${reads ? "reads files" : "starts programs"} through ${name}, so inc evaluates it again in every run`,
    location,
    notes: [{ message: `neither inc nor inc watch can see ${reads ? "these files" : "their results"} change` }],
    help: [
      reads
        ? "use read.text(), read.json() or read.yaml(), or list() for the entries of a directory"
        : "start the program in a task, or pass its result as a parameter: inc run --param name=value",
    ],
  };
}
