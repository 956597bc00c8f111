import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { foreignAmong, foreignProblem } from "../../host/ownership.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import { isWithin, upward } from "../../model/path.ts";
import { isOwnModule, isPackage, pathOf, SELF } from "../module-path.ts";
import { isPlainJavaScript } from "./plain.ts";
import { notedSource, notedUrl } from "./untracked.ts";

/**
 * Node evaluates a module only once under one name: each evaluation but the first gives the manifest's modules names of
 * their own.
 */
let evaluations = 0;

/** The modules that an evaluation loads. */
export interface ModuleHooks {
  /** Absolute paths of all but inc's own, as far as they were loaded. */
  readonly paths: Set<string>;
  /** Absolute paths of those that were asked for, also of modules that had been loaded before. */
  readonly asked: Set<string>;
  /** True for a use of a file that is Node's own, to find or read a module. @param isRead False: it only asks what is there. */
  isLoading(path: string, isRead: boolean): boolean;
  remove(): void;
}

/**
 * From here on Node asks how modules are found and loaded.
 * @param onLoad Called with each module that is loaded, as it is loaded; a text where Node has decoded it.
 */
export function registerModuleHooks(onLoad?: (path: string, source: string | Uint8Array) => void): ModuleHooks {
  const paths = new Set<string>();
  const asked = new Set<string>();
  const loading = new Loading();
  evaluations += 1;
  const suffix = evaluations === 1 ? "" : `?evaluation=${evaluations}`;
  const hooks = registerHooks({
    resolve(specifier, from, next) {
      // Where functions run, reads are not the evaluation's.
      const noted = onLoad === undefined ? notedUrl(specifier, from.parentURL) : undefined;
      if (noted !== undefined) return { url: noted, shortCircuit: true, format: "module" };
      if (specifier === "inc-run")
        return { url: SELF, shortCircuit: true, format: SELF.endsWith(".ts") ? "module-typescript" : "module" };
      const resolved = loading.during(() => next(specifier, from));
      const path = pathOf(resolved.url);
      if (path !== undefined && !isOwnModule(path)) asked.add(path);
      return isReloaded(resolved.url) ? { ...resolved, url: resolved.url + suffix } : resolved;
    },
    load(url, from, next) {
      const noted = notedSource(url);
      if (noted !== undefined) return { source: noted, format: "module", shortCircuit: true };
      const path = pathOf(url);
      if (path === undefined || isOwnModule(path)) return loading.during(() => next(url, from));
      refuseForeign(path);
      paths.add(path);
      // In a package of "type": "commonjs" Node would take the manifest for a script, where `export` is an error.
      const format = path.endsWith(".ts") && from.format !== "module" ? "module-typescript" : from.format;
      const mayBePlain = format === "module-typescript" && onLoad === undefined && !isPackage(path);
      const plain = mayBePlain ? loading.during(() => plainSource(path)) : undefined;
      if (plain !== undefined) return { source: plain, format: "module", shortCircuit: true };
      const loaded = loading.during(() => next(url, { ...from, format }));
      if (loaded.source == null) loading.unread.add(path);
      else onLoad?.(path, loaded.source as string | Uint8Array);
      return loaded;
    },
  });
  return {
    paths,
    asked,
    isLoading: (path, isRead) => loading.isUnderWay || (isRead ? loading.unread.delete(path) : asked.has(path)),
    remove: () => hooks.deregister(),
  };
}

class Loading {
  isUnderWay = false;
  /** Scripts, which Node reads by itself once the hooks have let them pass. */
  readonly unread = new Set<string>();

  during<T>(load: () => T): T {
    const before = this.isUnderWay;
    this.isUnderWay = true;
    try {
      return load();
    } finally {
      this.isUnderWay = before;
    }
  }
}

/** The source of a module that needs no stripping of types. What cannot be read is left to Node, which says why. */
function plainSource(path: string): string | undefined {
  try {
    const source = readFileSync(path, "utf8");
    return isPlainJavaScript(source) ? source : undefined;
  } catch {
    return undefined;
  }
}

/** What people edit; packages stay as they were loaded. */
function isReloaded(url: string): boolean {
  const path = /[?#]/.test(url) ? undefined : pathOf(url);
  return path !== undefined && !isPackage(path);
}

function refuseForeign(path: string): void {
  const foreign = foreignAmong([path]);
  if (foreign !== undefined)
    throw new DiagnosticError(foreignProblem(foreign, "a module of the manifest,", dirname(path)));
}

/** Every package.json that may have decided how a module was found and read, from each up to the workspace. */
export function packagesAbove(modules: Iterable<string>, workspace: string): string[] {
  const found = new Set<string>();
  for (const path of modules)
    for (const directory of upward(dirname(path)))
      if (isWithin(directory, workspace)) found.add(join(directory, "package.json"));
  return [...found];
}
