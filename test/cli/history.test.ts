import { randomBytes } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../src/host/hash.ts";
import type { NewVersion } from "../../src/model/entry.ts";
import { openTables } from "../../src/store/schema.ts";
import { Rig } from "../support/rig.ts";
import { withRigStore } from "../support/store.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}\`);
export const d = task(sh\`mkdir \${out("build/d/")}; cp \${a} build/d/x; echo run > build/d/go; chmod +x build/d/go; ln -s x build/d/link\`);
`);
});

afterEach(() => rig.close());

/** Runs the pipeline once for each text of its source. */
async function runWith(...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    rig.write("in.txt", text);
    expect((await rig.run("run")).code).toBe(0);
  }
}

/** Stdout of a command that has to succeed. */
async function told(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rig.run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** Without what differs from run to run: times, run ids and digests. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/g, "TIME")
    .replace(/\b\d{8}T\d{9}-[0-9a-f]{6}\b/g, "RUN")
    .replace(/\b[0-9a-f]{12}\b/g, "DIGEST");
}

async function runOf(version: string): Promise<string> {
  return JSON.parse(await told("log", version, "--json"))[0].versions[0].run as string;
}

const version = (name: string, text: string, more: Partial<NewVersion> = {}): NewVersion => ({
  name,
  identity: { type: "file", digest: hasher.digest(text), executable: false },
  size: text.length,
  cause: "made",
  time: 1,
  ...more,
});

/** Loses the bytes of everything below 64 KiB. */
async function evictSmall(): Promise<void> {
  const tables = openTables(rig.path(".inc"), false);
  for (const key of [...tables.blobs.getKeys()]) tables.blobs.removeSync(key);
  await tables.root.close();
}

