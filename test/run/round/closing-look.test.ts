import { execFileSync } from "node:child_process";
import { cpSync, renameSync, symlinkSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
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
  /** One more output. */
  readonly makes?: string;
  /** One more task, which has run before. */
  readonly other?: string;
}

const SWITCHED = {
  inputs: `file("in/a.txt")`,
  away: () => {
    move("in", "bak");
    rig.write("in/a.txt", "two\n");
  },
  back: () => {
    move("bak", "in");
    rig.write("in/more", "");
  },
};

const CASES: readonly Case[] = [
  {
    what: "a file comes into a directory that is read whole and holds an output, and goes",
    reads: "cat in/*.txt",
    inputs: `file("in")`,
    away: () => rig.write("in/c.txt", "two\n"),
    back: () => rig.remove("in/c.txt"),
    other: `export const other = task(sh\`echo o > \${out("in/other")}\`);`,
  },
  {
    ...SWITCHED,
    what: "the directory of a file is moved away and back, and something comes in it",
    reads: "cat in/a.txt",
  },
  {
    ...SWITCHED,
    what: "the directory of a file beside an output is moved away and back, and something comes in it",
    reads: "mkdir -p top; sleep .02; cat in/a.txt",
    makes: "top/",
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

test.each(CASES)(
  "an attempt does not count when, while it runs, $what",
  async ({ reads, inputs, away, back, makes, other }) => {
    withSources();
    rig.manifest(
      `export const one = task(sh\`${rig.held("begin")}; ${reads} > b/one; ${rig.held("end")}\`,
  { inputs: [${inputs}], outputs: { o: "b/one"${makes === undefined ? "" : `, more: "${makes}"`} } });
${other ?? ""}`,
    );
    if (other !== undefined) expect(await rig.run("run", "other")).toMatchObject({ code: 0 });
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
    expect((await rig.run("run", "--output-logs=none")).stdout).toContain(`fresh ${other === undefined ? 1 : 2}`);
    expect(rig.read("b/one")).toBe(expected);
  },
);
