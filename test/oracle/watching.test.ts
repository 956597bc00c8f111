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
const STEPS = Number(process.env["INC_ORACLE_STEPS"] ?? 25);
const WALKS = 2;

/**
 * The last changes of every step: when both were made and watch is quiet, it has seen all earlier edits and publications. An edit and
 * a publication may reach it in either order.
 */
const MARKS = `
export const markFile = task(sh\`cat \${file("mark.txt")} > \${out("mark.file")}\`);
export const markObject = task(sh\`cat \${object("mark")} > \${out("mark.object")}\`);
`;

for (let walk = 0; walk < WALKS; walk += 1) {
  const seed = SEED + walk;
  test.concurrent(`under watch a random walk equals a clean build (INC_ORACLE_SEED=${seed})`, {
    timeout: 1_800_000,
  }, async () => {
    console.log(`oracle under watch: seed ${seed}, ${STEPS} steps`);
    const rig = await Rig.create();
    const random = new Random(seed);
    const trail = join(tmpdir(), `inc-trail-watching-${process.pid}-${seed}`);
    const steps = new Walk(rig, random, trail, MARKS);
    const publish = async (mark: string): Promise<unknown> =>
      expect(await rig.start(["put", "mark", "-"], { input: mark }).ended).toMatchObject({ code: 0 });
    rig.write("mark.txt", "begin\n");
    let rounds: string[][] = [];
    let lines: EventLines | undefined;
    try {
      await steps.begin();
      await publish("begin");
      const running = rig.start(["watch", "--json", "-j", String(2 + random.below(3))]);
      const follower = new EventLines(running);
      lines = follower;
      await follower.quietAfter("markFile", "markObject");
      const settled = async (mark: string, published: boolean): Promise<void> => {
        rig.write("mark.txt", `${mark}\n`);
        if (published) await publish(mark);
        rounds = [...rounds, ...(await follower.quietAfter("markFile", ...(published ? ["markObject"] : [])))].slice(
          -2,
        );
      };
      for (let step = 0; step < STEPS; step += 1)
        await steps.watchedStep((published) => settled(`${seed}.${step}`, published));
      running.child.kill("SIGINT");
      expect(await running.ended).toMatchObject({ code: 130 });
      // The model does not cover the versions of intermediate states.
      await steps.checkStore();
    } catch (error) {
      const story = [...rounds, lines?.rest() ?? []].map((round) => round.join("\n")).join("\n\n");
      console.error(`what watch did before and after seed ${seed} failed:\n${story}`);
      throw error;
    } finally {
      steps.forget();
      await rig.close();
    }
  });
}
