import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copiesRig, runWith, steady } from "../support/copies.ts";
import { Rig } from "../support/rig.ts";
import { printed } from "../support/said.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await copiesRig();
});

afterEach(() => rig.close());

test("get prints the bytes of a version unchanged", async () => {
  const bytes = randomBytes(100_000);
  await rig.close();
  rig = await Rig.create(`export const a = task(sh\`cp \${file("in.bin")} \${out("build/a.bin")}\`);`);
  rig.write("in.bin", bytes);
  await rig.run("run");
  rig.write("in.bin", "other");
  await rig.run("run");
  await printed(rig, "get", "build/a.bin@1", "-o", "copy");
  expect(readFileSync(rig.path("copy")).equals(bytes)).toBe(true);
  expect(await printed(rig, "get", "build/a.bin@2", "-o", "-")).toBe("other");
  expect(await printed(rig, "get", "in.bin@latest")).toBe("other");
});

test("get streams and verifies large files, and ends well when the reader leaves early", async () => {
  rig.manifest(`export const a = task(sh\`head -c 40000000 /dev/zero > \${out("build/a.bin")}\`);`);
  await rig.run("run");
  const script = `"${process.execPath}" "${rig.cli}" get build/a.bin | wc -c; "${process.execPath}" "${rig.cli}" get build/a.bin | head -c 3 | wc -c; echo "\${PIPESTATUS[*]}"`;
  rig.write("script.sh", script);
  expect(execFileSync("bash", ["script.sh"], { cwd: rig.root, encoding: "utf8" }).replace(/ +/g, " ")).toBe(
    "40000000\n3\n0 0 0\n",
  );
});

test("get -o makes files and directories, and overwrites existing ones only with --force", async () => {
  await runWith(rig, "one\n", "two\n");
  await printed(rig, "get", "build/a.txt@1", "-o", "new/sub/");
  expect(rig.read("new/sub/a.txt")).toBe("one\n");
  expect((await rig.run("get", "build/a.txt@2", "-o", "new/sub")).code).toBe(2);
  expect(rig.read("new/sub/a.txt")).toBe("one\n");
  await printed(rig, "get", "build/a.txt@2", "-o", "new/sub", "--force");
  expect(rig.read("new/sub/a.txt")).toBe("two\n");
  await printed(rig, "get", "build/d@1", "-o", "new/d");
  expect([rig.read("new/d/x"), readlinkSync(rig.path("new/d/link"))]).toEqual(["one\n", "x"]);
  expect(lstatSync(rig.path("new/d/go")).mode & 0o777).toBe(0o755);
  rig.write("new/d/mine", "mine");
  expect((await rig.run("get", "build/d@2", "-o", "new/d")).code).toBe(2);
  expect(rig.read("new/d/x")).toBe("one\n");
  await printed(rig, "get", "build/d@2", "-o", "new/d", "--force");
  expect([rig.read("new/d/x"), rig.read("new/d/mine")]).toEqual(["two\n", "mine"]);
  expect((await rig.run("status")).stdout).toContain("2 of 2 fresh");
});

test("get --force never writes through a symlink that was there", async () => {
  await runWith(rig, "one\n");
  rig.write("elsewhere/x", "theirs");
  rig.write("target/keep", "");
  rig.remove("target");
  symlinkSync("elsewhere", rig.path("target"));
  expect((await rig.run("get", "build/d@1", "-o", "target", "--force")).code).toBe(2);
  expect(rig.read("elsewhere/x")).toBe("theirs");
});

test("get prints the text of a symlink, or makes the link with -o", async () => {
  rig.manifest(
    `export const a = task(sh\`cp \${file("in.txt")} \${out("build/real")}; ln -s real \${out("build/link", "link")}\`);`,
  );
  await runWith(rig, "one\n");
  expect(await printed(rig, "get", "build/link")).toBe("real");
  await printed(rig, "get", "build/link", "-o", "link");
  expect(readlinkSync(rig.path("link"))).toBe("real");
  expect(steady(await printed(rig, "log", "build/link"))).toBe("build/link\n  @1  TIME  made by a    → real  RUN\n");
});
