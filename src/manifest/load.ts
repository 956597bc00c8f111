import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { foreignAmong, foreignProblem } from "../host/ownership.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { FileSet, GraphReads, ParamValue } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { own } from "../model/own.ts";
import { ancestors, isWithin } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import { type CallPlace, settlePlaces } from "./call-place.ts";
import { callSite, isManifest } from "./call-site.ts";
import type { Evaluation, FilesDeclaration, ParamDeclaration } from "./declaration.ts";
import { declarationOf } from "./handles.ts";
import { explainLoadFailure } from "./load-failure.ts";
import { enterManifest, type ManifestProcess } from "./process.ts";
import { type ManifestSession, withSession } from "./session.ts";
import { notedSource, notedUrl } from "./untracked.ts";

/** What evaluating asks of the one who wants it. */
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

export interface LoadedManifest<T> {
  /** What `use` made of the evaluation. */
  readonly used: T;
  readonly reads: Omit<GraphReads, "env"> & {
    /** Environment variables read; undefined: it was not set. */
    readonly env: ReadonlyMap<string, string | undefined>;
  };
}

/** The package that manifests import from: whichever way it was installed, it is this very one. */
const SELF = new URL(import.meta.url.endsWith(".ts") ? "../index.ts" : "../index.js", import.meta.url).href;

/** Node evaluates a module but once under one name: each evaluation but the first gives the manifest's modules names of their own. */
let evaluations = 0;

/**
 * Evaluates a manifest in this process, and keeps a record of all that it read: also while `use` calls the callbacks in
 * what it declared. One at a time.
 */
