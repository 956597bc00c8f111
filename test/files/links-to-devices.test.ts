import { execFileSync } from "node:child_process";
import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test.each(["/dev/null", "../pipe"])(
  "a link to %s in an input or output directory counts by its text",
  async (target) => {
    execFileSync("mkfifo", [rig.path("pipe")]);
    rig.write("in/own", "own\n");
    symlinkSync(target, rig.path("in/masked"));
    rig.manifest(
      `export const made = task(sh\`mkdir -p made/deep; ln -s ${target} made/masked; ln -s ../${target} made/deep/masked; ls in > made/seen\`,
      { inputs: [file("in")], outputs: { made: "made/" } });
export const reader = task(sh\`ls \${made} > \${out("r")}\`);`,
    );
    const first = await rig.run("run");
    expect(first, first.stdout).toMatchObject({ code: 0 });
    rmSync(rig.path("made"), { recursive: true });
    expect((await rig.run("run")).stdout).toContain("ran 0, restored 1, fresh 1");
    expect(readlinkSync(rig.path("made/masked"))).toBe(target);
    rmSync(rig.path("in/masked"));
    rig.write("in/masked", "shown\n");
    expect((await rig.run("run")).stdout).toContain("in changed");
  },
);
