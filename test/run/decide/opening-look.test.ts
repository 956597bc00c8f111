import { chmodSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

afterEach(() => rig.close());

/** `slow` runs for as long as the test wants; `other` and `late` read files of their own. */
async function begin(command = (held: string) => held, late = "y.txt"): Promise<void> {
  rig = await Rig.create();
  rig.manifest(`
export const slow = task(sh\`cat \${file("slow.txt")} > \${out("b/slow")}; ${command(rig.held("slow"))}\`);
export const other = task(sh\`cat \${file("x.txt")} > \${out("b/other")}\`);
export const late = task(sh\`cat \${slow} \${file("${late}")} > \${out("b/late")}\`);
`);
  for (const path of ["slow.txt", "x.txt", late]) rig.write(path, "1\n");
  const first = rig.start(["run"]);
  const held = await rig.waitFor("slow");
  // What the command goes on with is no part of what `other` makes.
  await first.printed("other");
  held.release();
  expect(await first.ended).toMatchObject({ code: 0 });
  // The first run has settled what it could; the next one settles the rest.
  expect(await rig.run("run")).toMatchObject({ stdout: expect.stringContaining("fresh 3") });
}

/** A run in which `slow` runs; `meanwhile` happens while it does. */
async function runSlow(meanwhile: () => void): Promise<string> {
  rig.write("slow.txt", `${Math.random()}\n`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("slow");
  meanwhile();
  held.release();
  const outcome = await running.ended;
  expect(outcome).toMatchObject({ code: 0 });
  return outcome.stdout + outcome.stderr;
}

test("what a fresh task reads and is edited after the look belongs to the next run", async () => {
  await begin();
  const said = await runSlow(() => rig.write("x.txt", "2\n"));
  expect(said).toMatch(/^ran +slow/m);
  const next = await rig.run("run");
  expect(next.stdout).toMatch(/^ran +other .*x\.txt changed/m);
  expect(rig.read("b/other")).toBe("2\n");
});

test("a run never joins an old state of one file with a new state of another that followed it", async () => {
  await begin();
  // The edit of y.txt reaches `late` in this run; x.txt was edited before it, so that it has to count as well.
  rig.write("y.txt", "2\n");
  await runSlow(() => {
    rig.write("x.txt", "3\n");
    rig.write("y.txt", "3\n");
  });
  expect([rig.read("b/other"), rig.read("b/late").endsWith("3\n")]).toEqual(["3\n", true]);
  expect(await rig.run("run")).toMatchObject({ stdout: expect.stringContaining("fresh 3") });
});

test("nor with one in a directory that took the place of another, also where something came in it afterwards", async () => {
  await begin(undefined, "in/y.txt");
  rig.write("in/y.txt", "2\n");
  rig.write("new/y.txt", "3\n");
  await runSlow(() => {
    rig.write("x.txt", "3\n");
    renameSync(rig.path("in"), rig.path("old"));
    renameSync(rig.path("new"), rig.path("in"));
    rig.write("in/more", "");
  });
  expect([rig.read("b/other"), rig.read("b/late").endsWith("3\n")]).toEqual(["3\n", true]);
});

test("an output that a running command writes over is put back, though nothing else reached its task", async () => {
  await begin((held) => `${held}; echo spoiled > b/other`);
  expect(rig.read("b/other")).toBe("1\n");
  const said = await runSlow(() => {});
  expect(said).toContain("INC4222");
  expect(rig.read("b/other")).toBe("1\n");
});

test("an output that is removed while another task runs is put back", async () => {
  await begin();
  const said = await runSlow(() => rig.remove("b/other"));
  expect(said).toContain("INC4222");
  expect(rig.read("b/other")).toBe("1\n");
});

test("outputs of units are as they were when a task has made other elements, or are put back", async () => {
  rig = await Rig.create();
  rig.manifest(`
export const all = task(sh\`cat \${file("all.json")}; ${rig.held("all")}\`, { value: "json" });
export const units = each(all, { key: ({ id }) => id }, ({ id, n }) =>
  task(sh\`cat \${file(\`\${id}.txt\`)} > \${out(\`b/\${id}\`)}; echo \${n} >> \${out(\`c/\${id}\`, "n")}\`));
export const other = task(sh\`cat \${file("a.txt")} > \${out("b/other")}\`);
`);
  const write = (...elements: object[]): void => rig.write("all.json", JSON.stringify(elements));
  const [a, b] = [
    { id: "a", n: 1 },
    { id: "b", n: 1 },
  ] as const;
  for (const path of ["a.txt", "b.txt"]) rig.write(path, "1\n");
  const runAll = async (meanwhile: () => void): Promise<string> => {
    const running = rig.start(["run"]);
    const held = await rig.waitFor("all");
    meanwhile();
    held.release();
    const outcome = await running.ended;
    expect(outcome).toMatchObject({ code: 0 });
    return outcome.stdout + outcome.stderr;
  };
  write(a, b);
  await runAll(() => {});
  expect(await rig.run("run")).toMatchObject({ stdout: expect.stringContaining("fresh 4") });
  // The same units in another order: none of them runs, and so no time passes once they are known.
  write(b, a);
  expect(await runAll(() => rig.write("b/b", "spoiled\n"))).toContain("INC4222");
  expect(rig.read("b/b")).toBe("1\n");
  write(a, { ...b, n: 2 });
  expect(await runAll(() => rig.remove("c/a"))).toContain("INC4222");
  expect([rig.read("c/a"), rig.read("c/b")]).toEqual(["1\n", "2\n"]);
  // What a unit reads and is edited after the look belongs to the next run.
  write(a, { ...b, n: 3 });
  expect(await runAll(() => rig.write("a.txt", "2\n"))).not.toMatch(/^ran +(?:units\[a\]|other)/m);
  expect(await rig.results()).toEqual(["other: ran", "units[a]: ran"]);
  expect([rig.read("b/a"), rig.read("b/other"), rig.read("c/b")]).toEqual(["2\n", "2\n", "3\n"]);
});

test("a run that waited for another one looks at everything itself", async () => {
  await begin();
  rig.write("slow.txt", "2\n");
  const first = rig.start(["run"]);
  const held = await rig.waitFor("slow");
  rig.write("y.txt", "2\n");
  const second = rig.start(["run"]);
  await second.printed("waiting for process");
  rig.write("x.txt", "2\n");
  held.release();
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(await second.ended).toMatchObject({ code: 0 });
  expect([rig.read("b/other"), rig.read("b/late")]).toEqual(["2\n", "2\n2\n"]);
});

/** Whether a run takes the short way: then it commits nothing. */
async function runsShort(): Promise<boolean> {
  const before = rig.read(".inc/generation");
  const outcome = await rig.run("run");
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining("fresh 3") });
  return rig.read(".inc/generation") === before;
}

