import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

const LOST =
  /^error INC1051: what inc printed is incomplete: stdout cannot be written: the disk is full \(ENOSPC\)\n {2}note: .*\n {2}help: .*\n$/;

/** More than a small disk has room for. */
const LINES = 60_000;

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.create(`
export const a = task(sh\`seq ${LINES} > \${out("a.txt")}\`);
export const bad = task(sh\`cat \${a} > \${out("b.txt")}; exit 3\`);
export const o = object("o");
export default config({ default: [a] });`);
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.start(["put", "o", "-"], { input: "one\n" }).ended).code).toBe(0);
  expect((await rig.start(["put", "o", "-"], { input: "two\n" }).ended).code).toBe(0);
});
afterAll(() => rig.close());

/** Runs `inc` with shell redirections. */
function shell(text: string): { readonly code: number | null; readonly stderr: string } {
  const script = `inc() { "${process.execPath}" "${rig.cli}" "$@"; }; ${text}`;
  const { status, stderr } = spawnSync("bash", ["-c", script], { cwd: rig.root, encoding: "utf8" });
  return { code: status, stderr };
}

describe.skipIf(!existsSync("/dev/full"))("output to a full disk [skipped without /dev/full]", () => {
  test.each([
    "run",
    "run --json",
    "run -f",
    "run -f --json",
    "status",
    "status --json",
    "list",
    "list --json",
    "graph",
    "why a",
    "lineage a.txt",
    "log o",
    "get a.txt",
    "get o@1",
    "diff o@1 o@2",
    "du",
    "doctor",
    "gc",
    "--help",
    "run --help",
    "--version",
    "subscribe --since 0",
    "watch",
  ])("of inc %s is one message and exit code 2", (command) => {
    const { code, stderr } = shell(`inc ${command} > /dev/full`);
    expect(stderr).toMatch(LOST);
    expect(code).toBe(2);
  });

  test("leaves the exit code of a failed run, and a run's work goes on and is stored", () => {
    expect(shell("inc run bad > /dev/full").code).toBe(1);
    rig.remove("a.txt");
    expect(shell("inc run -f > /dev/full")).toEqual({ code: 2, stderr: expect.stringMatching(LOST) });
    expect(rig.read("a.txt").split("\n")).toHaveLength(LINES + 1);
    expect(shell('test "$(inc status)" = "$(inc status)" && inc run | grep -q \'fresh 1, failed 0\'').code).toBe(0);
  });

  test("shows in the exit code alone if the messages have no room either", () => {
    expect(shell("inc status > /dev/full 2> /dev/full").code).toBe(2);
    expect(shell("inc run no-such-task 2> /dev/full").code).toBe(2);
    expect(shell("inc run bad > /dev/full 2> /dev/full").code).toBe(1);
  });
});

describe("output to a disk that is nearly full", () => {
  test.for(["get a.txt", "list --json"])(
    "inc %s says that only a part of it had room [needs root]",
    (command, context) => {
      const disk = rig.path("disk");
      mkdirSync(disk, { recursive: true });
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "none", disk], { stdio: "ignore" });
      } catch {
        context.skip("to mount a small disk takes root");
      }
      try {
        const { bavail, bsize } = statfsSync(disk);
        // The output begins in the last block that is free, which has room for the first bytes only.
        writeFileSync(`${disk}/fill`, new Uint8Array((bavail - 1) * bsize));
        writeFileSync(`${disk}/out`, new Uint8Array(bsize - 10));
        const { code, stderr } = shell(`inc ${command} >> disk/out`);
        expect(stderr).toMatch(LOST);
        expect(code).toBe(2);
        expect(readFileSync(`${disk}/out`)).toHaveLength(bsize);
      } finally {
        execFileSync("umount", [disk]);
      }
    },
  );
});

test("a reader that has gone is no error", () => {
  expect(shell("inc get a.txt | head -c 1; exit ${PIPESTATUS[0]}")).toEqual({ code: 0, stderr: "" });
  expect(shell("inc status | true; exit ${PIPESTATUS[0]}")).toEqual({ code: 0, stderr: "" });
});