export async function loadManifest<T>(
  manifest: string,
  context: LoadContext,
  use: (evaluation: Evaluation) => T,
): Promise<Result<LoadedManifest<T>>> {
  const modules = new Set<string>();
  evaluations += 1;
  const suffix = evaluations === 1 ? "" : `?evaluation=${evaluations}`;
  const hooks = registerHooks({
    resolve(specifier, from, next) {
      const noted = notedUrl(specifier, from.parentURL);
      if (noted !== undefined) return { url: noted, shortCircuit: true, format: "module" };
      if (specifier === "inc-run")
        return { url: SELF, shortCircuit: true, format: SELF.endsWith(".ts") ? "module-typescript" : "module" };
      const resolved = next(specifier, from);
      return isReloaded(resolved.url) ? { ...resolved, url: resolved.url + suffix } : resolved;
    },
    load(url, from, next) {
      const noted = notedSource(url);
      if (noted !== undefined) return { source: noted, format: "module", shortCircuit: true };
      const path = url.startsWith("file:") ? fileURLToPath(url.replace(/[?#].*$/, "")) : undefined;
      if (path === undefined || url === SELF || isOwn(url)) return next(url, from);
      const foreign = foreignAmong([path]);
      if (foreign !== undefined)
        throw new DiagnosticError(foreignProblem(foreign, "a module of the manifest,", dirname(path)));
      modules.add(path);
      // In a package of "type": "commonjs" Node would take the manifest for a script, where `export` is an error.
      const format = path.endsWith(".ts") && from.format !== "module" ? "module-typescript" : from.format;
      return next(url, { ...from, format });
    },
  });
  const env = enterManifest();
  const reads = {
    listings: [] as GraphReads["listings"][number][],
    params: new Map<string, ParamValue>(),
    declared: [] as ParamDeclaration[],
  };
  const session = makeSession(manifest, context, env, reads, modules);
  try {
    const exports = await withSession(session, () => evaluateOrStick(manifest, modules));
    if (!exports.ok) return exports;
    settlePlaces(session.places, placesOf(exports.value), () => readFileSync(manifest, "utf8"));
    const { objects, warnings } = session;
    // What callbacks make while it is used is a part of the graph already.
    const evaluation = {
      manifest,
      exports: exports.value,
      made: [...session.made],
      objects,
      params: reads.declared,
      warnings,
    };
    const used = await withSession(session, async () => use(evaluation));
    return {
      ok: true,
      value: {
        used,
        reads: {
          modules: [...modules],
          repeatable: !env.enumerated && warnings.length === 0,
          packages: packagesAbove([...modules], context.workspace),
          listings: reads.listings,
          env: env.read,
          params: [...reads.params].map(([name, value]) => ({ name, value })),
        },
      },
    };
  } finally {
    env.restore();
    hooks.deregister();
  }
}

type Exports = Record<string, unknown>;

/** Where what is exported was declared. */
function placesOf(exports: Exports): ReadonlyMap<string, Location> {
  const places = Object.entries(exports).flatMap(([name, value]) => {
    const declared = declarationOf(value);
    return declared !== undefined && "location" in declared ? [[name, declared.location] as const] : [];
  });
  return new Map(places);
}

/** Also ends once nothing is left that the manifest could be waiting for. */
function evaluateOrStick(manifest: string, modules: ReadonlySet<string>): Promise<Result<Exports>> {
  return new Promise((resolve, reject) => {
    const stuck = (): void => {
      const location = { file: manifest, line: 1, column: 1 };
      const message = "the manifest awaits something that never comes";
      const help = ["look at its top-level awaits, and at those of the modules it imports"];
      resolve({ ok: false, diagnostics: [{ code: "INC2001", severity: "error", message, location, help }] });
    };
    process.once("beforeExit", stuck);
    evaluate(manifest, modules)
      .finally(() => process.off("beforeExit", stuck))
      .then(resolve, reject);
  });
}

async function evaluate(manifest: string, modules: ReadonlySet<string>): Promise<Result<Exports>> {
  try {
    return { ok: true, value: (await import(pathToFileURL(manifest).href)) as Exports };
  } catch (error) {
    if (error instanceof DiagnosticError) return { ok: false, diagnostics: error.diagnostics };
    return { ok: false, diagnostics: [explainLoadFailure(error, manifest, [...modules])] };
  }
}

const OWN = new URL("..", import.meta.url).href;

function isOwn(url: string): boolean {
  return url.startsWith(OWN);
}

/** What people edit; packages stay as they were loaded. */
function isReloaded(url: string): boolean {
  return url.startsWith("file:") && !/[?#]/.test(url) && !url.includes("/node_modules/") && !isOwn(url);
}

function makeSession(
  manifest: string,
  context: LoadContext,
  env: ManifestProcess,
  reads: {
    readonly listings: GraphReads["listings"][number][];
    readonly params: Map<string, ParamValue>;
    readonly declared: ParamDeclaration[];
  },
  modules: Set<string>,
): ManifestSession & { readonly warnings: readonly Diagnostic[]; readonly places: CallPlace[] } {
  const warnings: (Diagnostic & { readonly location: Location })[] = [];
  let looked = 0;
  let imports = false;
  return {
    manifest,
    importsManifests() {
      if (looked < modules.size) imports = [...modules].some((path) => path !== manifest && isManifest(path));
      looked = modules.size;
      return imports;
    },
    made: [],
    objects: [],
    places: [],
    warnings,
    list(declaration, directories) {
      const set = context.setOf(declaration, manifest);
      const result = context.list(set, directories);
      (reads.listings as { set: FileSet; directories: boolean; result: readonly string[] }[]).push({
        set,
        directories,
        result,
      });
      const base = relative(context.workspace, declaration.base ?? dirname(manifest));
      return base === "" ? result : result.map((path) => relative(base, path));
    },
    noteFile(path) {
      modules.add(path);
    },
    noteUntracked(name, call) {
      const warning = untracked(name, callSite(call));
      const { line, file } = warning.location;
      if (!warnings.some(({ location }) => location.line === line && location.file === file)) warnings.push(warning);
    },
    readEnv(name) {
      return env.note(name);
    },
    readParam(declaration) {
      reads.declared.push(declaration);
      const text = own(context.params, declaration.name);
      const parsed = text === undefined ? undefined : context.parseParam(declaration, text);
      if (parsed?.ok === false) throw new DiagnosticError(...parsed.diagnostics);
      const value = parsed === undefined ? declaration.default : parsed.value;
      // As it was given: the cached graph is compared by that.
      if (value !== undefined) reads.params.set(declaration.name, text ?? value);
      return value;
    },
  };
}

function untracked(name: string, location: Location): Diagnostic & { readonly location: Location } {
  return {
    code: "INC2029",
    severity: "warning",
    message: `the manifest reads files by itself (${name}), so it has to be evaluated again in every run`,
    location,
    notes: [{ message: "inc cannot see when they change, and inc watch does not notice it" }],
    help: ["use read.text(), read.json(), read.yaml(), or list() for what a directory holds"],
  };
}

/** Every package.json that may have decided how a module was found and read, from each up to the workspace. */
function packagesAbove(modules: readonly string[], workspace: string): string[] {
  const found = new Set<string>();
  for (const path of modules)
    for (const directory of ancestors(path)) if (isWithin(directory, workspace)) found.add(`${directory}/package.json`);
  return [...found];
}
