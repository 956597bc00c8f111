import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { MANIFEST_NAMES } from "./find.ts";

/** Files below src/, or dist/ (where this is in a chunk one folder down as well), are inc's own. */
const OWN = fileURLToPath(new URL("..", import.meta.url));

/** The package that manifests import from: whichever way it was installed, it is this very one. */
export const SELF = new URL(import.meta.url.endsWith(".ts") ? "../index.ts" : "../index.js", import.meta.url).href;

/** The path of a program of inc's own, by its name below src/ or dist/, as `execute/forker`. */
export function ownProgram(name: string): string {
  return `${OWN}${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;
}

/** The path of a module by its URL or path; undefined for what is no file (`node:…`, evaluated text). */
export function pathOf(module: string | null | undefined): string | undefined {
  if (!module) return undefined;
  if (module.startsWith("/")) return module.replace(/\?evaluation=\d+$/, "");
  return module.startsWith("file:") ? fileURLToPath(module.replace(/[?#].*$/, "")) : undefined;
}

export function isOwnModule(path: string): boolean {
  return path.startsWith(OWN);
}

/** What was installed, and is not edited. */
export function isPackage(path: string): boolean {
  return path.includes("/node_modules/") || isOwnModule(path);
}

export function isManifest(path: string): boolean {
  return MANIFEST_NAMES.includes(basename(path)) && !isPackage(path);
}