test("log tells the versions of files, directories, sources and parameters, newest first", async () => {
  rig.manifest(`
const region = param("region", "eu");
export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}; : \${region}\`);
`);
  await runWith("one\n", "three\n");
  expect(steady(await told("log", "build/a.txt", "in.txt", "param:region"))).toBe(
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

test("log takes patterns, paths from where one is, a first version and a limit", async () => {
  await runWith("one\n", "two\n", "three\n");
  const names = async (...args: string[]) =>
    (await told("log", ...args)).split("\n").map((line) => line.trim().split("  ")[0]);
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

test("log --json tells everything that is known of a version", async () => {
  await runWith("one\n");
  const [{ name, count, versions }] = JSON.parse(await told("log", "build/a.txt", "--json"));
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
  });
});

test("log marks what is on the side, what has parents or a message, and what lost its bytes", async () => {
  await runWith("one\n");
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
  await evictSmall();
  expect(steady(await told("log", "rates", "build/a.txt", "in.txt"))).toBe(
    [
      "object:rates",
      "  @2  TIME  merged  1 B  DIGEST  r  from @1 and @2  evicted",
      '  @1  TIME  put     1 B  DIGEST     evicted  "first\\nline"',
      "build/a.txt",
      `  @2  TIME  edited     4 B  DIGEST  ${" ".repeat(25)}  evicted`,
      "  @1  TIME  made by a  4 B  DIGEST  RUN  evicted",
      "in.txt",
      "  @1  TIME  used by a  4 B  DIGEST  RUN  bytes not kept",
      "",
    ].join("\n"),
  );
});

test("a clock that went back does not change the order", async () => {
  await runWith("one\n");
  await withRigStore(rig, (store) => {
    store.commit({ versions: [version("x", "1", { time: 2e12 }), version("x", "2", { time: 1e12 })] });
    store.flush();
  });
  const log = await told("log", "x");
  expect(log.indexOf("@2  2001-09-09T")).toBeLessThan(log.indexOf("@1  2033-05-18T"));
  expect(log).toContain("@1  2033-05-18T");
});

test("history needs no manifest, and no right to run", async () => {
  rig.manifest(`export const t = task(sh\`cp \${file("in.txt")} \${out("build/t")}; ${rig.held("t")}\`);`);
  rig.open("t");
  await runWith("one\n");
  rig.remove("pipeline.ts");
  expect(await told("log", "build/t")).toContain("@1");
  expect(await told("get", "build/t")).toBe("one\n");
});

test("a pipeline inside of another has a history of its own", async () => {
  await runWith("one\n");
  rig.write("inner/package.json", "{}");
  rig.write("inner/pipeline.ts", "");
  const { code, stderr } = await rig.start(["log", "build/a.txt"], { cwd: "inner" }).ended;
  expect([code, stderr.replaceAll(rig.root, "/w")]).toEqual([
    2,
    'error INC1031: nothing was recorded in "/w/inner" yet: there is no store\n  help: run the pipeline first: inc run\n',
  ]);
});

test("who looks does not wait for a run; who checks out does", async () => {
  await runWith("one\n", "two\n");
  rig.manifest(`
export const t = task(sh\`${rig.held("t")}\`);
export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}\`);
`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  expect(await told("get", "build/a.txt@1")).toBe("one\n");
  const waiting = rig.start(["checkout", "build/a.txt@1"]);
  await waiting.printed("waiting for");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect((await waiting.ended).stdout).toBe("put back build/a.txt@1\n");
  expect(rig.read("build/a.txt")).toBe("one\n");
});

test("get gives bytes as they were to stdout", async () => {
  const bytes = randomBytes(100_000);
  await rig.close();
  rig = await Rig.create(`export const a = task(sh\`cp \${file("in.bin")} \${out("build/a.bin")}\`);`);
  rig.write("in.bin", bytes);
  await rig.run("run");
  rig.write("in.bin", "other");
  await rig.run("run");
  await told("get", "build/a.bin@1", "-o", "copy");
  expect(readFileSync(rig.path("copy")).equals(bytes)).toBe(true);
  expect(await told("get", "build/a.bin@2", "-o", "-")).toBe("other");
  expect(await told("get", "in.bin@latest")).toBe("other");
});

test("get streams what is large, verified, and ends well when nobody reads on", async () => {
  rig.manifest(`export const a = task(sh\`head -c 40000000 /dev/zero > \${out("build/a.bin")}\`);`);
  await rig.run("run");
  const script = `"${process.execPath}" "${rig.cli}" get build/a.bin | wc -c; "${process.execPath}" "${rig.cli}" get build/a.bin | head -c 3 | wc -c; echo "\${PIPESTATUS[*]}"`;
  rig.write("script.sh", script);
  const { execFileSync } = await import("node:child_process");
  expect(execFileSync("bash", ["script.sh"], { cwd: rig.root, encoding: "utf8" }).replace(/ +/g, " ")).toBe(
    "40000000\n3\n0 0 0\n",
  );
});

test("get -o makes files and directories, keeps what is there, and overwrites with --force", async () => {
  await runWith("one\n", "two\n");
  await told("get", "build/a.txt@1", "-o", "new/sub/");
  expect(rig.read("new/sub/a.txt")).toBe("one\n");
  expect((await rig.run("get", "build/a.txt@2", "-o", "new/sub")).code).toBe(2);
  expect(rig.read("new/sub/a.txt")).toBe("one\n");
  await told("get", "build/a.txt@2", "-o", "new/sub", "--force");
  expect(rig.read("new/sub/a.txt")).toBe("two\n");
  await told("get", "build/d@1", "-o", "new/d");
  expect([rig.read("new/d/x"), readlinkSync(rig.path("new/d/link"))]).toEqual(["one\n", "x"]);
  expect(lstatSync(rig.path("new/d/go")).mode & 0o777).toBe(0o755);
  rig.write("new/d/mine", "mine");
  expect((await rig.run("get", "build/d@2", "-o", "new/d")).code).toBe(2);
  expect(rig.read("new/d/x")).toBe("one\n");
  await told("get", "build/d@2", "-o", "new/d", "--force");
  expect([rig.read("new/d/x"), rig.read("new/d/mine")]).toEqual(["two\n", "mine"]);
  expect((await rig.run("status")).stdout).toContain("2 of 2 fresh");
});

test("get --force never writes through a symlink that was there", async () => {
  await runWith("one\n");
  rig.write("elsewhere/x", "theirs");
  rig.write("target/keep", "");
  rig.remove("target");
  symlinkSync("elsewhere", rig.path("target"));
  expect((await rig.run("get", "build/d@1", "-o", "target", "--force")).code).toBe(2);
  expect(rig.read("elsewhere/x")).toBe("theirs");
});

test("get of a symlink gives its text, or makes the link", async () => {
  rig.manifest(
    `export const a = task(sh\`cp \${file("in.txt")} \${out("build/real")}; ln -s real \${out("build/link", "link")}\`);`,
  );
  await runWith("one\n");
  expect(await told("get", "build/link")).toBe("real");
  await told("get", "build/link", "-o", "link");
  expect(readlinkSync(rig.path("link"))).toBe("real");
  expect(steady(await told("log", "build/link"))).toBe("build/link\n  @1  TIME  made by a    → real  RUN\n");
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
    expect(await told("get", "--", `${typed}@1`)).toBe("one\n");
    expect((await told("log", "--", typed)).split("\n")).toHaveLength(4);
    expect(await told("checkout", "--", `${typed}@1`)).toContain("put back ");
    expect(rig.read(name)).toBe("one\n");
  },
);

test("checkout puts a version in its place; status and run see it as what it is", async () => {
  await runWith("one\n", "two\n");
  expect(await told("checkout", "build/a.txt@1", "--dry")).toBe("would put back build/a.txt@1\n");
  expect(rig.read("build/a.txt")).toBe("two\n");
  expect((await rig.start(["checkout", "a.txt@1"], { cwd: "build" }).ended).stdout).toBe("put back build/a.txt@1\n");
  expect(rig.read("build/a.txt")).toBe("one\n");
  expect((await rig.run("status")).stdout).toContain("would-restore a  output build/a.txt differs\n1 of 2 fresh\n");
  expect(await told("checkout", "build/a.txt@1")).toBe("1 in place already\n");
  expect(await rig.results()).toEqual(["a: restored"]);
  expect(rig.read("build/a.txt")).toBe("two\n");
  expect(await told("log", "build/a.txt")).not.toContain("@3");
});

test("checkout of a run puts all its outputs back; with its sources, they are fresh and become versions", async () => {
  await runWith("one\n", "two\n", "three\n");
  const run = await runOf("build/a.txt@2");
  expect(await told("checkout", run)).toBe("put back build/a.txt@2\nput back build/d@2\n");
  expect([rig.read("build/a.txt"), rig.read("build/d/x")]).toEqual(["two\n", "two\n"]);
  expect(await told("checkout", run.slice(0, -3), "in.txt@2")).toBe("put back in.txt@2\n2 in place already\n");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 2,");
  const [{ versions }] = JSON.parse(await told("log", "build/a.txt", "-n", "1", "--json"));
  expect(versions[0]).toMatchObject({ n: 4, identity: { digest: hasher.digest("two\n") }, cause: "made", task: "a" });
  expect((await rig.run("run")).stdout).toContain("fresh 2");
});

test("checkout --json tells what it did", async () => {
  await runWith("one\n", "two\n");
  rig.write("build/a.txt", "mine");
  expect(JSON.parse(await told("checkout", "build/a.txt@1", "build/d@2", "--force", "--json"))).toEqual({
    dry: false,
    putBack: [{ name: "build/a.txt", n: 1 }],
    inPlace: [{ name: "build/d", n: 2 }],
    kept: [{ name: "build/a.txt", n: 3 }],
  });
});

test("checkout overwrites no unsaved edit; --force keeps it as a version first", async () => {
  await runWith("one\n", "two\n");
  rig.write("in.txt", "unsaved\n");
  rig.write("build/d/new", "mine");
  expect((await rig.run("checkout", "in.txt@1", "build/d@1")).code).toBe(2);
  expect([rig.read("in.txt"), rig.read("build/d/x")]).toEqual(["unsaved\n", "two\n"]);
  expect(await told("checkout", "in.txt@1", "build/d@1", "--force")).toBe(
    "kept in.txt@3, which was edited\nkept build/d@3, which was edited\nput back in.txt@1\nput back build/d@1\n",
  );
  expect([rig.read("in.txt"), rig.read("build/d/x"), rig.exists("build/d/new")]).toEqual(["one\n", "one\n", false]);
  expect(await told("get", "in.txt@3")).toBe("unsaved\n");
  // What is a version now need not be kept again.
  expect(await told("checkout", "in.txt@3", "build/d@3")).toBe("put back in.txt@3\nput back build/d@3\n");
  expect(await told("checkout", "in.txt@1", "build/d@1")).toBe("put back in.txt@1\nput back build/d@1\n");
});

test("checkout changes a file into a directory, and back", async () => {
  rig.manifest(`export const t = task(sh\`mkdir -p build; cat \${file("in.txt")} > \${out("build/t")}\`);`);
  await runWith("one\n");
  rig.manifest(`export const t = task(sh\`mkdir \${out("build/t/")}; cp \${file("in.txt")} build/t\`);`);
  expect((await rig.run("run")).code).toBe(0);
  expect(await told("checkout", "build/t@1")).toBe("put back build/t@1\n");
  expect(rig.read("build/t")).toBe("one\n");
  expect(await told("checkout", "build/t@2")).toBe("put back build/t@2\n");
  expect(rig.read("build/t/in.txt")).toBe("one\n");
  expect((await rig.run("status")).stdout).toContain("1 of 1 fresh");
});

test("what no task makes any more stays when it is put back by name, and goes again when it came with a run", async () => {
  await runWith("one\n");
  const run = await runOf("build/d@1");
  rig.manifest(`export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}\`);`);
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.exists("build/d")).toBe(false);
  await told("checkout", "build/d@1");
  rig.write("in.txt", "two\n");
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("build/d/x")).toBe("one\n");
  rig.remove("build/d");
  await told("checkout", run);
  expect(rig.read("build/d/x")).toBe("one\n");
  expect((await rig.run("run")).code).toBe(0);
  expect([rig.exists("build/d"), rig.read("build/a.txt")]).toEqual([false, "two\n"]);
});

test("a version that lost its bytes is told, and nothing is put back", async () => {
  await runWith("one\n", "two\n");
  await evictSmall();
  const { code, stdout } = await rig.run("checkout", "build/a.txt@1", "build/d@1");
  expect([code, stdout, rig.read("build/a.txt")]).toEqual([2, "", "two\n"]);
});
