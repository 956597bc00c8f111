import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";
import { Walk } from "./walk.ts";

/** INC_ORACLE_SEED repeats a walk; INC_ORACLE_STEPS makes it longer. */
const SEED = Number(process.env["INC_ORACLE_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_ORACLE_STEPS"] ?? 50);
const WALKS = 2;

/**
 * The last change of every step: once both texts are in the output, watch has seen all earlier edits and publications.
 * An edit and a publication may reach it in either order.
 */
const MARK = `export const mark = task(sh\`cat \${file("mark.txt")} \${object("mark")} > \${out("mark.out")}\`);\n`;

/** The event that says that the mark was made. */
const MADE = /^\{"kind":"task-ended","task":"mark","result":"ran"/;

for (let walk = 0; walk < WALKS; walk += 1) {
  const seed = SEED + walk;
  test.concurrent(`under watch a random walk equals a clean build (INC_ORACLE_SEED=${seed})`, {
    timeout: 1_800_000,
  }, async () => {
    console.log(`oracle under watch: seed ${seed}, ${STEPS} steps`);
    const rig = await Rig.create();
    const random = new Random(seed);
    const trail = join(tmpdir(), `inc-trail-watching-${process.pid}-${seed}`);
    const steps = new Walk(rig, random, trail, MARK);
    const publish = async (mark: string): Promise<unknown> =>
      expect(await rig.start(["put", "mark", "-"], { input: mark }).ended).toMatchObject({ code: 0 });
    rig.write("mark.txt", "begin\n");
    try {
      await steps.begin();
      await publish("begin");
      const running = rig.start(["watch", "--json", "-j", String(2 + random.below(3))]);
      const lines = new EventLines(running);
      let object = "begin";
      const settled = async (mark: string, published: boolean): Promise<void> => {
        rig.write("mark.txt", `${mark}\n`);
        if (published) await publish(mark);
        if (published) object = mark;
        // A line may be read late: the one of an earlier cycle when the next one has made the mark, and is still at work.
        let isMade = false;
        do isMade = (await lines.until("watch-quiet")).some((line) => MADE.test(line));
        while (!isMade || !rig.exists("mark.out") || rig.read("mark.out") !== `${mark}\n${object}`);
      };
      for (let step = 0; step < STEPS; step += 1)
        await steps.watchedStep((published) => settled(`${seed}.${step}`, published));
      running.child.kill("SIGINT");
      expect(await running.ended).toMatchObject({ code: 130 });
      // The model does not cover the versions of intermediate states.
      await steps.checkStore();
    } finally {
      steps.forget();
      await rig.close();
    }
  });
}
