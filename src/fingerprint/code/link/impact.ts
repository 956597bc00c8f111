import type { Call, Effects, Piece, Reference, Uses } from "../module/module-code.ts";
import { type Edge, ENTRY, type Item, keyOf, type Link, Trace } from "./item.ts";
import type { Linker } from "./linker.ts";

/** What running code may change. */
export interface Impact {
  /** Something that everything can see. */
  readonly isGlobal: boolean;
  /** Keys of items. */
  readonly touched: ReadonlySet<string>;
}

/**
 * Modules of Node with functions that change how the rest of the process behaves. What others write to disk or to a network is
 * found out when a function reads it.
 */
const PROCESS_WIDE =
  /^node:(?:async_hooks|cluster|diagnostics_channel|dns|domain|inspector|module|process|repl|tls|trace_events|v8|vm|worker_threads)\b/;

/** Functions of others that do: `setMaxListeners`, `setDefaultHighWaterMark`. */
const SETTING = /[ .]set(?!Timeout|Interval|Immediate)[A-Z]\w*$/;

/** Functions of theirs that compute. */
const COMPUTING =
  /[ .](?:createRequire|findPackageJSON|isBuiltin|stripTypeScriptTypes|cwd|hrtime|memoryUsage|uptime|lookup|resolve\w*)$/;

const NONE: Impact = { isGlobal: false, touched: new Set() };

/** Whether statements at the top of modules have an effect on others. Each answer is found once. */
export class Impacts {
  readonly #linker: Linker;
  readonly #own = new Map<string, Impact>();
  readonly #whole = new Map<string, Impact>();

  constructor(linker: Linker) {
    this.#linker = linker;
  }

  /** What evaluating a piece may change, with all code that it refers to: it may call any of it. */
  of(item: Item): Impact {
    const key = keyOf(item);
    const known = this.#whole.get(key) ?? this.#find(item);
    this.#whole.set(key, known);
    return known;
  }

