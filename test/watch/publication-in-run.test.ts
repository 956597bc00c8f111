import { afterEach, beforeEach, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a publication during a run reaches a task that was fresh when it began", async () => {
  rig.manifest(`
     export const slow = task(sh\`cat \${file("slow.txt")} > \${out("build/slow")}; ${rig.held("slow")}\`);
     export const seen = task(sh\`cat \${object("rates")} > \${out("build/seen")}\`);
  `);
  rig.write("slow.txt", "1");
  const publish = async (text: string): Promise<void> =>
    expect(await rig.start(["put", "rates", "-"], { input: text }).ended).toMatchObject({ code: 0 });
  await publish("one");
  const lines = new EventLines(rig.start(["watch", "--json"]));
  (await rig.waitFor("slow")).release();
  await lines.until("watch-quiet");
  rig.write("slow.txt", "2");
  const slow = await rig.waitFor("slow");
  await lines.until("attempt-started");
  await publish("two");
  // The round that it ends early is followed by another one.
  await lines.until("task-decided");
  slow.release();
  await lines.until("watch-quiet");
  expect(rig.read("build/seen")).toBe("two");
});
