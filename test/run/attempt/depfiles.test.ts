import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("inc warns of missing files that a depfile names, and reruns the task when one appears", async () => {
  rig.write("in/a.h", "1\n");
  rig.manifest(`export const t = task(sh\`echo 'o: a.h b.h' > \${depfile("b/d")}; echo > \${out("b/o")}\`);`);
  const first = await rig.run("run");
  expect(first.code).toBe(0);
  expect(first.stdout + first.stderr).toContain(
    'warning INC4310: the depfile "b/d" of task "t" names "a.h", which does not exist (and 1 more)',
  );
  expect(first.stdout + first.stderr).toContain("relativeTo");
  expect(await rig.results()).toEqual([]);
  rig.write("a.h", "1\n");
  expect(await rig.results()).toEqual(["t: ran"]);
});

test("names in a depfile may be relative to a directory other than the command's", async () => {
  rig.write("in/deep/a.h", "1\n");
  rig.write("src/x", "");
  rig.manifest(
    `const d = depfile("b/d", { relativeTo: "in" });
export const t = task(sh\`echo 'o: deep/a.h' > \${d}; cat ../in/deep/a.h > \${out("b/o")}\`, { cwd: "src" });`,
  );
  const first = await rig.run("run");
  expect([first.code, (first.stdout + first.stderr).includes("INC4310")]).toEqual([0, false]);
  rig.write("in/deep/a.h", "2\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("b/o")).toBe("2\n");
  rig.write("pipeline.ts", rig.read("pipeline.ts").replace('relativeTo: "in"', 'relativeTo: "in/deep"'));
  expect((await rig.run("run")).stdout).toContain("INC4310");
});

test("a header whose name gcc escapes in its depfile is an input", async () => {
  const names = ["a b#c.h", "a\u00a0b.h", "a\u2028b.h", "\ufeffa.h", "x\\ y.h", "z$.h"];
  for (const name of names) rig.write(name, "");
  rig.write("m.c", `${names.map((name) => `#include "${name}"\n`).join("")}int x;\n`);
  rig.manifest(
    `export const o = task(sh\`gcc -MD -MF \${depfile("b/d")} -c m.c -o \${out("b/o")}\`, { inputs: [file("m.c")] });`,
  );
  if (spawnSync("gcc", ["--version"]).status !== 0) return console.log("no gcc here: headers were not compiled");
  expect(await rig.results()).toEqual(["o: ran"]);
  for (const name of names) {
    rig.write(name, `int n${names.indexOf(name)};\n`);
    expect(await rig.results()).toEqual(["o: ran"]);
  }
});

test("a depfile that is a pipe is refused, not waited for", async () => {
  rig.manifest(`export const t = task(sh\`mkfifo \${depfile("b/d")}; echo > \${out("b/o")}\`);`);
  const refused = await rig.run("run");
  expect([refused.code, refused.stdout + refused.stderr]).toEqual([1, expect.stringContaining("no regular file")]);
});

test("a found input counts in the next run, also when the run that found it needed a second round", async () => {
  rig = await Rig.create();
  rig.manifest(`
export const found = task(sh\`cat in.txt > \${out("b/found")}; echo "b/found: in.txt" > \${depfile("b/found.d")}\`);
export const slow = task(sh\`cat \${file("y.txt")} > \${out("b/slow")}; ${rig.held("slow")}\`, { after: [found] });
`);
  rig.write("in.txt", "1\n");
  rig.write("y.txt", "1\n");
  const running = rig.start(["run"]);
  const held = await rig.waitFor("slow");
  rig.write("y.txt", "2\n");
  held.release();
  (await rig.waitFor("slow")).release();
  expect(await running.ended).toMatchObject({ code: 0 });
  rig.write("in.txt", "2\n");
  expect(await rig.run("run", "found")).toMatchObject({ code: 0 });
  rig.open("slow");
  expect(await rig.run("run")).toMatchObject({ code: 0 });
  expect(rig.read("b/found")).toBe("2\n");
});
