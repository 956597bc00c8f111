import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  for (const name of ["a", "b"]) rig.write(`data/${name}`, name);
});

afterEach(() => rig.close());

/** @param more Further options of ray(). */
function write(more: string): void {
  rig.manifest(`
export const far = task(sh\`echo far > \${out("far")}\`);
export const units = each(files("data/*"), (one) => task(sh\`cp \${one} \${out("units/" + one.name)}\`));
export const here = task(sh\`echo here > \${out("here")}\`, { executor: "local" });
export const called = task({ value: "json", run: () => 1 });
export default config({ executor: ray({ address: "127.0.0.1:1"${more} }) });
`);
}

const results = (): Promise<readonly string[]> => rig.results("--executor", "local");

test("what Ray is to set up counts for the tasks that the manifest gives to Ray, wherever they run", async () => {
  write("");
  expect(await results()).toEqual(["called: ran", "far: ran", "here: ran", "units[a]: ran", "units[b]: ran"]);
  write(`, runtimeEnv: { pip: ["a==1"] }`);
  const far = ["far: ran", "units[a]: ran", "units[b]: ran"];
  expect(await results()).toEqual(far);
  expect(await results()).toEqual([]);
  write(`, runtimeEnv: { pip: ["a==2"] }`);
  expect((await rig.run("why", "far")).stdout).toContain(`what Ray sets up  {"pip":["a==1"]} → {"pip":["a==2"]}`);
  expect((await rig.run("run", "--dry", "--executor", "local")).stdout).toContain("what Ray sets up for it changed");
  expect(await results()).toEqual(far);
  write(`, runtimeEnv: { pip: ["a==1"] }`);
  // What that made is still in place.
  expect(await results()).toEqual([]);
});
