import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../src/host/files/hash.ts";
import type { NewVersion } from "../../src/model/entry.ts";
import { copiesRig, runWith, steady } from "../support/copies.ts";
import { Rig } from "../support/rig.ts";
import { printed } from "../support/said.ts";
import { loseSmallBlobs, withRigStore } from "../support/store.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await copiesRig();
});

afterEach(() => rig.close());

const version = (name: string, text: string, more: Partial<NewVersion> = {}): NewVersion => ({
  name,
  identity: { type: "file", digest: hasher.digest(text), executable: false },
  size: text.length,
  cause: "made",
  time: 1,
  ...more,
});

test("log lists the versions of files, directories, sources and parameters, newest first", async () => {
  rig.manifest(`
const region = param("region", "eu");
export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}; : \${region}\`);
`);
  await runWith(rig, "one\n", "three\n");
  expect(steady(await printed(rig, "log", "build/a.txt", "in.txt", "param:region"))).toBe(
    [
      "build/a.txt",
      "  @2  TIME  made by a  6 B  DIGEST  RUN",
      "  @1  TIME  made by a  4 B  DIGEST  RUN",
      "in.txt",
      "  @2  TIME  used by a  6 B  DIGEST  RUN",
      "  @1  TIME  used by a  4 B  DIGEST  RUN",
      "param:region",
      "  @1  TIME  used by a  5 B  DIGEST  RUN",
      "",
    ].join("\n"),
  );
});

test("log takes patterns, paths relative to the current directory, a first version and a limit", async () => {
  await runWith(rig, "one\n", "two\n", "three\n");
  const names = async (...args: string[]) =>
    (await printed(rig, "log", ...args)).split("\n").map((line) => line.trim().split("  ")[0]);
  expect(await names("build/*", "-n", "1")).toEqual([
    "build/a.txt",
    "@3",
    "and 2 more",
    "build/d",
    "@3",
    "and 2 more",
    "",
  ]);
  expect(await names("build/a.txt@2")).toEqual(["build/a.txt", "@2", "@1", ""]);
  const { stdout } = await rig.start(["log", "a.txt", "-n", "1"], { cwd: "build" }).ended;
  expect(stdout.startsWith("build/a.txt\n  @3")).toBe(true);
});

test("log --json prints everything that inc knows of a version", async () => {
  await runWith(rig, "one\n");
  const [{ name, count, versions }] = JSON.parse(await printed(rig, "log", "build/a.txt", "--json"));
  expect([name, count]).toEqual(["build/a.txt", 1]);
  const [{ run, record, time, ...rest }] = versions;
  expect([record, time > 1.7e12]).toEqual([`${run}.000001`, true]);
  expect(rest).toEqual({
    name: "build/a.txt",
    identity: { type: "file", digest: hasher.digest("one\n"), executable: false },
    size: 4,
    cause: "made",
    n: 1,
    seq: 2,
    latest: true,
    task: "a",
    manifest: "pipeline.ts",
    kept: true,
    permissions: { file: 0o666 & ~process.umask() },
  });
});

test("log marks side versions, parents, messages, and versions without bytes", async () => {
  await runWith(rig, "one\n");
  await withRigStore(rig, (store) => {
    store.commit({
      versions: [
        version("object:rates", "1", { cause: "put", message: "first\nline" }),
        version("object:rates", "2", { cause: "merged", parents: [1, 2], run: "r" }),
        version("build/a.txt", "mine", { cause: "edited" }),
      ],
    });
    store.flush();
  });
  await loseSmallBlobs(rig);
  expect(steady(await printed(rig, "log", "rates", "build/a.txt", "in.txt"))).toBe(
    [
      "object:rates",
      "  @2  TIME  merged  1 B  DIGEST  r  from @1 and @2  evicted",
      '  @1  TIME  put     1 B  DIGEST     evicted  "first\\nline"',
      "build/a.txt",
      `  @2  TIME  edited     4 B  DIGEST  ${" ".repeat(25)}  evicted`,
      "  @1  TIME  made by a  4 B  DIGEST  RUN  evicted",
      "in.txt",
      "  @1  TIME  used by a  4 B  DIGEST  RUN  evicted",
      "",
    ].join("\n"),
  );
});

test("a clock that goes back does not change the order of versions", async () => {
  await runWith(rig, "one\n");
  await withRigStore(rig, (store) => {
    store.commit({ versions: [version("x", "1", { time: 2e12 }), version("x", "2", { time: 1e12 })] });
    store.flush();
  });
  const log = await printed(rig, "log", "x");
  expect(log.indexOf("@2  2001-09-09T")).toBeLessThan(log.indexOf("@1  2033-05-18T"));
  expect(log).toContain("@1  2033-05-18T");
});

test("log needs neither a manifest nor the lease", async () => {
  rig.manifest(`export const t = task(sh\`cp \${file("in.txt")} \${out("build/t")}; ${rig.held("t")}\`);`);
  rig.open("t");
  await runWith(rig, "one\n");
  rig.remove("pipeline.ts");
  expect(await printed(rig, "log", "build/t")).toContain("@1");
  expect(await printed(rig, "get", "build/t")).toBe("one\n");
});

test("a pipeline inside another one has its own history", async () => {
  await runWith(rig, "one\n");
  rig.write("inner/package.json", "{}");
  rig.write("inner/pipeline.ts", "");
  const { code, stderr } = await rig.start(["log", "build/a.txt"], { cwd: "inner" }).ended;
  expect([code, stderr.replaceAll(rig.root, "/w")]).toEqual([
    2,
    'error INC1031: the workspace "/w/inner" has no store yet, so it has no history\n  help: run the pipeline first: inc run\n',
  ]);
});

test("get does not wait for a run; checkout does", async () => {
  await runWith(rig, "one\n", "two\n");
  rig.manifest(`
export const t = task(sh\`${rig.held("t")}\`);
export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}\`);
`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  expect(await printed(rig, "get", "build/a.txt@1")).toBe("one\n");
  const waiting = rig.start(["checkout", "build/a.txt@1"]);
  await waiting.printed("waiting for");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect((await waiting.ended).stdout).toBe("put back build/a.txt@1\n");
  expect(rig.read("build/a.txt")).toBe("one\n");
});

test.each(["a\nb.txt", "😀 ü.txt", "-n", "--json", "a@2", "param:x", "*.csv", "a'b\"c"])(
  "names hold any character: %j",
  async (name) => {
    await rig.close();
    rig = await Rig.create(`export const t = task(sh\`cp \${files("src/*")} \${out("build/t")}\`);`);
    rig.write(`src/${name}`, "one\n");
    rig.write(name, "one\n");
    rig.manifest(`export const t = task(sh\`cat < \${file(${JSON.stringify(`./${name}`)})} > \${out("build/t")}\`);`);
    for (const text of ["one\n", "two\n"]) {
      rig.write(name, text);
      expect((await rig.run("run")).code).toBe(0);
    }
    const typed = name === "param:x" ? "./param:x" : name;
    expect(await printed(rig, "get", "--", `${typed}@1`)).toBe("one\n");
    expect((await printed(rig, "log", "--", typed)).split("\n")).toHaveLength(4);
    expect(await printed(rig, "checkout", "--", `${typed}@1`)).toContain("put back ");
    expect(rig.read(name)).toBe("one\n");
  },
);
