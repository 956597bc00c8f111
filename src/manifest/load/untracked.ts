import * as fs from "node:fs";
import * as promises from "node:fs/promises";
import { isPackage, pathOf } from "../module-path.ts";
import { session } from "../session.ts";

/**
 * What a manifest gets for Node's file system: the real one, but what reads is noted, so that inc does not take the graph
 * for one that only its modules decide. Packages get the real one.
 *
 *     import { readFileSync } from "node:fs"  ── resolved ──▶  inc-noted:fs, which takes its exports from here
 */
const SCHEME = "inc-noted:";

const READS =
  /^(?:readFile|readdir|readlink|readv?|open|opendir|openAsBlob|createReadStream|access|exists|l?stat|statfs|realpath|glob|watch|watchFile)(?:Sync)?$/;

/** The URL to resolve to when a manifest's module imports the file system; undefined for all else. */
export function notedUrl(specifier: string, parent: string | undefined): string | undefined {
  const name = /^(?:node:)?(fs(?:\/promises)?)$/.exec(specifier)?.[1];
  const importer = pathOf(parent);
  return name === undefined || importer === undefined || isPackage(importer) ? undefined : SCHEME + name;
}

/** The source of the module at such a URL. */
export function notedSource(url: string): string | undefined {
  if (!url.startsWith(SCHEME)) return undefined;
  const name = url.slice(SCHEME.length);
  const exports = Object.keys(original(name)).filter((key) => key !== "default");
  const key = `Symbol.for(${JSON.stringify(url)})`;
  (globalThis as Record<symbol, unknown>)[Symbol.for(url)] = noted(original(name));
  return `const fs = globalThis[${key}];\nexport default fs;\nexport const { ${exports.join(", ")} } = fs;\n`;
}

function original(name: string): Record<string, unknown> {
  return { ...(name === "fs" ? fs : promises) };
}

function noted(real: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(real).map(([name, value]) => {
    if (name === "promises") return [name, noted({ ...(value as object) })];
    if (typeof value !== "function" || !READS.test(name)) return [name, value];
    const call = (...args: unknown[]): unknown => {
      session().noteUntracked(name, call);
      return (value as (...args: unknown[]) => unknown)(...args);
    };
    return [name, Object.assign(call, value)];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}