test("a few files that were touched, or written again as they were, need no full run", async () => {
  await begin();
  const now = new Date();
  utimesSync(rig.path("x.txt"), now, now);
  expect(await runsShort()).toBe(true);
  writeFileSync(rig.path("b/other"), rig.read("b/other"));
  rig.write("y.new", "1\n");
  renameSync(rig.path("y.new"), rig.path("y.txt"));
  expect(await runsShort()).toBe(true);
});

test("a touched file that has other content, another mode or another type is no touched file", async () => {
  await begin();
  rig.write("x.txt", "2\n");
  expect((await rig.run("run")).stdout).toMatch(/^ran +other/m);
  expect(await runsShort()).toBe(true);
  chmodSync(rig.path("x.txt"), 0o755);
  expect((await rig.run("run")).stdout).toMatch(/^ran +other/m);
  chmodSync(rig.path("b/late"), 0o755);
  expect((await rig.run("run")).stdout).toMatch(/^(?:restored|ran) +late/m);
  rig.remove("y.txt");
  expect((await rig.run("run")).code).toBe(1);
});

test("one snapshot after another takes up single edits, files that come and files that go", async () => {
  rig = await Rig.create(`
export const sum = task(sh\`cat s/*.txt > \${out("b/sum")}\`, { inputs: [files("s/*.txt")] });
export const one = task(sh\`cat \${file("one.txt")} > \${out("b/one")}\`);
`);
  rig.write("one.txt", "1\n");
  for (const name of ["a", "b", "c"]) rig.write(`s/${name}.txt`, `${name}\n`);
  await rig.run("run");
  for (let turn = 0; turn < 2; turn += 1) {
    const edits: [() => void, string][] = [
      [() => rig.write("one.txt", `one ${turn}\n`), "one"],
      [() => rig.write("s/b.txt", `b ${turn}\n`), "sum"],
      [() => rig.write(`s/new-${turn}.txt`, "new\n"), "sum"],
      [() => rig.remove(turn % 2 === 0 ? "s/c.txt" : `s/new-${turn - 1}.txt`), "sum"],
      [() => rig.write("s/c.txt", `c ${turn}\n`), "sum"],
    ];
    for (const [edit, task] of edits) {
      edit();
      const { stdout } = await rig.run("run");
      expect([...stdout.matchAll(/^(?:ran|restored) +([a-z]\S*)/gm)].map(([, name]) => name)).toEqual([task]);
      const full = await rig.start(["run", "--dry"], { env: { INC_SHORTCUTS: "none" } }).ended;
      expect(full.stdout).toContain("fresh 2");
      expect(await rig.run("run")).toMatchObject({ stdout: expect.stringContaining("fresh 2") });
    }
  }
});

