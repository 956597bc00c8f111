import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../../src/host/files/hash.ts";
import { copiesRig, runWith } from "../../support/copies.ts";
import type { Rig } from "../../support/rig.ts";
import { printed } from "../../support/said.ts";
import { loseSmallBlobs } from "../../support/store.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await copiesRig();
});

afterEach(() => rig.close());

async function runOf(version: string): Promise<string> {
  return JSON.parse(await printed(rig, "log", version, "--json"))[0].versions[0].run as string;
}

test("checkout puts a version in its place; status and run take it for that version", async () => {
  await runWith(rig, "one\n", "two\n");
  expect(await printed(rig, "checkout", "build/a.txt@1", "--dry")).toBe("would put back build/a.txt@1\n");
  expect(rig.read("build/a.txt")).toBe("two\n");
  expect((await rig.start(["checkout", "a.txt@1"], { cwd: "build" }).ended).stdout).toBe("put back build/a.txt@1\n");
  expect(rig.read("build/a.txt")).toBe("one\n");
  expect((await rig.run("status")).stdout).toContain("would-restore a  output build/a.txt differs\n1 of 2 fresh\n");
  expect(await printed(rig, "checkout", "build/a.txt@1")).toBe("1 in place already\n");
  expect(await rig.results()).toEqual(["a: restored"]);
  expect(rig.read("build/a.txt")).toBe("two\n");
  expect(await printed(rig, "log", "build/a.txt")).not.toContain("@3");
});

test("checkout of a run puts all its outputs back; with its sources, they are fresh and become versions", async () => {
  await runWith(rig, "one\n", "two\n", "three\n");
  const run = await runOf("build/a.txt@2");
  expect(await printed(rig, "checkout", run)).toBe("put back build/a.txt@2\nput back build/d@2\n");
  expect([rig.read("build/a.txt"), rig.read("build/d/x")]).toEqual(["two\n", "two\n"]);
  expect(await printed(rig, "checkout", run.slice(0, -3), "in.txt@2")).toBe("put back in.txt@2\n2 in place already\n");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 2,");
  const [{ versions }] = JSON.parse(await printed(rig, "log", "build/a.txt", "-n", "1", "--json"));
  expect(versions[0]).toMatchObject({ n: 4, identity: { digest: hasher.digest("two\n") }, cause: "made", task: "a" });
  expect((await rig.run("run")).stdout).toContain("fresh 2");
});

test("a file in the way of a directory goes, and comes back: it is an output, or is preserved first", async () => {
  await runWith(rig, "one\n");
  const run = await runOf("build/d@1");
  rig.manifest(`export const flat = task(sh\`cp \${file("in.txt")} \${out("build/d")}\`);`);
  await rig.run("run");
  expect(rig.read("build/d")).toBe("one\n");
  // What is in its place is a version: nothing is lost.
  rig.manifest(`export const inner = task(sh\`cp \${file("in.txt")} \${out("build/d/e/f")}\`);`);
  await rig.run("run");
  const nested = await runOf("build/d/e/f@1");
  expect((await rig.run("checkout", "build/d@2", "--force")).code).toBe(0);
  expect(rig.read("build/d")).toBe("one\n");
  expect(await printed(rig, "checkout", nested, "--dry")).toContain(
    "would remove build/d, where there was a directory\n",
  );
  expect(await printed(rig, "checkout", nested)).toBe(
    "removed build/d, where there was a directory\nput back build/a.txt@1\nput back build/d/e/f@1\n",
  );
  expect(rig.read("build/d/e/f")).toBe("one\n");
  rig.remove("build/d");
  rig.write("build/d", "mine\n");
  expect((await rig.run("checkout", nested)).stderr).toContain("INC1037");
  expect(JSON.parse(await printed(rig, "checkout", nested, "--force", "--json"))).toMatchObject({
    removed: ["build/d"],
    putBack: [{ name: "build/d/e/f", n: 1 }],
    kept: [{ name: "build/d", n: 4 }],
  });
  expect(await printed(rig, "get", "build/d@4")).toBe("mine\n");
  expect((await rig.run("checkout", "build/d@4", "build/d/e/f@1")).stderr).toContain("INC1003");
  expect((await rig.run("checkout", run)).code).toBe(0);
});

