import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";
import { Walk } from "./walk.ts";

/** INC_ORACLE_SEED repeats a walk; INC_ORACLE_STEPS makes it longer. */
const SEED = Number(process.env["INC_ORACLE_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_ORACLE_STEPS"] ?? 30);
const WALKS = 4;

for (let walk = 0; walk < WALKS; walk += 1) {
  const seed = SEED + walk;
  test.concurrent(`a random walk equals a clean build at every step (INC_ORACLE_SEED=${seed})`, {
    timeout: 1_800_000,
  }, async () => {
    console.log(`oracle: seed ${seed}, ${STEPS} steps`);
    const rig = await Rig.create();
    const trail = join(tmpdir(), `inc-trail-${process.pid}-${seed}`);
    const steps = new Walk(rig, new Random(seed), trail);
    try {
      await steps.begin();
      for (let step = 0; step < STEPS; step += 1) await steps.step();
      await steps.checkUp();
      expect(steps.history.length).toBeGreaterThan(STEPS);
    } finally {
      steps.forget();
      await rig.close();
    }
  });
}
