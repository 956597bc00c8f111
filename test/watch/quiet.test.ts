import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Watching } from "./watching.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("watch is quiet only once its runs have taken every change that came during them", async () => {
  const slow = `export const slow = task(sh\`cat \${file("slow.txt")} > \${out("build/slow")}; ${rig.held("slow")}\`);\n`;
  rig.manifest(slow);
  rig.write("slow.txt", "1");
  const watching = new Watching(rig);
  const held = await rig.waitFor("slow");
  // The run that goes on has the manifest as it was.
  rig.manifest(`${slow}export const more = task(sh\`echo more > \${out("build/more")}\`);`);
  held.release();
  expect(await watching.quiet()).toEqual(["more: ran", "slow: ran"]);
});
