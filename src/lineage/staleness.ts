import type { Version } from "../model/entry.ts";
import { asOutput, type Identity, type SourceIdentities, sameIdentity } from "../model/identity.ts";
import { parseName } from "../model/object-name.ts";
import { type History, isVersionOf } from "../store/history.ts";
import type { Store } from "../store/store.ts";
import { Elements } from "./elements.ts";
import { inputsOf } from "./inputs.ts";

/** The most causes that are gathered of one stale version. */
const MOST_CAUSES = 20;

/** A version, compared with the versions that it was made of. */
interface Comparison {
  /** Names of the inputs that have other content now. */
  readonly causes: readonly string[];
  /** The inputs that tasks made: each may be stale itself. */
  readonly upstream: readonly Version[];
}

/**
 * Finds stale versions: an input, or what an input was made of, has changed since they were made. Only the latest
 * version of a name can be stale; the others are history. Each version is compared once.
 */
export class Staleness {
  readonly #history: History;
  readonly #elements: Elements;
  readonly #sources: SourceIdentities;
  readonly #comparisons = new Map<string, Comparison>();
  readonly #causes = new Map<string, readonly string[]>();

  constructor(store: Store, sources: SourceIdentities) {
    this.#history = store.history;
    this.#elements = new Elements(store);
    this.#sources = sources;
  }

  /**
   * Names of the inputs, near and far, that have changed since the version was made: at most `MOST_CAUSES`. Empty: the
   * version is not stale.
   */
  of(version: Version): readonly string[] {
    if (this.#history.latest(version.name)?.n !== version.n) return [];
    // An explicit stack: a chain of tasks may be deeper than the call stack.
    const stack = [version];
    const open = new Set<string>();
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const comparison = this.#comparisonOf(top);
      const waiting = comparison.upstream.filter(({ name }) => !this.#causes.has(name) && !open.has(name));
      open.add(top.name);
      if (waiting.length > 0) {
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      const above = comparison.upstream.flatMap(({ name }) => this.#causes.get(name) ?? []);
      this.#causes.set(top.name, [...new Set([...comparison.causes, ...above])].slice(0, MOST_CAUSES));
    }
    return this.#causes.get(version.name) ?? [];
  }

  #comparisonOf(version: Version): Comparison {
    const known = this.#comparisons.get(version.name);
    if (known !== undefined) return known;
    const comparison = this.#compare(version);
    this.#comparisons.set(version.name, comparison);
    return comparison;
  }

  #compare(version: Version): Comparison {
    const maker = this.#history.makerOf(version);
    const causes: string[] = [];
    const upstream: Version[] = [];
    for (const { name, identity } of maker === undefined ? [] : inputsOf(maker, this.#history)) {
      const latest = this.#history.latest(name);
      if (!this.#isSame(name, identity, latest)) causes.push(name);
      else if (latest?.cause === "made") upstream.push(latest);
    }
    for (const use of maker === undefined ? [] : this.#elements.usedBy(maker)) {
      const now = this.#elements.latest(use);
      if (now === undefined || (use.digest !== undefined && now.digest !== use.digest)) causes.push(use.of);
      else upstream.push(now.version);
    }
    return { causes, upstream };
  }

  #isSame(name: string, used: Identity, latest: Version | undefined): boolean {
    const isSource = latest === undefined || (latest.cause === "used" && parseName(name).kind === "path");
    if (isSource) return sameIdentity(this.#sources(name), used);
    if (!isVersionOf(latest, used)) return false;
    // A version of an output holds its links as texts, without what they lead to.
    if (sameIdentity(asOutput(used), used)) return true;
    const now = this.#sources(name);
    return now === undefined || !isVersionOf(latest, now) || sameIdentity(now, used);
  }
}
