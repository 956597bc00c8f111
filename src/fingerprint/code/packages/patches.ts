import { join } from "node:path";
import { escapePattern } from "../../../model/pattern.ts";
import type { CodeSite } from "../code-slice.ts";
import { parseYaml } from "./yaml.ts";

/** The patches that are applied to a package after it is installed. */
export interface Patches {
  readonly digests: readonly string[];
  readonly reads: readonly string[];
  /** Absolute, of all files that may be patches. */
  readonly pattern: string;
}

/**
 * Those of patch-package, in `patches/`, and those that pnpm is told of.
 * @param directory Where the lockfile is.
 */
export function patchesOf(name: string, directory: string, site: CodeSite): Patches {
  const folder = join(directory, "patches");
  const entries = site.files.readDirectory(folder);
  const named = (entries ?? []).filter((entry) => isPatchOf(entry.name, name)).map((entry) => join(folder, entry.name));
  const settings = ["package.json", "pnpm-workspace.yaml"].map((file) => join(directory, file));
  const told = settings.flatMap((path) => patchedBy(path, name, site)).map((path) => join(directory, path));
  const paths = [...new Set([...named, ...told])].sort();
  return {
    digests: paths.map((path) => (site.files.stat(path)?.type === "file" ? site.files.digest(path) : "missing")),
    reads: [...paths, ...settings.filter((path) => site.files.stat(path) !== undefined)],
    pattern: `${escapePattern(folder)}/*.patch`,
  };
}

/** `patches/name+1.0.0.patch`, `patches/@scope+name+1.0.0.patch`, `patches/outer++name+1.0.0.dev.patch` */
function isPatchOf(file: string, name: string): boolean {
  const last = file.split("++").at(-1) as string;
  return file.endsWith(".patch") && last.startsWith(`${name.replace("/", "+")}+`);
}

interface Settings {
  readonly patchedDependencies?: Readonly<Record<string, string>>;
  readonly pnpm?: Settings;
}

function patchedBy(path: string, name: string, site: CodeSite): readonly string[] {
  const bytes = site.files.read(path);
  if (bytes === undefined) return [];
  try {
    const settings = (path.endsWith(".json") ? JSON.parse(bytes.toString()) : parseYaml(bytes.toString())) as Settings;
    const patched = { ...settings.pnpm?.patchedDependencies, ...settings.patchedDependencies };
    return Object.entries(patched).flatMap(([key, patch]) =>
      key === name || key.startsWith(`${name}@`) ? [patch] : [],
    );
  } catch {
    return [];
  }
}
