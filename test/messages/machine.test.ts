import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTables } from "../../src/store/schema.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create('export const t = task(sh`cp ${file("in.bin")} ${out("build/t")}`);');
  rig.write("in.bin", "x");
});

afterEach(() => rig.close());

const smallDisk = mountSmallDisk();

/** A file system of 300 KB, where this user may mount one. */
function mountSmallDisk(): { readonly path: string; unmount(): void } | undefined {
  const path = mkdtempSync(join(tmpdir(), "inc-small-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", path], { stdio: "ignore" });
  } catch {
    console.log("skipped: a full disk, because this user may not mount a small one");
    rmSync(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    unmount() {
      execFileSync("umount", [path]);
      rmSync(path, { recursive: true });
    },
  };
}

test.skipIf(smallDisk === undefined)(
  "a full disk is reported as such, and what was stored before is still there",
  async () => {
    const store = join(smallDisk?.path ?? "", "store");
    try {
      const env = { INC_DIR: store };
      expect((await rig.start(["run"], { env }).ended).code).toBe(0);
      rig.write("in.bin", randomBytes(400_000));
      const { code, stderr } = await rig.start(["run"], { env }).ended;
      expect(code).toBe(2);
      // A store outside the workspace holds a directory for each workspace.
      const [own] = readdirSync(store);
      expect(stderr).toContain(`error INC3004: the store in "${store}/${own}" cannot be written: the disk is full`);
      expect(stderr).toContain(
        "  help: make room, or move the store with INC_DIR, then run again: what was stored before is still there",
      );
      rig.write("in.bin", "x");
      expect((await rig.start(["run"], { env }).ended).stdout).toContain("ran 0, restored 1,");
    } finally {
      smallDisk?.unmount();
    }
  },
);

const IS_ROOT = process.getuid?.() === 0;
if (IS_ROOT) console.log("skipped: an unreadable file, because root may read everything");

test.skipIf(IS_ROOT)("an unreadable file fails the run, by its name", async () => {
  rig.write("in.bin", "x", 0o000);
  const { code, stdout, stderr } = await rig.run("run");
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain('error INC4101: "in.bin" cannot be read (EACCES)');
});

test("a store from a newer inc is refused", async () => {
  await rig.run("run");
  const tables = openTables(rig.path(".inc"), "write");
  tables.meta.putSync("format", 99);
  await tables.root.close();
  rig.write("in.bin", "y");
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr.replaceAll(rig.root, "/w")).toBe(
    'error INC3001: the store in "/w/.inc" was written by a newer inc (format 99, this one knows 5)\n' +
      "  help: use that inc, or use another store: INC_DIR=.inc-old inc run\n",
  );
});
