import { promisify } from "node:util";
import { isPackage, pathOf } from "../module-path.ts";
import { session } from "../session.ts";

/**
 * The file system and the child processes of Node as modules of a manifest import them: the real ones, but calls that read
 * files or start programs are noted, because inc cannot see when their results change. Packages get the real ones.
 *
 *     import { readFileSync } from "node:fs"  ── resolved ──▶  inc-noted:fs, which takes its exports from here
 */
const SCHEME = "inc-noted:";

const READS =
  /^(?:readFile|readdir|readlink|readv?|open|opendir|openAsBlob|createReadStream|access|exists|l?stat|statfs|realpath|glob|watch|watchFile)(?:Sync)?$/;

const STARTS = /^(?:exec|execFile|fork|spawn)(?:Sync)?$/;

const MODULES: ReadonlySet<string> = new Set(["fs", "fs/promises", "child_process"]);

/** The URL to resolve to when a manifest's module imports one of them; undefined for all other modules. */
export function notedUrl(specifier: string, parent: string | undefined): string | undefined {
  const name = specifier.replace(/^node:/, "");
  const importer = pathOf(parent);
  return !MODULES.has(name) || importer === undefined || isPackage(importer) ? undefined : SCHEME + name;
}

/** The source of the module at such a URL. */
export function notedSource(url: string): string | undefined {
  if (!url.startsWith(SCHEME)) return undefined;
  const name = url.slice(SCHEME.length);
  // Loaded here: most manifests import none of them.
  const real: Record<string, unknown> = { ...process.getBuiltinModule(name) };
  const exports = Object.keys(real).filter((key) => key !== "default");
  const key = `Symbol.for(${JSON.stringify(url)})`;
  (globalThis as Record<symbol, unknown>)[Symbol.for(url)] = noted(real, name === "child_process" ? STARTS : READS);
  return `const it = globalThis[${key}];\nexport default it;\nexport const { ${exports.join(", ")} } = it;\n`;
}

type Call = (...args: unknown[]) => unknown;

function noted(real: Record<string, unknown>, calls: RegExp): Record<string, unknown> {
  const entries = Object.entries(real).map(([name, value]) => {
    if (name === "promises") return [name, noted({ ...(value as object) }, calls)];
    return [name, typeof value === "function" && calls.test(name) ? notedCall(name, value as Call) : value];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** The function with all of its properties, so that `promisify(exec)` resolves as it does without inc. */
function notedCall(name: string, real: Call): Call {
  const call = (...args: unknown[]): unknown => {
    session().noteUntracked(name, call);
    return real(...args);
  };
  const { [promisify.custom]: custom, ...properties } = Object.getOwnPropertyDescriptors(real) as PropertyDescriptorMap;
  Object.defineProperties(call, properties);
  // A promised form is its own promised form.
  if (typeof custom?.value === "function")
    Object.defineProperty(call, promisify.custom, {
      value: custom.value === real ? call : notedCall(name, custom.value as Call),
    });
  return call;
}

/** True for a function of the file system, false for one that starts programs. */
export function isRead(name: string): boolean {
  return READS.test(name);
}
