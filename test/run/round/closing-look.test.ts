import { execFileSync } from "node:child_process";
import { cpSync, renameSync, symlinkSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

function link(text: string, path: string): void {
  rig.remove(path);
  symlinkSync(text, rig.path(path));
}

function move(from: string, to: string): void {
  rig.remove(to);
  renameSync(rig.path(from), rig.path(to));
}

interface Case {
  readonly what: string;
  /** The paths that the command reads, as shell text. */
  readonly reads: string;
  /** Inputs as the manifest declares them. */
  readonly inputs: string;
  readonly away: () => void;
  readonly back: () => void;
}

const CASES: readonly Case[] = [
  {
    what: "the directory of a file is moved away and back, and something comes in it",
    reads: "cat in/a.txt",
    inputs: `file("in/a.txt")`,
    away: () => {
      move("in", "bak");
      rig.write("in/a.txt", "two\n");
    },
    back: () => {
      move("bak", "in");
      rig.write("in/more", "");
    },
  },
  {
    what: "a file is moved away and back",
    reads: "cat in/a.txt",
    inputs: `file("in/a.txt")`,
    away: () => {
      move("in/a.txt", "bak");
      rig.write("in/a.txt", "two\n");
    },
    back: () => move("bak", "in/a.txt"),
  },
  {
    what: "a file is moved within its directory, and back",
    reads: "cat in/a.txt",
    inputs: `files("in/*.txt")`,
    away: () => {
      move("in/a.txt", "in/bak");
      rig.write("in/a.txt", "two\n");
    },
    back: () => move("in/bak", "in/a.txt"),
  },
  {
    what: "a file is copied back with its times",
    reads: "cat in/a.txt",
    inputs: `file("in/a.txt")`,
    away: () => {
      cpSync(rig.path("in/a.txt"), rig.path("bak"), { preserveTimestamps: true });
      rig.write("in/a.txt", "two\n");
    },
    back: () => execFileSync("cp", ["-p", rig.path("bak"), rig.path("in/a.txt")]),
  },
  {
    what: "a link is switched and back",
    reads: "cat current",
    inputs: `file("current")`,
    away: () => link("v2/a.txt", "current"),
    back: () => link("v1/a.txt", "current"),
  },
  {
    what: "a linked directory on the way is switched and back",
    reads: "cat way/a.txt",
    inputs: `file("way/a.txt")`,
    away: () => link("v2", "way"),
    back: () => link("v1", "way"),
  },
  {
    what: "what a link leads to is moved away and back",
    reads: "cat current",
    inputs: `file("current")`,
    away: () => {
      move("v1", "bak");
      rig.write("v1/a.txt", "two\n");
    },
    back: () => move("bak", "v1"),
  },
  {
    what: "the directory of a file is moved away and back",
    reads: "cat in/sub/b.txt",
    inputs: `files("in/sub/*.txt")`,
    away: () => {
      move("in", "bak");
      rig.write("in/sub/b.txt", "two\n");
    },
    back: () => move("bak", "in"),
  },
  {
    what: "a member of a set comes and goes",
    reads: "cat in/*.txt",
    inputs: `files("in/*.txt")`,
    away: () => rig.write("in/z.txt", "two\n"),
    back: () => rig.remove("in/z.txt"),
  },
  {
    what: "a member of a set in the root comes and goes",
    reads: "cat *.txt",
    inputs: `files("*.txt")`,
    away: () => rig.write("z.txt", "two\n"),
    back: () => rig.remove("z.txt"),
  },
  {
    what: "a directory with members comes and goes",
    reads: "find in -name '*.txt' | LC_ALL=C sort | xargs cat",
    inputs: `files("in/**/*.txt")`,
    away: () => rig.write("in/new/z.txt", "two\n"),
    back: () => rig.remove("in/new"),
  },
  {
    what: "a file comes into a directory and goes",
    reads: "find in -type f | LC_ALL=C sort | xargs cat",
    inputs: `file("in")`,
    away: () => rig.write("in/sub/z.txt", "two\n"),
    back: () => rig.remove("in/sub/z.txt"),
  },
  {
    what: "a file comes, goes, and the directory's time is set back",
    reads: "find in -type f | LC_ALL=C sort | xargs cat",
    inputs: `file("in")`,
    away: () => rig.write("in/z.txt", "two\n"),
    back: () => {
      rig.remove("in/z.txt");
      utimesSync(rig.path("in"), 1, 1);
    },
  },
];

function withSources(): void {
  for (const path of ["in/a.txt", "in/sub/b.txt", "v1/a.txt", "root.txt"]) rig.write(path, "one\n");
  rig.write("v2/a.txt", "two\n");
  link("v1/a.txt", "current");
  link("v1", "way");
}

function shown(reads: string): string {
  return execFileSync("sh", ["-c", reads], { cwd: rig.root, encoding: "utf8" });
}

test.each(CASES)("an attempt does not count when, while it runs, $what", async ({ reads, inputs, away, back }) => {
  withSources();
  rig.manifest(
    `export const one = task(sh\`${rig.held("begin")}; ${reads} > b/one; ${rig.held("end")}\`,
  { inputs: [${inputs}], outputs: { o: "b/one" } });`,
  );
  const expected = shown(reads);
  const running = rig.start(["run", "--json"]);
  const begin = await rig.waitFor("begin");
  away();
  begin.release();
  const end = await rig.waitFor("end");
  expect(rig.read("b/one")).toContain("two\n");
  back();
  for (const name of ["begin", "end"]) rig.open(name);
  end.release();
  const outcome = await running.ended;
  expect(outcome, outcome.stdout).toMatchObject({ code: 0 });
  expect(rig.read("b/one")).toBe(expected);
  expect((await rig.run("run", "--output-logs=none")).stdout).toContain("fresh 1");
  expect(rig.read("b/one")).toBe(expected);
});

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
