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

test("a task whose outputs were removed while it ran is tried again", async () => {
  rig.manifest(`
export const copy = task(sh\`${rig.held("copy")}; cat \${file("in.txt")} > \${out("build/sub/copy")}\`);`);
  rig.write("in.txt", "1");
  const watching = new Watching(rig);
  (await rig.waitFor("copy")).release();
  expect(await watching.quiet()).toEqual(["copy: ran"]);
  rig.write("in.txt", "2");
  const copy = await rig.waitFor("copy");
  rig.open("copy");
  rig.remove("build");
  copy.release();
  expect(await watching.quiet()).toEqual(["copy: failed", "copy: ran"]);
  expect(rig.read("build/sub/copy")).toBe("2");
});

test("a task whose input was away while it ran is tried again", async () => {
  rig.manifest(`
export const one = task(sh\`cp \${file("one.txt")} \${out("build/one")}\`);
export const two = task(sh\`${rig.held("two")}; cat \${one} \${file("two.txt")} > \${out("two.out")}\`);`);
  for (const name of ["one", "two"]) rig.write(`${name}.txt`, "1");
  const watching = new Watching(rig, "--no-cancel");
  (await rig.waitFor("two")).release();
  expect(await watching.quiet()).toEqual(["one: ran", "two: ran"]);
  rig.write("two.txt", "2");
  const two = await rig.waitFor("two");
  rig.open("two");
  rig.remove("build/one");
  two.release();
  expect(await watching.quiet()).toEqual(["one: restored", "two: failed", "two: ran"]);
  expect(rig.read("two.out")).toBe("12");
});

test("a task that removes the place of its own output, and fails, is tried again once", async () => {
  rig.manifest(`
export const faulty = task(sh\`echo x >> tries; rm -rf build; cat \${file("in.txt")} > \${out("build/faulty")}\`);
export const other = task(sh\`cp \${file("other.txt")} \${out("other.out")}\`);`);
  rig.write("in.txt", "1");
  rig.write("other.txt", "1");
  const watching = new Watching(rig);
  expect(await watching.quiet()).toEqual(["faulty: failed", "other: ran"]);
  for (const text of ["2", "3"]) {
    rig.write("other.txt", text);
    expect(await watching.quiet()).toEqual(["faulty: failed", "other: ran"]);
  }
  expect(rig.read("tries")).toBe("x\nx\n");
});
