import type { Version } from "../model/entry.ts";
import { asOutput, type Identity, sameIdentity } from "../model/identity.ts";
import { parseName } from "../model/object-name.ts";
import { type History, isVersionOf } from "../store/history.ts";
import { inputsOf } from "./inputs.ts";

/** What a source is at this moment, by its name; undefined: it is gone. Sources are paths that nobody makes. */
export type Now = (source: string) => Identity | undefined;

/** How many names of changed things are kept of a version. */
const KEPT = 20;

interface Look {
  /** What differs itself. */
  readonly causes: readonly string[];
  /** What may differ for what it was made of. */
  readonly upstream: readonly Version[];
}

/**
 * Tells which versions are stale: an input, or what an input was made of, is another now. Only the latest version of a name
 * can be; the others are history. What nobody looks at twice is remembered.
 */
export class Staleness {
  readonly #history: History;
  readonly #now: Now;
  readonly #looks = new Map<string, Look>();
  readonly #causes = new Map<string, readonly string[]>();

  constructor(history: History, now: Now) {
    this.#history = history;
    this.#now = now;
  }

  /** Names of what is another now, at most twenty; empty: it is not stale. */
  of(version: Version): readonly string[] {
    if (this.#history.latest(version.name)?.n !== version.n) return [];
    // An explicit stack: a chain of tasks may be deeper than the call stack.
    const stack = [version];
    const open = new Set<string>();
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const look = this.#look(top);
      const waiting = look.upstream.filter(({ name }) => !this.#causes.has(name) && !open.has(name));
      open.add(top.name);
      if (waiting.length > 0) {
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      const above = look.upstream.flatMap(({ name }) => this.#causes.get(name) ?? []);
      this.#causes.set(top.name, [...new Set([...look.causes, ...above])].slice(0, KEPT));
    }
    return this.#causes.get(version.name) ?? [];
  }

  #look(version: Version): Look {
    const known = this.#looks.get(version.name);
    if (known !== undefined) return known;
    const look = this.#compare(version);
    this.#looks.set(version.name, look);
    return look;
  }

  #compare(version: Version): Look {
    const maker = this.#history.makerOf(version);
    const causes: string[] = [];
    const upstream: Version[] = [];
    for (const { name, identity } of maker === undefined ? [] : inputsOf(maker, this.#history)) {
      const latest = this.#history.latest(name);
      if (!this.#isSame(name, identity, latest)) causes.push(name);
      else if (latest?.cause === "made") upstream.push(latest);
    }
    return { causes, upstream };
  }

  #isSame(name: string, used: Identity, latest: Version | undefined): boolean {
    const isSource = latest === undefined || (latest.cause === "used" && parseName(name).kind === "path");
    if (isSource) return sameIdentity(this.#now(name), used);
    if (!isVersionOf(latest, used)) return false;
    // What the links of an output lead to is no part of its version.
    if (sameIdentity(asOutput(used), used)) return true;
    const now = this.#now(name);
    return now === undefined || !isVersionOf(latest, now) || sameIdentity(now, used);
  }
}
