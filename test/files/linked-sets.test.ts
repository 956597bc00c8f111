import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;
/** Outside of the workspace. */
let outside: string;

beforeEach(async () => {
  rig = await Rig.create();
  outside = realpathSync(mkdtempSync(join(tmpdir(), "inc-outside-")));
});

afterEach(async () => {
  await rig.close();
  rmSync(outside, { recursive: true, force: true });
});

const put = (path: string, text: string): void => {
  mkdirSync(join(outside, path, ".."), { recursive: true });
  writeFileSync(join(outside, path), text);
};
const fresh = async (): Promise<boolean> => /^ran 0, restored 0, fresh/.test((await rig.run("run")).stdout);

test("a set goes through a link that its pattern names, and notices every edit behind it", async () => {
  put("a.csv", "1\n");
  put("sub/b.csv", "1\n");
  symlinkSync(outside, rig.path("data"));
  rig.manifest(`export const t = task(sh\`cat \${files("data/**/*.csv")} > \${out("o")}\`);`);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("1\n1\n");
  expect(await fresh()).toBe(true);
  put("a.csv", "2\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  put("sub/b.csv", "3\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  put("c.csv", "4\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  put("sub/d.csv", "5\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("2\n4\n3\n5\n");
  rmSync(join(outside, "c.csv"));
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(await fresh()).toBe(true);
});

test("a set notices when a link gets another target, whether a name or a wildcard matched the link", async () => {
  put("one/x/a.csv", "1\n");
  put("two/x/a.csv", "2\n");
  symlinkSync(join(outside, "one"), rig.path("data"));
  rig.manifest(`
export const named = task(sh\`cat \${files("data/x/*.csv")} > \${out("n")}\`);
export const star = task(sh\`cat \${files("*/x/*.csv")} > \${out("s")}\`);
export const empty = task(sh\`echo \${files("data/y/*.csv", { allowEmpty: true })} > \${out("e")}\`);`);
  expect((await rig.run("run")).code).toBe(0);
  expect(await fresh()).toBe(true);
  rmSync(rig.path("data"));
  symlinkSync(join(outside, "two"), rig.path("data"));
  expect(await rig.results()).toEqual(["named: ran", "star: ran"]);
  expect([rig.read("n"), rig.read("s")]).toEqual(["2\n", "2\n"]);
  put("two/y/z.csv", "");
  expect(await rig.results()).toEqual(["empty: ran"]);
  expect(rig.read("e")).toBe("data/y/z.csv\n");
});

test("** goes through links only with follow, and ends where a link leads back", async () => {
  put("a.csv", "1\n");
  mkdirSync(rig.path("in/deep"), { recursive: true });
  rig.write("in/b.csv", "1\n");
  symlinkSync(outside, rig.path("in/deep/out"));
  symlinkSync("../..", rig.path("in/deep/up"));
  symlinkSync(".", rig.path("in/self"));
  symlinkSync(outside, join(outside, "again"));
  rig.manifest(`
export const no = task(sh\`echo \${files("in/**/*.csv")} > \${out("n")}\`);
export const yes = task(sh\`echo \${files("in/**/*.csv", { follow: true })} > \${out("y")}\`);`);
  const first = await rig.run("run");
  expect([first.code, rig.read("n"), rig.read("y")]).toEqual([0, "in/b.csv\n", "in/b.csv in/deep/out/a.csv\n"]);
  expect(await fresh()).toBe(true);
  put("new/c.csv", "");
  expect(await rig.results()).toEqual(["yes: ran"]);
  expect(rig.read("y")).toBe("in/b.csv in/deep/out/a.csv in/deep/out/new/c.csv\n");
});

test("each, list and exclude go through links as sets do", async () => {
  put("pkg/package.json", "1\n");
  put("pkg/skip/x.json", "1\n");
  mkdirSync(rig.path("node_modules/.store"), { recursive: true });
  renameSync(join(outside, "pkg"), rig.path("node_modules/.store/pkg"));
  symlinkSync(".store/pkg", rig.path("node_modules/pkg"));
  mkdirSync(rig.path("packages"));
  symlinkSync("../node_modules/.store/pkg", rig.path("packages/one"));
  rig.manifest(`
export const units = each(files("packages/*/package.json"), (f) => task(sh\`cp \${f} \${out("b/" + f.dir + ".json")}\`));
export const set = task(sh\`echo \${files("node_modules/pkg/**/*.json", { exclude: "**/skip" })} > \${out("s")}\`);
export const listed = task(sh\`echo \${list("packages/*/").join(" ")} > \${out("l")}\`);`);
  const first = await rig.run("run");
  expect([first.stderr, first.code]).toEqual(["", 0]);
  expect([rig.read("s"), rig.read("l"), rig.read("b/packages/one.json")]).toEqual([
    "node_modules/pkg/package.json\n",
    "packages/one\n",
    "1\n",
  ]);
  rig.write("node_modules/.store/pkg/package.json", "2\n");
  expect(await rig.results()).toEqual(["set: ran", "units[one/package.json]: ran"]);
});

test("loops of links are members without a target, and no pattern goes through them", async () => {
  symlinkSync("b", rig.path("a"));
  symlinkSync("a", rig.path("b"));
  symlinkSync("self", rig.path("self"));
  rig.write("x.txt", "1\n");
  rig.manifest(`
export const t = task(sh\`echo \${files("*", { exclude: ["pipeline.ts", "package.json", "o", "p"] })} > \${out("o")}\`);
export const p = task(sh\`echo \${files(["a/*", "self/**", "*/*/x"], { allowEmpty: true, follow: true })} > \${out("p")}\`);`);
  const first = await rig.run("run");
  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect([rig.read("o"), rig.read("p")]).toEqual(["a b self x.txt\n", "\n"]);
  expect(await fresh()).toBe(true);
  rmSync(rig.path("a"));
  rig.write("a/y", "");
  expect(await rig.results()).toEqual(["p: ran", "t: ran"]);
});

test("an output is no member of a set under the name that a link gives it", async () => {
  symlinkSync("build", rig.path("alias"));
  rig.write("src/x", "1\n");
  rig.write("build/mine", "1\n");
  rig.manifest(`
export const make = task(sh\`cp \${file("src/x")} \${out("build/made")}\`);
export const user = task(sh\`echo \${files("alias/*")} > \${out("o")}\`);`);
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("o")).toBe("alias/mine\n");
  rig.write("src/x", "2\n");
  expect(await rig.results()).toEqual(["make: ran"]);
});

test("the run notices a file that joins a set behind a link while its task runs", async () => {
  put("a.csv", "1\n");
  symlinkSync(outside, rig.path("data"));
  rig.manifest(
    `export const t = task(sh\`cat data/*.csv > \${out("o")}; ${rig.held("t")}\`, { inputs: [files("data/*.csv")] });`,
  );
  const run = rig.start(["run"]);
  const held = await rig.waitFor("t");
  put("b.csv", "2\n");
  held.release();
  (await rig.waitFor("t")).release();
  expect((await run.ended).code).toBe(0);
  expect(rig.read("o")).toBe("1\n2\n");
  rig.open("t");
  expect(await rig.results()).toEqual([]);
});

describe("under watch", () => {
  /** The tasks that ended, except fresh ones, until watch is quiet the next time: `name: result`. */
  async function quiet(lines: EventLines): Promise<string[]> {
    const until = await lines.until("watch-quiet");
    const events = until.map((line) => JSON.parse(line) as { kind: string; task: string; result: string });
    return events
      .filter(({ kind, result }) => kind === "task-ended" && result !== "fresh")
      .map(({ task, result }) => `${task}: ${result}`)
      .sort();
  }

  test("an edit behind a link into the workspace runs the task that reads it through the link", async () => {
    rig.write("store/big/a.csv", "1\n");
    symlinkSync("store/big", rig.path("data"));
    rig.manifest(`export const t = task(sh\`cat \${files("data/**/*.csv")} > \${out("o")}\`);`);
    const lines = new EventLines(rig.start(["watch", "--json"]));
    expect(await quiet(lines)).toEqual(["t: ran"]);
    rig.write("store/big/a.csv", "2\n");
    expect(await quiet(lines)).toEqual(["t: ran"]);
    rig.write("store/big/sub/b.csv", "3\n");
    expect(await quiet(lines)).toEqual(["t: ran"]);
    expect(rig.read("o")).toBe("2\n3\n");
    rmSync(rig.path("data"));
    mkdirSync(rig.path("other"));
    rig.write("other/c.csv", "4\n");
    symlinkSync("other", rig.path("data"));
    let ran = await quiet(lines);
    while (rig.read("o") !== "4\n") ran = await quiet(lines);
    expect(ran).toEqual(["t: ran"]);
  });

  test("an edit behind a link out of the workspace is noticed by the next run, and by commands that ask watch", async () => {
    put("a.csv", "1\n");
    symlinkSync(outside, rig.path("data"));
    rig.write("x", "1\n");
    rig.manifest(`export const t = task(sh\`cat \${files("data/**/*.csv")} > \${out("o")}\`);
export const x = task(sh\`cat \${file("x")}\`);`);
    const lines = new EventLines(rig.start(["watch", "--json"]));
    expect(await quiet(lines)).toEqual(["t: ran", "x: ran"]);
    put("a.csv", "2\n");
    put("sub/b.csv", "2\n");
    rig.write("x", "2\n");
    expect(await quiet(lines)).toEqual(["t: ran", "x: ran"]);
    expect(rig.read("o")).toBe("2\n2\n");
    put("sub/c.csv", "3\n");
    expect((await rig.run("status")).stdout).toContain("1 of 2 fresh");
    expect((await rig.run("run")).stdout).toContain("ran 1");
    expect(rig.read("o")).toBe("2\n2\n3\n");
  });
});
