import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { objectName } from "../../src/model/object-name.ts";
import type { Rig } from "../support/rig.ts";
import { withRigStore } from "../support/store.ts";
import type { Random } from "./random.ts";

const KILLER = fileURLToPath(new URL("../support/kill-at.mjs", import.meta.url));
const LINES = ["a", "b", "c", "d", "# note"];
/** Objects that tasks may read. They are merged as sets of lines. */
export const OBJECTS = ["o0", "o1"];

/** Publishes versions of objects, some based on earlier ones, some killed half way, and knows what each must be. */
export class Published {
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #versions = new Map<string, string[]>(OBJECTS.map((name) => [name, []]));

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  /** The latest text of each object, by the name under which tasks of the model read it. */
  texts(): ReadonlyMap<string, string> {
    return new Map([...this.#versions].map(([name, texts]) => [`object:${name}`, texts.at(-1) ?? ""]));
  }

  /** Gives every object a first version. */
  async begin(): Promise<void> {
    for (const name of OBJECTS) await this.#put(name, "a\n", undefined, 0);
  }

  /** Publishes a random version. Returns what it did, as text. */
  async put(): Promise<string> {
    const name = this.#random.pick(OBJECTS);
    const lines = LINES.filter(() => this.#random.chance(0.5));
    const count = this.#versions.get(name)?.length ?? 0;
    const base = this.#random.chance(0.4) ? 1 + this.#random.below(count) : undefined;
    const killed = this.#random.chance(0.4) ? 1 + this.#random.below(20) : 0;
    return this.#put(name, lines.map((line) => `${line}\n`).join(""), base, killed);
  }

  async #put(name: string, text: string, base: number | undefined, killed: number): Promise<string> {
    const story = `put ${name} ${JSON.stringify(text)} upon ${base ?? "the latest"}${killed > 0 ? `, killed at ${killed}` : ""}`;
    const args = ["put", name, "-", ...(base === undefined ? [] : ["--if-version", String(base)])];
    const env = killed > 0 ? { NODE_OPTIONS: `--import=${KILLER}`, KILL_AT: String(killed) } : {};
    const outcome = await this.#rig.start(args, { input: text, env }).ended;
    const versions = this.#versions.get(name) as string[];
    const after = this.#expected(versions, text, base);
    if (outcome.signal === null) expect(outcome, story).toMatchObject({ code: 0 });
    const found = await this.#stored(name);
    // A killed put has published its version completely or not at all.
    const allowed = outcome.signal === null ? [after] : [versions, after];
    expect(allowed, story).toContainEqual(found);
    this.#versions.set(name, found);
    return story;
  }

  /** Checks that exactly the expected versions exist, with their bytes. */
  async check(): Promise<void> {
    for (const [name, texts] of this.#versions) expect(await this.#stored(name), name).toEqual(texts);
  }

  #expected(versions: readonly string[], text: string, base: number | undefined): string[] {
    const latest = versions.at(-1);
    const isMerge = latest !== undefined && base !== undefined && base !== versions.length;
    const next = isMerge ? united(versions[base - 1] ?? "", latest, text) : text;
    if (next === latest) return [...versions];
    // The proposed text of a merge becomes a side version, a parent of the result.
    return isMerge ? [...versions, text, next] : [...versions, next];
  }

  #stored(name: string): Promise<string[]> {
    return withRigStore(this.#rig, (store) =>
      [...store.history.versions(objectName("object", name))].reverse().map(({ identity }) => {
        const bytes = identity.type === "file" ? store.blobs.read(identity.digest) : undefined;
        return bytes?.toString() ?? `the bytes of a version of ${name} are gone`;
      }),
    );
  }
}

/** A merge of two texts as sets of lines: the lines of both that neither removed, those of the latest first. */
function united(base: string, latest: string, text: string): string {
  if (base === latest) return text;
  if (base === text) return latest;
  const [from, ours, theirs] = [base, latest, text].map((each) => each.split("\n").filter((line) => line !== ""));
  const remaining = (ours ?? []).filter((line) => !from?.includes(line) || theirs?.includes(line));
  const added = (theirs ?? []).filter((line) => !from?.includes(line) && !ours?.includes(line));
  return [...remaining, ...added].map((line) => `${line}\n`).join("");
}
