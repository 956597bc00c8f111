import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HEAD, RayCluster, whyNoCluster } from "../execute/ray/cluster.ts";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";
import { Walk } from "./walk.ts";

/** INC_ORACLE_SEED repeats a walk; INC_ORACLE_STEPS makes it longer. Each run connects to the cluster anew. */
const SEED = Number(process.env["INC_ORACLE_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_ORACLE_STEPS"] ?? 6);

const why = whyNoCluster();
if (why !== undefined) console.log(`skipped: random walks on a Ray cluster: ${why}`);

describe.skipIf(why !== undefined)("on a Ray cluster of three nodes", () => {
  let cluster: RayCluster;

  beforeAll(async () => {
    cluster = await RayCluster.start();
  });

  afterAll(() => cluster?.close());

  test(`a random walk equals a clean build at every step, also when a node is lost (INC_ORACLE_SEED=${SEED})`, {
    timeout: 1_800_000,
  }, async () => {
    console.log(`oracle on Ray: seed ${SEED}, ${STEPS} steps`);
    const rig = await Rig.create();
    const place = JSON.stringify({ address: HEAD, python: cluster.python });
    const more = `import { config, ray } from "inc-run";\nexport default config({ executor: ray(${place}) });\n`;
    const trail = join(tmpdir(), `inc-trail-ray-${process.pid}-${SEED}`);
    const walk = new Walk(rig, new Random(SEED), trail, more);
    try {
      await walk.begin();
      for (let step = 0; step < STEPS; step += 1) {
        if (step === Math.floor(STEPS / 2)) await losing(walk, trail);
        else await walk.step();
      }
      await walk.checkUp();
      expect(walk.history.length).toBeGreaterThan(STEPS);
    } finally {
      walk.forget();
      await rig.close();
    }
  });

  /** One step, in which a node is lost as soon as it runs something, or at the end. */
  async function losing(walk: Walk, trail: string): Promise<void> {
    walk.loses();
    writeFileSync(trail, "");
    const timer = setInterval(() => {
      if (readFileSync(trail, "utf8") === "") return;
      clearInterval(timer);
      cluster.killNode("gamma");
    }, 50);
    await walk.step().finally(() => clearInterval(timer));
    cluster.killNode("gamma");
  }
});
