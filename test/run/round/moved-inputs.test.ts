import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a file that appears in an input directory is never part of an entry that was decided without it", async () => {
  rig.write("src/a.txt", "a\n");
  const ls = `export const ls = task(sh\`${rig.held("ls")}; ls \${file("src")} > \${out("b/ls")}\`);`;
  rig.manifest(`${ls}
export const gen = task(sh\`echo g > \${out("src/g.txt")}; ${rig.held("gen")}\`);
export const next = task(sh\`${rig.held("next")}\`);`);
  const running = rig.start(["run", "-j", "2"]);
  // `ls` has read the output of `gen` and has ended while `gen` still runs: `next` has started in its place.
  const gen = await rig.waitFor("gen");
  (await rig.waitFor("ls")).release();
  (await rig.waitFor("next")).release();
  rig.open("ls");
  gen.release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/ls")).toBe("a.txt\ng.txt\n");
  // The manifest reads `src`, so inc leaves src/g.txt to the user when no task makes it any more.
  rig.manifest(ls);
  expect(await rig.results()).toEqual([]);
  rig.remove("src/g.txt");
  expect(await rig.results()).toEqual(["ls: ran"]);
  expect(rig.read("b/ls")).toBe("a.txt\n");
});

test("a file that joins a set while a task of the set runs is never part of its entry", async () => {
  rig.write("src/a.txt", "a\n");
  rig.manifest(
    `const src = files("src/*.txt");\n` +
      `export const all = task(sh\`${rig.held("all")}; cat src/*.txt > \${out("b/all")}\`, { inputs: [src] });`,
  );
  const running = rig.start(["run"]);
  const first = await rig.waitFor("all");
  rig.write("src/b.txt", "b\n");
  first.release();
  rig.open("all");
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/all")).toBe("a\nb\n");
  rig.remove("src/b.txt");
  expect(await rig.results()).toEqual(["all: ran"]);
  expect(rig.read("b/all")).toBe("a\n");
});

test("an input that moves while its task runs is never cached: the task runs again", async () => {
  rig.write("in.txt", "before\n");
  rig.manifest(`export const t = task(sh\`cp \${file("in.txt")} \${out("build/t")}; ${rig.held("t")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  rig.write("in.txt", "after\n");
  held.release();
  (await rig.waitFor("t")).release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("build/t")).toBe("after\n");
  rig.write("in.txt", "before\n");
  rig.open("t");
  expect(await rig.results()).toEqual(["t: ran"]);
});

test("a tool that is replaced while a task waits to use it is never cached as the old tool", async () => {
  rig.write("bin/say", "#!/bin/sh\necho one\n", 0o755);
  rig.manifest(`export const t = task(sh\`${rig.held("t")}; \${tool("./bin/say")} > \${out("b/t")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  rig.write("bin/say", "#!/bin/sh\necho two\n", 0o755);
  rig.open("t");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/t")).toBe("two\n");
  rig.write("bin/say", "#!/bin/sh\necho one\n", 0o755);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("b/t")).toBe("one\n");
});

test("inc notices a tool that appears earlier on PATH while a task waits to use it", async () => {
  rig.write("late/say", "#!/bin/sh\necho late\n", 0o755);
  rig.manifest(`export const t = task(sh\`${rig.held("t")}; \${tool("say")} > \${out("b/t")}\`);`);
  const env = { PATH: [rig.path("early"), rig.path("late"), process.env["PATH"]].join(":") };
  const running = rig.start(["run"], { env });
  const held = await rig.waitFor("t");
  rig.write("early/say", "#!/bin/sh\necho early\n", 0o755);
  rig.open("t");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/t")).toBe("early\n");
  rig.remove("early/say");
  expect((await rig.start(["run"], { env }).ended).stdout).toContain("ran 1, restored 0,");
  expect(rig.read("b/t")).toBe("late\n");
});

test("an input that keeps changing ends the run after three rounds, with its name", async () => {
  rig.write("in.txt", "0\n");
  rig.manifest(`export const t = task(sh\`cp \${file("in.txt")} \${out("build/t")}; ${rig.held("t")}\`);`);
  const running = rig.start(["run"]);
  for (let round = 1; round <= 3; round += 1) {
    const held = await rig.waitFor("t");
    rig.write("in.txt", `${round}\n`);
    held.release();
  }
  const { code, stdout } = await running.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4203: "in.txt" kept changing while tasks that read or made it ran');
});

test("a task runs again when a file joins its set while it runs", async () => {
  rig.write("s/a", "a\n");
  rig.manifest(
    `const s = files("s/*"); export const t = task(sh\`cat \${s} > \${out("build/t")}; ${rig.held("t")}\`);`,
  );
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  rig.write("s/b", "b\n");
  held.release();
  (await rig.waitFor("t")).release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("build/t")).toBe("a\nb\n");
});

test("inc restores an upstream output that is edited during the run, and decides its readers again", async () => {
  rig.manifest(`
export const a = task(sh\`echo a > \${out("build/a")}\`);
export const b = task(sh\`cat \${a} > \${out("build/b")}; ${rig.held("b")}\`);
`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("b");
  rig.write("build/a", "edited\n");
  held.release();
  rig.open("b");
  expect((await running.ended).code).toBe(0);
  expect(rig.read("build/a")).toBe("a\n");
  expect(rig.read("build/b")).toBe("a\n");
});
