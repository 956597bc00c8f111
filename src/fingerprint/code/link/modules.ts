import { extname, join } from "node:path";
import { readJson } from "../../../content/read-json.ts";
import type { Digest } from "../../../model/digest.ts";
import { upward } from "../../../model/path.ts";
import type { CodeSite } from "../code-slice.ts";
import type { ModuleCode } from "../module/module-code.ts";
import { takeApart } from "../module/take-apart.ts";
import { type ModuleKind, parse, type Syntax } from "../syntax/parse.ts";

/** A file that code imports or opens. */
export type LoadedFile =
  | { readonly kind: "module"; readonly code: ModuleCode }
  /** Something that is no module, or none that can be read: it counts as a whole. */
  | { readonly kind: "data"; readonly digest: Digest };

/** A package.json that says how the modules below it are written. */
interface Scope {
  readonly kind: ModuleKind;
  readonly reads: readonly string[];
  readonly absences: readonly string[];
}

const KINDS: Readonly<Record<string, ModuleKind>> = {
  ".mjs": "module",
  ".mts": "module",
  ".ts": "module",
  ".tsx": "module",
  ".cjs": "script",
  ".cts": "script",
};

/** The files that slices are made of, each read and taken apart once. */
export class Modules {
  readonly #site: CodeSite;
  readonly #files = new Map<string, LoadedFile>();
  readonly #scopes = new Map<string, Scope>();

  constructor(site: CodeSite) {
    this.#site = site;
  }

  /** @param path Of a file that is there. */
  load(path: string): LoadedFile {
    const known = this.#files.get(path) ?? this.#load(path);
    this.#files.set(path, known);
    return known;
  }

  /** The tree of a module; undefined when it is none. */
  syntax(path: string): Syntax | undefined {
    const bytes = this.#site.files.read(path);
    return bytes === undefined ? undefined : parse(path, textOf(bytes), this.#kind(path));
  }

  /** The files that decided how a module is written. */
  scope(path: string): Scope {
    const known = this.#scopes.get(path) ?? this.#findScope(path);
    this.#scopes.set(path, known);
    return known;
  }

  #kind(path: string): ModuleKind {
    const byName = KINDS[extname(path)];
    return byName ?? this.scope(path).kind;
  }

  #load(path: string): LoadedFile {
    const { files, hasher } = this.#site;
    if (path.endsWith(".json")) return { kind: "data", digest: this.#jsonDigest(path) };
    if (/\.[cm]?[jt]sx?$/.test(path)) {
      const syntax = this.syntax(path);
      const text = textOf(files.read(path) ?? Buffer.alloc(0));
      if (syntax !== undefined) return { kind: "module", code: takeApart(syntax, text, hasher) };
    }
    return { kind: "data", digest: files.digest(path) };
  }

  /** Layout does not count; the order of keys does, because code can see it. */
  #jsonDigest(path: string): Digest {
    const { files, hasher } = this.#site;
    try {
      const value = readJson(textOf(files.read(path) ?? Buffer.alloc(0)));
      return hasher.digest(`JSON ${JSON.stringify(value)}`);
    } catch {
      return files.digest(path);
    }
  }

  #findScope(path: string): Scope {
    const absences: string[] = [];
    for (const directory of upward(path)) {
      if (directory === path) continue;
      const manifest = join(directory, "package.json");
      const bytes = this.#site.files.read(manifest);
      if (bytes !== undefined) return { kind: typeIn(bytes), reads: [manifest], absences };
      absences.push(manifest);
    }
    return { kind: undefined, reads: [], absences };
  }
}

function typeIn(bytes: Buffer): ModuleKind {
  try {
    const { type } = JSON.parse(bytes.toString("utf8")) as { type?: unknown };
    return type === "module" ? "module" : type === "commonjs" ? "script" : undefined;
  } catch {
    return undefined;
  }
}

/** Without the byte order mark, which Node leaves out. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
