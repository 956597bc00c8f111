import { compareBytes } from "../../../model/order.ts";
import { own } from "../../../model/own.ts";
import type { ImportedName, ModuleCode, Piece, Reference } from "../module/module-code.ts";
import type { Item, Link, Trace } from "./item.ts";
import type { Modules } from "./modules.ts";
import type { ModuleResolver, RequestKind, Target } from "./resolve.ts";

/** Finds what names lead to, through imports and re-exports. All that it looks at is noted in a trace. */
export class NameFinder {
  readonly #modules: Modules;
  readonly #resolver: ModuleResolver;
  /** Paths of the modules all of whose exports are being found: one of them may be a namespace that has this one. */
  readonly #around = new Set<string>();
  /** The indexes of the pieces that declare a name. */
  readonly #declaring = new WeakMap<ModuleCode, ReadonlyMap<string, readonly number[]>>();

  constructor(modules: Modules, resolver: ModuleResolver) {
    this.#modules = modules;
    this.#resolver = resolver;
  }

  /** What a name of a module's own scope leads to. */
  local(path: string, { name, member }: Reference, trace: Trace): readonly Link[] {
    const file = this.#modules.load(path);
    trace.use(path);
    if (file.kind === "data") return [{ item: { kind: "data", path } }];
    const imported = own(file.code.imports, name);
    if (imported !== undefined) return this.imported(path, { ...imported, member }, trace);
    if (file.code.isWhole) return [{ item: { kind: "whole", path }, as: name }];
    return this.#indexes(file.code, name).map((index) => {
      const item: Item = { kind: "piece", path, index };
      // A piece that declares several names says nothing of which one is meant.
      return (file.code.pieces[index] as Piece).names.length > 1 ? { item, as: name } : { item };
    });
  }

  imported(path: string, { request, name, member }: ImportedName & Partial<Reference>, trace: Trace): readonly Link[] {
    const target = this.target(request, path, "import", trace);
    if (target.kind !== "file")
      return [outside(target, request, name === "*" && member !== undefined ? `*.${member}` : name)];
    if (name !== "*") return this.#exported(target.path, { name, member }, trace, new Set());
    return member === undefined
      ? this.all(target.path, trace)
      : this.#exported(target.path, { name: member }, trace, new Set());
  }

  /** All that a module exports, as code that has its namespace can use it. */
  all(path: string, trace: Trace): readonly Link[] {
    const file = this.#modules.load(path);
    trace.use(path);
    if (file.kind === "data") return [{ item: { kind: "data", path } }];
    if (file.code.isWhole) return [{ item: { kind: "whole", path } }];
    if (this.#around.has(path)) return [{ text: "a namespace around it" }];
    this.#around.add(path);
    const names = new Set<string>();
    const outer: Link[] = [];
    this.#collect(path, { names, outer, seen: new Set() }, trace);
    const links = [...names]
      .sort(compareBytes)
      .flatMap((name) =>
        this.#exported(path, { name }, trace, new Set()).map((link) => ("item" in link ? under(name, link) : link)),
      );
    this.#around.delete(path);
    return [...links, ...outer];
  }

  target(request: string, path: string, kind: RequestKind, trace: Trace): Target {
    const { target, reads, absences } = this.#resolver.resolve(request, path, kind);
    trace.add({ reads, absences });
    if (target.kind === "file") trace.add(this.#modules.scope(target.path));
    return target;
  }

  #exported(path: string, wanted: Reference, trace: Trace, seen: Set<string>): readonly Link[] {
    const key = JSON.stringify([path, wanted.name]);
    if (seen.has(key)) return [];
    seen.add(key);
    const file = this.#modules.load(path);
    trace.use(path);
    if (file.kind === "data") return [{ item: { kind: "data", path }, as: wanted.name }];
    const { code } = file;
    if (code.isWhole) return [{ item: { kind: "whole", path }, as: wanted.name }];
    const source = own(code.exports, wanted.name);
    if (source === undefined)
      return wanted.name === "default" ? [] : this.#starred(path, code, wanted, { trace, seen });
    if ("local" in source) return this.local(path, { name: source.local, member: wanted.member }, trace);
    const target = this.target(source.request, path, "import", trace);
    return target.kind === "file" && source.name !== "*"
      ? this.#exported(target.path, { name: source.name, member: wanted.member }, trace, seen)
      : this.imported(path, { ...source, member: wanted.member }, trace);
  }

  /** What `export * from` gives under a name. */
  #starred(
    path: string,
    { stars }: ModuleCode,
    wanted: Reference,
    { trace, seen }: { trace: Trace; seen: Set<string> },
  ): readonly Link[] {
    return stars.flatMap((request) => {
      const target = this.target(request, path, "import", trace);
      return target.kind === "file"
        ? this.#exported(target.path, wanted, trace, seen)
        : [outside(target, request, wanted.name)];
    });
  }

  #collect(path: string, into: { names: Set<string>; outer: Link[]; seen: Set<string> }, trace: Trace): void {
    if (into.seen.has(path)) return;
    into.seen.add(path);
    const file = this.#modules.load(path);
    trace.use(path);
    if (file.kind === "data") return;
    for (const name of Object.keys(file.code.exports))
      if (name !== "default" || into.seen.size === 1) into.names.add(name);
    for (const request of file.code.stars) {
      const target = this.target(request, path, "import", trace);
      if (target.kind !== "file") into.outer.push(outside(target, request, "*"));
      else {
        const inner = this.#modules.load(target.path);
        if (inner.kind === "module" && inner.code.isWhole)
          into.outer.push({ item: { kind: "whole", path: target.path } });
        this.#collect(target.path, into, trace);
      }
    }
  }

  #indexes(code: ModuleCode, name: string): readonly number[] {
    let declaring = this.#declaring.get(code);
    if (declaring === undefined) {
      const found = new Map<string, number[]>();
      for (const [index, { names }] of code.pieces.entries())
        for (const declared of names) {
          const indexes = found.get(declared) ?? [];
          indexes.push(index);
          found.set(declared, indexes);
        }
      declaring = found;
      this.#declaring.set(code, declaring);
    }
    return declaring.get(name) ?? [];
  }
}

/** A link as an export of a namespace. */
function under(name: string, { item, as }: Exclude<Link, { text: string }>): Link {
  return { item, as: as === undefined ? name : `${name} ${as}` };
}

/** What is not of this workspace: the path that a request may contain is none of it. */
export function outside(target: Exclude<Target, { kind: "file" }>, request: string, name: string): Link {
  if (target.kind === "package") {
    const item: Item = { kind: "package", path: target.directory };
    return { item, as: `${request} ${name}` };
  }
  return { text: target.kind === "builtin" ? `${target.name} ${name}` : "missing" };
}
