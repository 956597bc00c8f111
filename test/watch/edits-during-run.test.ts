import { utimesSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Watching } from "./watching.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

describe("an edit during a run", () => {
  const two = (): void => {
    rig.manifest(`
export const slow = task(sh\`cat \${file("slow.txt")} > \${out("build/slow")}; ${rig.held("slow")}\`);
export const other = task(sh\`cat \${file("other.txt")} > \${out("build/other")}; ${rig.held("other")}\`);`);
    rig.write("slow.txt", "1");
    rig.write("other.txt", "1");
  };

  test("cancels the attempt that read the file, its processes included, and only that one", async () => {
    two();
    const watching = new Watching(rig, "--jobs", "2");
    const slow = await rig.waitFor("slow");
    const other = await rig.waitFor("other");
    rig.write("slow.txt", "2");
    await slow.gone;
    other.release();
    rig.open("slow");
    expect(await watching.quiet()).toEqual(["other: ran", "slow: ran"]);
    expect(rig.read("build/slow")).toBe("2");
  });

  test("leaves the attempt alone when the file is only touched", async () => {
    two();
    const watching = new Watching(rig, "--jobs", "2");
    const slow = await rig.waitFor("slow");
    const other = await rig.waitFor("other");
    utimesSync(rig.path("slow.txt"), 1, 1);
    rig.write("other.txt", "2");
    await other.gone;
    slow.release();
    rig.open("other");
    rig.open("slow");
    expect(await watching.quiet()).toEqual(["other: ran", "slow: ran"]);
    expect(rig.read("build/other")).toBe("2");
  });

  test("with --no-cancel the attempt ends first", async () => {
    two();
    const watching = new Watching(rig, "--jobs", "2", "--no-cancel");
    const slow = await rig.waitFor("slow");
    rig.open("other");
    rig.write("slow.txt", "2");
    slow.release();
    (await rig.waitFor("slow")).release();
    expect(await watching.quiet()).toEqual(["other: ran", "slow: ran"]);
    expect(rig.read("build/slow")).toBe("2");
  });

  test("a file that joins a set during an attempt is never part of its entry, also after an edit in that directory", async () => {
    rig.write("s/sub/a.txt", "a\n");
    rig.manifest(
      `const s = files("s/**/*.txt");\n` +
        `export const all = task(sh\`${rig.held("all")}; cat s/sub/*.txt > \${out("b/all")}\`, { inputs: [s] });`,
    );
    const watching = new Watching(rig, "--no-cancel");
    (await rig.waitFor("all")).release();
    expect(await watching.quiet()).toEqual(["all: ran"]);
    rig.write("s/sub/a.txt", "A\n");
    const all = await rig.waitFor("all");
    rig.write("s/sub/b.txt", "b\n");
    all.release();
    (await rig.waitFor("all")).release();
    expect(await watching.quiet()).toEqual(["all: ran"]);
    expect(rig.read("b/all")).toBe("A\nb\n");
    rig.open("all");
    rig.remove("s/sub/b.txt");
    // The event of its creation may come only now, when nothing is left to do about it.
    let ended = await watching.quiet();
    if (ended.length === 0) ended = await watching.quiet();
    expect(ended).toEqual(["all: ran"]);
    expect(rig.read("b/all")).toBe("A\n");
  });
});
