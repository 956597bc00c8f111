import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Rig } from "../support/rig.ts";
import { withRigStore } from "../support/store.ts";
import type { Random } from "./random.ts";

const KILLER = fileURLToPath(new URL("../support/kill-at.mjs", import.meta.url));

type Tree = Readonly<Record<string, string>>;

/** Remembers the tree that every run left, and checks out those runs. */
export class Checkouts {
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #trees = new Map<string, Tree>();

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  /** Remembers the tree after a successful run. */
  async remember(tree: Tree): Promise<void> {
    const run = await withRigStore(this.#rig, (store) => store.history.latestRun());
    if (run !== undefined) this.#trees.set(run.id, tree);
  }

  /** Forgets all runs, because their bytes may be evicted by now. */
  forget(): void {
    this.#trees.clear();
  }

  /**
   * Checks out an earlier run, sometimes killed half way first; all outputs of that run are then in place. Returns
   * a description.
   * @param tree Returns the current tree.
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
    expect(outcome, `${story}: ${outcome.stderr}`).toMatchObject({ code: 0 });
    // Outputs of later runs are left in place.
    expect(tree(), story).toMatchObject(this.#trees.get(run) as Tree);
    return story;
  }
}
