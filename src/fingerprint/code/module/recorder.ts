import type { Node } from "../syntax/node.ts";
import type { Call, CodeProblem, Effects, Reference, Request, Uses } from "./module-code.ts";

/** Uses while they are collected. */
export type Found = Uses;

export function newFound(): Found {
  return {
    references: [],
    now: newEffects(),
    later: newEffects(),
    env: [],
    takesEnvironment: false,
    requests: [],
    problems: [],
    runsText: false,
    hasHooks: false,
    untracked: [],
    captured: [],
  };
}

export function newEffects(): Effects {
  return {
    acts: false,
    looks: false,
    awaits: false,
    isGlobal: false,
    changesItself: false,
    touches: [],
    drains: [],
    opens: [],
    calls: [],
  };
}

/** Adds to uses, each but once. */
export class Recorder {
  readonly #found: Found;
  readonly #seen = new Set<string>();
  readonly #used = new Map<string, Reference & { isInert: boolean }>();

  constructor(found: Found) {
    this.#found = found;
  }

  reference(reference: Reference, isInert: boolean): void {
    const key = JSON.stringify([reference.name, reference.member]);
    const known = this.#used.get(key);
    if (known !== undefined) known.isInert &&= isInert;
    else {
      const used = { ...reference, isInert };
      this.#used.set(key, used);
      this.#found.references.push(used);
    }
  }

  touch(effects: Effects, reference: Reference): void {
    const when = effects === this.#found.now ? "touch now" : effects === this.#found.later ? "touch later" : "inert";
    if (this.#isNew(when, reference.name, reference.member)) effects.touches.push(reference);
  }

  drain(effects: Effects, reference: Reference): void {
    const when = effects === this.#found.now ? "drain now" : effects === this.#found.later ? "drain later" : "inert";
    if (this.#isNew(when, "drain", reference.name, reference.member)) effects.drains.push(reference);
  }

  call(effects: Effects, call: Call): void {
    const when = effects === this.#found.now ? "call now" : effects === this.#found.later ? "call later" : "inert";
    if (this.#isNew(when, JSON.stringify(call))) effects.calls.push(call);
  }

  captured(name: string): void {
    if (this.#isNew("captured", name)) this.#found.captured.push(name);
  }

  request(request: Request): void {
    this.#found.requests.push(request);
  }

  problem(kind: CodeProblem["kind"], node: Node): void {
    this.#found.problems.push({ kind, at: node.start });
  }

  /** @param names Variables of the environment; undefined: computed. */
  environment(names: readonly (string | undefined)[], node: Node): void {
    for (const name of names) {
      if (name === undefined) this.problem("computed-variable", node);
      else if (this.#isNew("env", name)) this.#found.env.push(name);
    }
  }

  #isNew(...key: readonly (string | undefined)[]): boolean {
    const text = JSON.stringify(key);
    if (this.#seen.has(text)) return false;
    this.#seen.add(text);
    return true;
  }
}
