import { registerHooks } from "node:module";
import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { FileSet, GraphReads, ParamValue } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { Evaluation, FilesDeclaration, ParamDeclaration } from "./declaration.ts";
import { explainLoadFailure } from "./load-failure.ts";
import { type ManifestSession, withSession } from "./session.ts";

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
  parseParam(declaration: ParamDeclaration, text: string): ParamValue | undefined;
}

export interface LoadedManifest {
  readonly evaluation: Evaluation;
  readonly reads: GraphReads;
}

/** The package that manifests import from: whichever way it was installed, it is this very one. */
const SELF = new URL(import.meta.url.endsWith(".ts") ? "../index.ts" : "../index.js", import.meta.url).href;

/** Evaluates a manifest in this process, and keeps a record of all that it read. One at a time. */
export async function loadManifest(manifest: string, context: LoadContext): Promise<Result<LoadedManifest>> {
  const modules = new Set<string>();
  const hooks = registerHooks({
    resolve(specifier, from, next) {
      if (specifier === "inc-run")
        return { url: SELF, shortCircuit: true, format: SELF.endsWith(".ts") ? "module-typescript" : "module" };
      return next(specifier, from);
    },
    load(url, from, next) {
      const path = url.startsWith("file:") ? fileURLToPath(url.replace(/[?#].*$/, "")) : undefined;
      if (path === undefined || url === SELF || isOwn(url)) return next(url, from);
      modules.add(path);
      // In a package of "type": "commonjs" Node would take the manifest for a script, where `export` is an error.
      const format = path.endsWith(".ts") && from.format !== "module" ? "module-typescript" : from.format;
      return next(url, { ...from, format });
    },
  });
  const env = recordEnvironment();
  const reads = { listings: [] as GraphReads["listings"][number][], params: new Map<string, ParamValue>() };
  const session = makeSession(manifest, context, env, reads);
  try {
    const exports = (await withSession(session, () => import(pathToFileURL(manifest).href))) as Record<string, unknown>;
    return {
      ok: true,
      value: {
        evaluation: { manifest, exports, made: session.made, objects: session.objects },
        reads: {
          modules: [...modules].filter((path) => !path.includes("/node_modules/")),
          packages: packagesAbove([...modules], context.workspace),
          listings: reads.listings,
          env: [...env.read].map(([name, value]) => ({ name, value })),
          params: [...reads.params].map(([name, value]) => ({ name, value })),
        },
      },
    };
  } catch (error) {
    if (error instanceof DiagnosticError) return { ok: false, diagnostics: error.diagnostics };
    return { ok: false, diagnostics: [explainLoadFailure(error, manifest, [...modules])] };
  } finally {
    env.restore();
    hooks.deregister();
  }
}

const OWN = new URL("..", import.meta.url).href;

function isOwn(url: string): boolean {
  return url.startsWith(OWN);
}

function makeSession(
  manifest: string,
  context: LoadContext,
  env: RecordedEnvironment,
  reads: { readonly listings: GraphReads["listings"][number][]; readonly params: Map<string, ParamValue> },
): ManifestSession {
  const base = relative(context.workspace, dirname(manifest));
  return {
    made: [],
    objects: [],
    list(declaration, directories) {
      const set = context.setOf(declaration, manifest);
      const result = context.list(set, directories);
      (reads.listings as { set: FileSet; directories: boolean; result: readonly string[] }[]).push({
        set,
        directories,
        result,
      });
      return base === "" ? result : result.map((path) => relative(base, path));
    },
    readEnv(name) {
      const value = env.original[name];
      env.read.set(name, value);
      return value;
    },
    readParam(declaration) {
      const text = context.params[declaration.name];
      const value = text === undefined ? declaration.default : context.parseParam(declaration, text);
      if (value !== undefined) reads.params.set(declaration.name, value);
      return value;
    },
  };
}

interface RecordedEnvironment {
  readonly read: Map<string, string | undefined>;
  readonly original: NodeJS.ProcessEnv;
  restore(): void;
}

/** Notes every variable that the manifest looks at while it is evaluated, by whatever way. */
function recordEnvironment(): RecordedEnvironment {
  const original = process.env;
  const read = new Map<string, string | undefined>();
  const note = (name: string | symbol): void => {
    if (typeof name === "string") read.set(name, original[name]);
  };
  process.env = new Proxy(original, {
    get(target, name) {
      note(name);
      return Reflect.get(target, name) as string | undefined;
    },
    has(target, name) {
      note(name);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) note(name);
      return Reflect.ownKeys(target);
    },
  });
  return {
    read,
    original,
    restore() {
      process.env = original;
    },
  };
}

/** Every package.json that may have decided how a module was found and read, from each up to the workspace. */
function packagesAbove(modules: readonly string[], workspace: string): string[] {
  const found = new Set<string>();
  for (const path of modules)
    for (let directory = dirname(path); directory.startsWith(workspace); directory = dirname(directory))
      found.add(`${directory}/package.json`);
  return [...found];
}
