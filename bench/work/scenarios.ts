import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Site } from "./site.ts";

/** A change to a built workspace, after which the next build is timed. */
export interface Scenario {
  readonly name: string;
  change(site: Site): Promise<void>;
  /** Number of tasks that a build then has to run. */
  ideal(site: Site): number;
}

export const COLD: Scenario = {
  name: "cold",
  change: async (site) => site.renew(),
  ideal: ({ workload }) => workload.steps.length,
};

export const NO_OP: Scenario = { name: "no-op", change: async () => {}, ideal: () => 0 };

export const ONE: Scenario = {
  name: "one",
  change: async (site) => edit(site, site.workload.leaf),
  ideal: () => 1,
};

export const TOUCH: Scenario = {
  name: "touch",
  async change({ workload, root }) {
    const now = new Date();
    utimesSync(join(root, workload.leaf), now, now);
  },
  ideal: () => 0,
};

/** A source that ten steps depend on is edited, all is built, and the edit is taken back. */
export const THERE_AND_BACK: Scenario = {
  name: "A→B→A",
  async change(site) {
    const before = readFileSync(join(site.root, site.workload.inner));
    edit(site, site.workload.inner);
    await site.build();
    writeFileSync(join(site.root, site.workload.inner), before);
  },
  ideal: () => 0,
};

export const DELETED: Scenario = {
  name: "outputs deleted",
  async change({ workload, root }) {
    for (const { output } of workload.steps) rmSync(join(root, output));
  },
  ideal: () => 0,
};

/** Writes a text that the file never had. */
function edit({ root }: Site, path: string): void {
  writeFileSync(join(root, path), `edit ${process.hrtime.bigint()}\n`);
}
