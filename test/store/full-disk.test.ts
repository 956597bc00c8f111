import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, statfsSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

const KIB = 1024;

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(
    `export const a = task(sh\`cp \${file("in")} \${out("b/a")}\`);
     export const big = task(sh\`head -c 70000 /dev/urandom > \${out("b/big")}\`);`,
  );
  rig.write("in", "one\n");
});

afterEach(() => rig.close());

/** Mounts a disk of 3 MiB for the workspace. False: this user may not mount one. */
function mountSmall(): boolean {
  mkdirSync(rig.path("disk"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m,mode=777", "none", rig.path("disk")], { stdio: "ignore" });
  } catch {
    return false;
  }
  for (const name of ["package.json", "pipeline.ts", "in"]) cpSync(rig.path(name), rig.path(`disk/${name}`));
  return true;
}

/** Fills the disk but for so many KiB. */
function fillBut(kib: number): void {
  const { bavail, bsize } = statfsSync(rig.path("disk"));
  rig.write("disk/fill", new Uint8Array(Math.max(0, bavail * bsize - kib * KIB)));
}

const run = (...args: string[]) => rig.start(args, { cwd: "disk" }).ended;

for (const begun of [false, true])
  test(`a disk that fills up at any point of a run gives a message, and nothing is lost (${begun ? "an old" : "a new"} store)`, async (context) => {
    for (const left of begun ? [0, 36, 130] : [0, 24, 64, 130, 280]) {
      if (!mountSmall()) context.skip("to mount a small disk takes root");
      try {
        if (begun) expect((await run("run")).code).toBe(0);
        rig.write("disk/in", "two\n");
        fillBut(left);
        for (const args of [["run"], ["status"], ["doctor"]]) {
          const { code, signal, stdout, stderr } = await run(...args);
          expect([left, args[0], signal, stdout + stderr]).toEqual([
            left,
            args[0],
            null,
            expect.not.stringContaining("internal error"),
          ]);
          if (code === 2) expect([left, stderr]).toEqual([left, expect.stringMatching(/error INC(1031|3004)/)]);
        }
        rig.remove("disk/fill");
        expect([left, (await run("run")).code, rig.read("disk/b/a")]).toEqual([left, 0, "two\n"]);
        expect((await run("doctor")).stdout).toBe("the store is sound\n");
      } finally {
        execFileSync("umount", [rig.path("disk")]);
        rig.remove("disk");
      }
    }
  });
