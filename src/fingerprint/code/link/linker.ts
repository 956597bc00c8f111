import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { escapePattern } from "../../../model/pattern.ts";
import type { CodeSite } from "../code-slice.ts";
import type { Piece, Request } from "../module/module-code.ts";
import { Packages } from "../packages/packages.ts";
import { type Edge, type Item, keyOf, type Link, Trace } from "./item.ts";
import { Modules } from "./modules.ts";
import { NameFinder, outside } from "./names.ts";
import { filesBelow } from "./patterns.ts";
import { ModuleResolver, type Target } from "./resolve.ts";

/** What an item refers to. */
export interface Linked {
  readonly edges: readonly Edge[];
  readonly trace: Trace;
  /** Modules that are evaluated when it runs: those that it imports then. */
  readonly evaluates: readonly string[];
}

/** The code that functions may reach: modules, packages, and what refers to what. Everything is looked up once. */
export class Linker {
  readonly modules: Modules;
  readonly packages: Packages;
  readonly names: NameFinder;
  readonly #files: CodeSite["files"];
  readonly #linked = new Map<string, Linked>();

  constructor(site: CodeSite) {
    this.modules = new Modules(site);
    this.packages = new Packages(site);
    this.names = new NameFinder(this.modules, new ModuleResolver(site.files));
    this.#files = site.files;
  }

  /** The piece of an item; undefined for one that is no piece. */
  piece(item: Item): Piece | undefined {
    if (item.kind !== "piece") return undefined;
    const file = this.modules.load(item.path);
    return file.kind === "module" ? file.code.pieces[item.index] : undefined;
  }

  linked(item: Item): Linked {
    const key = keyOf(item);
    const known = this.#linked.get(key) ?? this.#link(item);
    this.#linked.set(key, known);
    return known;
  }

  /** What a piece refers to. */
  linkPiece(piece: Piece, path: string): Linked {
    const trace = new Trace();
    const evaluates = new Set<string>();
    trace.use(path);
    const references = piece.uses.references.map((reference) => ({
      label: reference.member === undefined ? reference.name : `${reference.name}.${reference.member}`,
      isInert: reference.isInert,
      links: this.names.local(path, reference, trace),
    }));
    const requests = piece.uses.requests.map((request) => ({
      label: request.kind,
      isInert: request.isInert,
      links: this.requested(request, path, trace, evaluates),
    }));
    return { edges: [...references, ...requests], trace, evaluates: [...evaluates] };
  }

  #link(item: Item): Linked {
    const piece = this.piece(item);
    if (piece !== undefined) return this.linkPiece(piece, item.path);
    const trace = new Trace();
    if (item.kind === "package") {
      trace.add(this.packages.closure(item.path));
      return { edges: [], trace, evaluates: [] };
    }
    trace.use(item.path);
    return { edges: item.kind === "whole" ? this.#whole(item.path, trace) : [], trace, evaluates: [] };
  }

  /** Code in text can use all names of its module, and what uses the module may use all that it exports. */
  #whole(path: string, trace: Trace): readonly Edge[] {
    const file = this.modules.load(path);
    if (file.kind === "data") return [];
    const pieces = file.code.pieces.map((_, index): Link => ({ item: { kind: "piece", path, index } }));
    const imports = Object.entries(file.code.imports).map(([label, imported]) => ({
      label,
      isInert: false,
      links: this.names.imported(path, imported, trace),
    }));
    const exported = Object.entries(file.code.exports).map(([label, source]): Edge => {
      const links = "local" in source ? [{ text: source.local }] : this.names.imported(path, source, trace);
      return { label: `export ${label}`, isInert: false, links };
    });
    const stars = file.code.stars.map((request) => ({
      label: "export *",
      isInert: false,
      links: this.names.imported(path, { request, name: "*" }, trace),
    }));
    return [{ label: "pieces", isInert: false, links: pieces }, ...imports, ...exported, ...stars];
  }

  /** What a request in code gives to it. @param evaluates Takes the modules that are evaluated for it. */
  requested(request: Request, path: string, trace: Trace, evaluates?: Set<string>): readonly Link[] {
    return this.targets(request, path, trace).flatMap(({ target, text }) => {
      if (target.kind !== "file") return [outside(target, text, "*")];
      const isModule = this.modules.load(target.path).kind === "module";
      if (isModule) evaluates?.add(target.path);
      // A module that is opened by its path is run as a program, such as that of a worker.
      if (isModule && request.kind === "asset") return [{ item: { kind: "whole", path: target.path } }];
      return this.names.all(target.path, trace);
    });
  }

  /** What a request in code can lead to. */
  targets({ text, kind }: Request, path: string, trace: Trace): readonly { target: Target; text: string }[] {
    const [first, ...rest] = text;
    if (first === undefined) return [];
    if (rest.length === 0) return [{ target: this.names.target(first, path, kind, trace), text: first }];
    const found = candidates(text, path, this.#files);
    trace.add({ patterns: [found.pattern] });
    const urls = found.files.map((file) => pathToFileURL(file).href);
    return urls.map((url) => ({ target: this.names.target(url, path, "import", trace), text: url }));
  }
}

/** The files that a path with computed parts can mean. It begins with a directory. */
function candidates(
  [first = "", ...rest]: Request["text"],
  path: string,
  files: CodeSite["files"],
): { readonly pattern: string; readonly files: readonly string[] } {
  const prefix = fileURLToPath(new URL(first, pathToFileURL(path)));
  const directory = first.endsWith("/") ? prefix.replace(/\/$/, "") : dirname(prefix);
  const tail = rest.map((part) => (part === undefined ? ".*" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))).join("");
  const matching = new RegExp(`^${tail}$`, "s");
  const all = filesBelow(directory, files);
  return {
    // What stands for a computed part may contain slashes.
    pattern: `${escapePattern(directory)}/**`,
    files: all.filter((file) => file.startsWith(prefix) && matching.test(file.slice(prefix.length))),
  };
}