  /** What calling a function may change, with all code that it refers to. */
  ofCalling(piece: Piece, path: string): Impact {
    const start: Item = { kind: "piece", path, index: ENTRY };
    const touched = new Set<string>();
    let isGlobal = piece.uses.runsText;
    const add = (impact: Impact): void => {
      for (const key of impact.touched) touched.add(key);
      isGlobal ||= impact.isGlobal;
    };
    const takeIn = ({ now, later }: Uses, item: Item): void => {
      for (const effects of [now, later]) {
        add(this.#effects(effects, item));
        add(this.#drained(effects, item));
      }
    };
    takeIn(piece.uses, start);
    const seen = new Set<string>();
    const queue = called(this.#linker.linkPiece(piece, path).edges);
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
      if (seen.has(keyOf(item))) continue;
      seen.add(keyOf(item));
      const next = this.#linker.piece(item);
      if (next !== undefined) takeIn(next.uses, item);
      // What the code of a package does is told by the call of it.
      isGlobal ||= item.kind === "whole" || next?.uses.runsText === true;
      queue.push(...this.#next(item));
    }
    return { isGlobal, touched };
  }

  #find(start: Item): Impact {
    const { acts = false, looks = false } = this.#linker.piece(start)?.uses.now ?? {};
    if (!acts && !looks) return NONE;
    // What acts may keep functions of its own where a later statement calls them.
    const own = acts ? this.#ownOf(start) : this.#drained(this.#linker.piece(start)?.uses.now, start);
    const touched = new Set(own.touched);
    let { isGlobal } = own;
    let hasHooks = false;
    const seen = new Set([keyOf(start)]);
    const queue: Item[] = [start];
    for (let item = queue.pop(); item !== undefined; item = queue.pop())
      for (const next of this.#next(item)) {
        if (seen.has(keyOf(next))) continue;
        seen.add(keyOf(next));
        queue.push(next);
        const impact = this.#ownOf(next);
        hasHooks ||= this.#linker.piece(next)?.uses.hasHooks === true;
        for (const key of impact.touched) touched.add(key);
        isGlobal ||= impact.isGlobal;
      }
    // What only looks at values runs nothing but their hooks.
    return acts || hasHooks || own.touched.size > 0 ? { isGlobal, touched } : NONE;
  }

  /** The iterators that code may take items from: that changes them, and runs their code. */
  #drained(effects: Effects | undefined, item: Item): Impact {
    const all = (effects?.drains ?? []).flatMap((name) =>
      this.#changeable(name, item.path, (piece) => piece?.isData === true),
    );
    return { isGlobal: false, touched: new Set(all) };
  }

  /** The code that evaluating an item may call. */
  #next(item: Item): readonly Item[] {
    return called(this.#linker.linked(item).edges);
  }

  /** Without the code that it refers to. */
  #ownOf(item: Item): Impact {
    const key = keyOf(item);
    const known = this.#own.get(key);
    if (known !== undefined) return known;
    const { now, later } = this.#linker.piece(item)?.uses ?? {};
    const all = [now, later].map((effects) => (effects === undefined ? NONE : this.#effects(effects, item)));
    const own = {
      isGlobal: all.some(({ isGlobal }) => isGlobal),
      touched: new Set(all.flatMap(({ touched }) => [...touched])),
    };
    this.#own.set(key, own);
    return own;
  }

  #effects(effects: Effects, item: Item): Impact {
    const { path } = item;
    const touched = new Set(effects.touches.flatMap((name) => this.#changeable(name, path)));
    for (const request of effects.opens)
      for (const one of this.#linker.requested(request, path, new Trace()).flatMap(itemOf)) touched.add(keyOf(one));
    if (effects.changesItself) touched.add(keyOf(item));
    let { isGlobal } = effects;
    for (const call of effects.calls) {
      const impact = this.#call(call, path);
      for (const key of impact.touched) touched.add(key);
      isGlobal ||= impact.isGlobal;
    }
    return { isGlobal, touched };
  }

  #call(call: Call, path: string): Impact {
    let isGlobal = false;
    const touched = new Set<string>();
    for (const link of this.#linker.names.local(path, call, new Trace())) {
      if ("text" in link) isGlobal ||= !computes(withMember(link.text, call.member));
      else if (link.item.kind === "package") {
        if (call.isUsed && this.#linker.packages.hasNoSideEffects(link.item.path)) continue;
        isGlobal = true;
        touched.add(keyOf(link.item));
      } else if (call.mayChange || this.#mayHoldState(link.item))
        for (const key of this.#changeable(call, path)) touched.add(key);
    }
    return { isGlobal, touched };
  }

  /** True for a function that something made: calling it may change what it closes over. Of one that is declared, all code is known. */
  #mayHoldState(item: Item): boolean {
    return this.#linker.piece(item)?.isFree !== true;
  }

  /** What a name leads to, if it can be changed. */
  #changeable(name: Reference, path: string, isConstant = isPrimitive): string[] {
    return this.#linker.names.local(path, name, new Trace()).flatMap((link) =>
      itemOf(link)
        .filter((item) => !isConstant(this.#linker.piece(item)))
        .map(keyOf),
    );
  }
}

/** What code may call by what it refers to. */
function called(edges: readonly Edge[]): Item[] {
  return edges.flatMap(({ isInert, links }) => (isInert ? [] : links.flatMap(itemOf)));
}

function isPrimitive(piece: Piece | undefined): boolean {
  return piece?.isPrimitive === true;
}

function itemOf(link: Link): Item[] {
  return "item" in link ? [link.item] : [];
}

function withMember(text: string, member: string | undefined): string {
  return member === undefined || text.includes("*.") ? text : `${text}.${member}`;
}

/** True for a function of Node that changes nothing in this process. */
function computes(text: string): boolean {
  return !(PROCESS_WIDE.test(text) || SETTING.test(text)) || COMPUTING.test(text);
}
