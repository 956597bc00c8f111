import { afterEach, beforeEach, expect, test } from "vitest";
import { EventLines } from "../../support/event-lines.ts";
import { Rig } from "../../support/rig.ts";

/** Tasks that update one of their inputs and make outputs, as `npm install` with its lockfile. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  rig.write("deps.txt", "b\na\n");
  rig.write("lock.txt", "");
});

afterEach(() => rig.close());

const INSTALL = `
export const install = task(sh\`echo x >> trail; cp lock.txt \${out("build/was")}; sort deps.txt > tmp; if ! cmp -s tmp lock.txt; then cp tmp lock.txt; fi; rm tmp; mkdir -p build/mods; cp lock.txt build/mods/list\`, {
  inputs: [file("deps.txt"), file("lock.txt")],
  mutates: ["lock.txt"],
  outputs: { mods: "build/mods/" },
});
export const use = task(sh\`cat \${install.outputs.mods}/list \${file("lock.txt")} > \${out("build/use")}\`);`;

const attempts = (): number => rig.read("trail").split("\n").length - 1;

test("a task that updates an input is cached by the updated content, and its outputs are made of that", async () => {
  rig.manifest(INSTALL);
  expect(await rig.results()).toEqual(["install: ran", "use: ran"]);
  expect([attempts(), rig.read("lock.txt"), rig.read("build/was")]).toEqual([2, "a\nb\n", "a\nb\n"]);
  expect(rig.read("build/use")).toBe("a\nb\na\nb\n");
  expect(await rig.results()).toEqual([]);
  expect((await rig.run("run")).stdout).toContain("fresh 2");
  expect(attempts()).toBe(2);
  // As in a fresh clone: nothing runs.
  rig.remove("build");
  expect(await rig.results()).toEqual(["install: restored", "use: restored"]);
  expect(attempts()).toBe(2);
});

test("an edit of a file that it reads, or that it updates, makes it stale", async () => {
  rig.manifest(INSTALL);
  await rig.run("run");
  rig.write("deps.txt", "c\na\n");
  expect(await rig.results()).toEqual(["install: ran", "use: ran"]);
  expect([attempts(), rig.read("lock.txt")]).toEqual([4, "a\nc\n"]);
  rig.write("lock.txt", "edited\n");
  expect(await rig.results()).toEqual(["install: restored"]);
  expect(rig.read("lock.txt")).toBe("a\nc\n");
  // Both inputs are again as it left them the first time.
  rig.write("deps.txt", "b\na\n");
  rig.write("lock.txt", "a\nb\n");
  expect(await rig.results()).toEqual(["install: restored", "use: restored"]);
});

test("one attempt is enough when there is nothing to update", async () => {
  rig.write("lock.txt", "a\nb\n");
  rig.manifest(INSTALL);
  await rig.run("run");
  expect(attempts()).toBe(1);
});

test("a task that changes its inputs in each attempt fails after the second one, and nothing of it is stored", async () => {
  rig.manifest(`
export const t = task(sh\`echo x >> lock.txt; cp lock.txt \${out("build/o")}\`, { inputs: [file("lock.txt")], mutates: ["lock.txt"] });`);
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout.slice(stdout.indexOf("error"), stdout.indexOf("\n──\n"))).toMatchInlineSnapshot(`
    "error INC4220: task "t" changed "lock.txt" again in its second run
      --> pipeline.ts:3:18
    3 | export const t = task(sh\`echo x >> lock.txt; cp lock.txt \${out("build/o")}\`, { inputs: [file("lock.txt")], mutates: ["lock.txt"] });
                         ^
      note: a task that updates its inputs and makes outputs runs again on the updated inputs, and must leave them unchanged
      help: make its second run change nothing, or split it into two tasks"
  `);
  expect([rig.read("lock.txt"), rig.exists("build/o")]).toEqual(["x\nx\n", false]);
});

test("a task may not change an input that it does not declare in `mutates`", async () => {
  rig.manifest(`
export const t = task(sh\`echo x >> deps.txt; cp lock.txt \${out("build/o")}\`, { inputs: [file("lock.txt"), file("deps.txt")], mutates: ["lock.txt"] });`);
  expect((await rig.run("run")).stdout).toContain('INC4203: "deps.txt" kept changing');
});

test("a file that a task updates must be one of its inputs, and may not be one of its outputs", async () => {
  rig.manifest('export const t = task(sh`true > ${out("o")}`, { mutates: ["lock.txt"] });');
  expect((await rig.run("run")).stderr).toMatchInlineSnapshot(`
    "error INC2529: task "t" updates "lock.txt" and makes outputs, but does not read "lock.txt"
      --> pipeline.ts:2:18
    2 | export const t = task(sh\`true > \${out("o")}\`, { mutates: ["lock.txt"] });
                         ^
      note: its outputs are cached by the content that it leaves there
      help: name it as an input too: inputs: [file("lock.txt")]
    "
  `);
  rig.manifest(
    'export const t = task(sh`mkdir o`, { inputs: [file("lock.txt")], mutates: ["."], outputs: { o: "o/" } });',
  );
  expect((await rig.run("run")).stderr).toMatchInlineSnapshot(`
    "error INC2519: task "t" both makes "o" and changes it in place
      --> pipeline.ts:2:18
    2 | export const t = task(sh\`mkdir o\`, { inputs: [file("lock.txt")], mutates: ["."], outputs: { o: "o/" } });
                         ^
      help: list the updated files one by one, apart from the outputs: mutates: ["package-lock.json"]
    "
  `);
});

test("under watch a task does not run a third time because of its own update", async () => {
  rig.manifest(INSTALL);
  const watch = rig.start(["watch", "--json"]);
  const lines = new EventLines(watch);
  await lines.until("watch-quiet");
  rig.write("deps.txt", "z\n");
  await lines.until("watch-quiet");
  expect(rig.read("build/use")).toBe("z\nz\n");
  watch.child.kill("SIGINT");
  await watch.ended;
  expect(attempts()).toBe(4);
  expect((await rig.run("run")).stdout).toContain("fresh 2");
});
