import { builtinModules, createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { upward } from "../../../model/path.ts";
import type { CodeSite } from "../code-slice.ts";
import { fileSystem } from "./file-system.ts";

/** What an import or a path in code leads to. */
export type Target =
  /** A module or another file that is edited here, by its real path. */
  | { readonly kind: "file"; readonly path: string }
  /** Something of an installed package. @field directory Real path of its package.json. */
  | { readonly kind: "package"; readonly name: string; readonly directory: string }
  /** A module of Node, one of inc itself, or one that is written in its own address. */
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "missing" };

/** A target, and the files that decided it. */
export interface Resolution {
  readonly target: Target;
  readonly reads: readonly string[];
  readonly absences: readonly string[];
}

export type RequestKind = "import" | "require" | "asset";

const BUILTIN = new Set(builtinModules);

const MISSING: Target = { kind: "missing" };

type Library = typeof import("enhanced-resolve");

type Resolver = ReturnType<Library["ResolverFactory"]["createResolver"]>;

/** Finds what imports lead to by the rules of Node. Remembers all it found: for as long as the files stay as they are. */
export class ModuleResolver {
  readonly #files: CodeSite["files"];
  #resolvers: Readonly<Record<"import" | "require", Resolver>> | undefined;
  readonly #found = new Map<string, Resolution>();

  constructor(files: CodeSite["files"]) {
    this.#files = files;
  }

  /** @param from Absolute path of the module that asks. */
  resolve(text: string, from: string, kind: RequestKind): Resolution {
    const key = JSON.stringify([kind, text, dirname(from)]);
    const known = this.#found.get(key) ?? this.#resolve(text, from, kind);
    this.#found.set(key, known);
    return known;
  }

  #resolve(text: string, from: string, kind: RequestKind): Resolution {
    const builtin = text.replace(/^node:/, "");
    if (text === "inc-run" || text.startsWith("node:") || BUILTIN.has(builtin))
      return only({ kind: "builtin", name: text === "inc-run" ? text : `node:${builtin}` });
    if (/^(?:data|https?):/.test(text)) return only({ kind: "builtin", name: text });
    const isPath = /^(?:\.{0,2}\/|\.{1,2}$|file:)/.test(text);
    if (kind === "asset" || (kind === "import" && isPath)) return this.#exact(text, from);
    return this.#search(text, from, kind);
  }

  /** A path as a module or a URL gives it: nothing is added to it. */
  #exact(text: string, from: string): Resolution {
    const url = new URL(text, pathToFileURL(from));
    if (url.protocol !== "file:") return only({ kind: "builtin", name: text });
    url.search = "";
    url.hash = "";
    const path = fileURLToPath(url);
    const real = this.#files.realpath(path);
    if (real === undefined || this.#files.stat(real)?.type !== "file")
      return { target: MISSING, reads: [], absences: real === undefined ? [path] : [] };
    return { target: targetOf(real), reads: [path], absences: [] };
  }

  /** Where a package would be found first, if it were there: the resolver only names the directories that are missing. */
  #nearer(text: string, from: string, target: Target): string[] {
    const name = packageIn(text);
    if (name === undefined) return [];
    const places = [...upward(dirname(from))].map((directory) => join(directory, "node_modules", name));
    const found = places.findIndex((place) => this.#files.realpath(place) !== undefined);
    const nearer = target.kind === "missing" || found < 0 ? places : places.slice(0, found);
    return nearer.map((place) => join(place, "package.json"));
  }

  #resolver(kind: "import" | "require"): Resolver {
    this.#resolvers ??= resolversOf(this.#files);
    return this.#resolvers[kind];
  }

  #search(text: string, from: string, kind: "import" | "require"): Resolution {
    const reads = new Set<string>();
    const absences = new Set<string>();
    let target = MISSING;
    try {
      const context = { fileDependencies: reads, missingDependencies: absences };
      const path = this.#resolver(kind).resolveSync(dirname(from), text, context);
      if (path !== false) target = targetOf(path.replace(/[?#].*$/, ""));
    } catch {
      // It says in many ways that it found nothing.
    }
    const isThere = (path: string): boolean => this.#files.stat(path) !== undefined;
    // The resolver also names all directories above, which only decide where they are links.
    const decides = (path: string): boolean => {
      const type = this.#files.stat(path)?.type;
      return type !== undefined && type !== "directory";
    };
    for (const path of this.#nearer(text, from, target)) absences.add(path);
    return { target, reads: [...reads].filter(decides), absences: [...absences].filter((path) => !isThere(path)) };
  }
}

function resolversOf(files: CodeSite["files"]): Readonly<Record<"import" | "require", Resolver>> {
  // Loaded here: most runs need it not, as their imports are paths.
  const library = createRequire(import.meta.url)("enhanced-resolve") as Library;
  const make = library.ResolverFactory.createResolver;
  const common = { fileSystem: fileSystem(files) as never, useSyncFileSystemCalls: true, symlinks: true };
  const loose = { extensions: [".js", ".json", ".node"], mainFields: ["main"], mainFiles: ["index"] };
  const conditions = (kind: string): string[] => ["node", kind, "module-sync", "node-addons"];
  return {
    import: make({ ...common, ...loose, conditionNames: conditions("import") }),
    require: make({ ...common, ...loose, conditionNames: conditions("require") }),
  };
}

/** The name of the package in a directory. */
export function packageName(directory: string): string {
  return directory.slice(directory.lastIndexOf("/node_modules/") + "/node_modules/".length);
}

/** The package that a request names. */
function packageIn(text: string): string | undefined {
  return /^(?:@[^/]+\/)?[^./#@][^/]*/.exec(text)?.[0];
}

function only(target: Target): Resolution {
  return { target, reads: [], absences: [] };
}

/** A real path below node_modules belongs to a package; everywhere else files are edited. */
export function targetOf(path: string): Target {
  const inside = /^(.*\/node_modules\/)((?:@[^/]+\/)?[^/]+)(?:\/|$)/.exec(path);
  if (inside === null) return { kind: "file", path };
  const [, above, name] = inside as unknown as [string, string, string];
  return { kind: "package", name, directory: above + name };
}