test("checkout --json reports what it did", async () => {
  await runWith(rig, "one\n", "two\n");
  rig.write("build/a.txt", "mine");
  expect(JSON.parse(await printed(rig, "checkout", "build/a.txt@1", "build/d@2", "--force", "--json"))).toEqual({
    dry: false,
    removed: [],
    putBack: [{ name: "build/a.txt", n: 1 }],
    inPlace: [{ name: "build/d", n: 2 }],
    kept: [{ name: "build/a.txt", n: 3 }],
  });
});

test("checkout overwrites no unsaved edit; --force keeps it as a version first", async () => {
  await runWith(rig, "one\n", "two\n");
  rig.write("in.txt", "unsaved\n");
  rig.write("build/d/new", "mine");
  expect((await rig.run("checkout", "in.txt@1", "build/d@1")).code).toBe(2);
  expect([rig.read("in.txt"), rig.read("build/d/x")]).toEqual(["unsaved\n", "two\n"]);
  expect(await printed(rig, "checkout", "in.txt@1", "build/d@1", "--force")).toBe(
    "preserved in.txt@3, which was edited\npreserved build/d@3, which was edited\nput back in.txt@1\nput back build/d@1\n",
  );
  expect([rig.read("in.txt"), rig.read("build/d/x"), rig.exists("build/d/new")]).toEqual(["one\n", "one\n", false]);
  expect(await printed(rig, "get", "in.txt@3")).toBe("unsaved\n");
  // These bytes have a version now, so checkout replaces them without --force.
  expect(await printed(rig, "checkout", "in.txt@3", "build/d@3")).toBe("put back in.txt@3\nput back build/d@3\n");
  expect(await printed(rig, "checkout", "in.txt@1", "build/d@1")).toBe("put back in.txt@1\nput back build/d@1\n");
});

test("checkout changes a file into a directory, and back", async () => {
  rig.manifest(`export const t = task(sh\`mkdir -p build; cat \${file("in.txt")} > \${out("build/t")}\`);`);
  await runWith(rig, "one\n");
  rig.manifest(`export const t = task(sh\`mkdir \${out("build/t/")}; cp \${file("in.txt")} build/t\`);`);
  expect((await rig.run("run")).code).toBe(0);
  expect(await printed(rig, "checkout", "build/t@1")).toBe("put back build/t@1\n");
  expect(rig.read("build/t")).toBe("one\n");
  expect(await printed(rig, "checkout", "build/t@2")).toBe("put back build/t@2\n");
  expect(rig.read("build/t/in.txt")).toBe("one\n");
  expect((await rig.run("status")).stdout).toContain("1 of 1 fresh");
});

test("a run leaves a stale output that was checked out by name, and removes one that was checked out with a run", async () => {
  await runWith(rig, "one\n");
  const run = await runOf("build/d@1");
  rig.manifest(`export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}\`);`);
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.exists("build/d")).toBe(false);
  await printed(rig, "checkout", "build/d@1");
  rig.write("in.txt", "two\n");
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("build/d/x")).toBe("one\n");
  rig.remove("build/d");
  await printed(rig, "checkout", run);
  expect(rig.read("build/d/x")).toBe("one\n");
  expect((await rig.run("run")).code).toBe(0);
  expect([rig.exists("build/d"), rig.read("build/a.txt")]).toEqual([false, "two\n"]);
});

test("a run removes a stale directory into which a checkout put the stale output of an earlier task", async () => {
  rig.write("in.txt", "one\n");
  rig.manifest(`export const a = task(sh\`cp \${file("in.txt")} \${out("build/d/e.txt")}\`);`);
  expect((await rig.run("run")).code).toBe(0);
  const run = await runOf("build/d/e.txt@1");
  rig.manifest(`export const a = task(sh\`mkdir \${out("build/d/")}; cp \${file("in.txt")} build/d/x\`);`);
  expect((await rig.run("run")).code).toBe(0);
  await printed(rig, "checkout", run);
  rig.manifest(`export const b = task(sh\`cp \${file("in.txt")} \${out("build/b.txt")}\`);`);
  const { code, stderr, stdout } = await rig.run("run");
  expect([code, stderr, stdout.includes("INC4308"), rig.exists("build/d")]).toEqual([0, "", false, false]);
});

test("checkout of a version without bytes is an error, and nothing is put back", async () => {
  await runWith(rig, "one\n", "two\n");
  await loseSmallBlobs(rig);
  const { code, stdout } = await rig.run("checkout", "build/a.txt@1", "build/d@1");
  expect([code, stdout, rig.read("build/a.txt")]).toEqual([2, "", "two\n"]);
});
