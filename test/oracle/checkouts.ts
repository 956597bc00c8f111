import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Rig } from "../support/rig.ts";
import { withRigStore } from "../support/store.ts";
import type { Random } from "./random.ts";

const KILLER = fileURLToPath(new URL("../support/kill-at.mjs", import.meta.url));

type Tree = Readonly<Record<string, string>>;

/** Remembers what every run left, and goes back there. */
export class Checkouts {
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #trees = new Map<string, Tree>();

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  /** A run ended well and left this. */
  async remember(tree: Tree): Promise<void> {
    const run = await withRigStore(this.#rig, (store) => store.history.latestRun());
    if (run !== undefined) this.#trees.set(run.id, tree);
  }

  /** What earlier runs left may be evicted by now. */
  forget(): void {
    this.#trees.clear();
  }

  /**
   * Checks out an earlier run, now and then killed half way: then every output of that run is there again. Gives what it
   * did, as text.
   * @param tree Tells what is there now.
   */
  async goBack(tree: () => Tree): Promise<string> {
    const runs = [...this.#trees.keys()];
    if (runs.length === 0) return "no run to check out";
    const run = this.#random.pick(runs);
    const killed = this.#random.chance(0.5) ? 1 + this.#random.below(60) : 0;
    const env = { NODE_OPTIONS: `--import=${KILLER}`, KILL_AT: String(killed) };
    if (killed > 0) await this.#rig.start(["checkout", run, "--force"], { env }).ended;
    const outcome = await this.#rig.run("checkout", run, "--force");
    const story = `checkout ${run}${killed > 0 ? `, first killed at ${killed}` : ""}`;
    expect(outcome, story).toMatchObject({ code: 0 });
    // What came later is left where it is.
    expect(tree(), story).toMatchObject(this.#trees.get(run) as Tree);
    return story;
  }
}
