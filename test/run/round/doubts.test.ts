import { symlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** How often the commands of a pipeline ran. */
function tries(): number {
  return rig.exists(".tries") ? rig.read(".tries").length : 0;
}

describe("inc stores the result of a command that leaves its input's content as it was, and does not run it again", () => {
  test.each([
    ["touches it", "touch in.txt; cat in.txt > out.txt"],
    ["writes the same bytes", "cat in.txt > .tmp; cat .tmp > in.txt; cat in.txt > out.txt"],
    ["replaces it by a copy", "cp in.txt .tmp; mv .tmp in.txt; cat in.txt > out.txt"],
    ["edits it in place without effect", "sed -i s/nothing/else/ in.txt; cat in.txt > out.txt"],
    ["links it elsewhere", "ln -f in.txt .link; cat .link > out.txt; rm .link"],
    ["sets its mode", "chmod 644 in.txt; cat in.txt > out.txt"],
  ])("the command %s", async (_what, command) => {
    rig.manifest(
      `export const one = task(sh\`printf x >> .tries; ${command}\`, { inputs: [file("in.txt")], outputs: { o: "out.txt" } });`,
    );
    rig.write("in.txt", "one\n", 0o644);
    const outcome = await rig.run("run");
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("INC4221") });
    expect([tries(), rig.read("out.txt")]).toEqual([2, "one\n"]);
    for (let again = 0; again < 2; again += 1) expect((await rig.run("run")).stdout).toContain("fresh 1");
    rig.write("in.txt", "two\n");
    expect(await rig.results()).toEqual(["one: ran"]);
    rig.write("in.txt", "one\n");
    expect(await rig.results()).toEqual(["one: restored"]);
    expect([tries(), rig.read("out.txt")]).toEqual([4, "one\n"]);
  });
});

test("a command that touches its input and gives another result each time ends well, but is not stored", async () => {
  rig.manifest(
    `export const one = task(sh\`printf x >> .tries; touch in.txt; cat .tries > out.txt\`, { inputs: [file("in.txt")], outputs: { o: "out.txt" } });`,
  );
  rig.write("in.txt", "one\n");
  const outcome = await rig.run("run");
  expect(outcome, outcome.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("none was stored") });
  expect(tries()).toBe(3);
  expect(await rig.results()).toEqual(["one: ran"]);
});

test("a header that the command itself makes becomes a found input after a second attempt", async () => {
  rig.manifest(
    `export const one = task(sh\`printf x >> .tries; echo h > made.h; cat \${file("in.c")} made.h > \${out("b/one.o")}; echo 'b/one.o: in.c made.h' > \${depfile("b/one.d")}\`);`,
  );
  rig.write("in.c", "c\n");
  const outcome = await rig.run("run");
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  expect(tries()).toBe(2);
  expect((await rig.run("run")).stdout).toContain("fresh 1");
});

describe("one attempt is enough", () => {
  test.each([
    [
      "an output beside the input",
      `task(sh\`printf x >> .tries; cat in.txt > out.txt\`, { inputs: [files("*.txt")], outputs: { o: "out.txt" } })`,
    ],
    [
      "an output in a new directory beside the input",
      `task(sh\`printf x >> .tries; cat in.txt > new/deep/out.txt\`, { inputs: [files("*.txt")], outputs: { o: "new/deep/out.txt" } })`,
    ],
    [
      "an output that is renamed into its place",
      `task(sh\`printf x >> .tries; cat in.txt > out.tmp; mv out.tmp out.txt\`, { inputs: [files("*.txt")], outputs: { o: "out.txt" } })`,
    ],
    [
      "a directory that is input and holds an output",
      `task(sh\`printf x >> .tries; cat d/a > b/one\`, { inputs: [file("d")], outputs: { o: "b/one" } })`,
    ],
  ])("for %s", async (_what, task) => {
    rig.manifest(`export const one = ${task};`);
    for (const path of ["in.txt", "d/a", ".tries"]) rig.write(path, path === ".tries" ? "" : "one\n");
    for (const text of ["one\n", "two\n"]) {
      rig.write("in.txt", text);
      rig.write("d/a", text);
      const before = tries();
      expect(await rig.results()).toEqual(["one: ran"]);
      expect(tries() - before).toBe(1);
    }
  });

  test("for tasks that run at once and read each other's directories", async () => {
    const names = ["a", "b", "c", "d"];
    rig.manifest(
      names
        .map(
          (
            name,
          ) => `export const ${name} = task(sh\`printf x >> .tries; cat *.txt > o/${name}/x\`, { inputs: [files("*.txt")], outputs: { o: "o/${name}/x" } });
export const ${name}2 = task(sh\`printf x >> .tries; cat \${${name}} > \${out("o2/${name}.out")}\`);`,
        )
        .join("\n"),
    );
    rig.write(".tries", "");
    for (const text of ["one\n", "two\n", "three\n"]) {
      rig.write("in.txt", text);
      const before = tries();
      expect(await rig.run("run", "-j4")).toMatchObject({ code: 0 });
      expect(tries() - before).toBe(8);
    }
  });
});

test("the target of a link counts as the reader saw it, even if a task writes it afterwards", async () => {
  rig.manifest(`
export const reader = task(sh\`cat \${file("link")} > \${out("b/reader")}\`);
export const maker = task(sh\`cp \${file("in.txt")} \${out("b/made")}\`, { after: [reader] });`);
  rig.write("in.txt", "one\n");
  rig.write("b/made", "zero\n");
  symlinkSync("b/made", rig.path("link"));
  const outcome = await rig.run("run");
  expect([outcome.code, rig.read("b/made"), rig.read("b/reader")], outcome.stdout).toEqual([0, "one\n", "one\n"]);
});