test("a link or directory that is switched while a task runs counts as a change of all that is read through it", async () => {
  rig = await Rig.create();
  rig.manifest(`
export const slow = task(sh\`cat \${file("slow.txt")} > \${out("b/slow")}; ${rig.held("slow")}\`);
export const other = task(sh\`cat \${file("x.txt")} > \${out("b/other")}\`);
export const late = task(sh\`cat \${slow} \${file("cur/y.txt")} > \${out("b/late")}\`);
`);
  for (const path of ["slow.txt", "x.txt", "v1/y.txt"]) rig.write(path, "1\n");
  rig.write("v2/y.txt", "2\n");
  symlinkSync("v1", rig.path("cur"));
  const first = rig.start(["run"]);
  (await rig.waitFor("slow")).release();
  expect(await first.ended).toMatchObject({ code: 0 });
  rig.write("v1/y.txt", "changed\n");
  await runSlow(() => {
    rig.write("x.txt", "3\n");
    rig.remove("cur");
    symlinkSync("v2", rig.path("cur"));
  });
  expect([rig.read("b/other"), rig.read("b/late").endsWith("2\n")]).toEqual(["3\n", true]);
});

test("what was noted of another database is not believed", async () => {
  await begin();
  for (const name of ["data.mdb", "data.mdb-lock"]) rig.remove(`.inc/${name}`);
  rig.write("x.txt", "2\n");
  rig.open("slow");
  expect(await rig.run("run")).toMatchObject({ code: 0 });
  expect(await rig.run("log", "b/late")).toMatchObject({ code: 0 });
});

test("what another command begins where the store was deleted knows of no results, and of no snapshot", async () => {
  rig = await Rig.create(`export const a = task(sh\`echo > \${out("b/a")}\`);`);
  for (const line of [/^ran 1,/m, /^ran 0, restored 0, fresh 1,/m]) expect((await rig.run("run")).stdout).toMatch(line);
  rig.remove(".inc/data.mdb");
  expect((await rig.run("run", "-n")).stdout).toMatch(/^would run 1,/m);
  expect((await rig.run("run")).stdout).toMatch(/^ran 1,/m);
});

test("files that are looked for and never were there keep no task from counting as untouched", async () => {
  await begin();
  // Where a workspace has no package.json, each run looks for it to tell what a module is.
  rig.remove("package.json");
  for (let i = 0; i < 2; i += 1) expect(await rig.run("run")).toMatchObject({ code: 0 });
  rig.write("y.txt", "2\n");
  const { stderr } = await rig.start(["run"], { env: { INC_DEBUG: "plan" } }).ended;
  expect(stderr).toMatch(/untouched 2 tasks/);
});

test("files that were touched keep no task from counting as untouched where another file was edited", async () => {
  await begin();
  const now = new Date();
  for (const path of ["x.txt", "pipeline.ts", "b/other"]) utimesSync(rig.path(path), now, now);
  rig.write("y.txt", "2\n");
  const { code, stderr } = await rig.start(["run"], { env: { INC_DEBUG: "plan" } }).ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/untouched 2 tasks/);
  expect(await runsShort()).toBe(true);
});

test("a touched file that is edited while a task runs counts in that run", async () => {
  await begin();
  const now = new Date();
  utimesSync(rig.path("x.txt"), now, now);
  await runSlow(() => rig.write("x.txt", "2\n"));
  expect(rig.read("b/other")).toBe("2\n");
  expect(await runsShort()).toBe(true);
});
