import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => rig.close());

test("git starts no program that the repository's own settings name", async () => {
  rig.write("nested/in", "one");
  rig.write("monitor.sh", `#!/bin/sh\necho "$@" >> ${rig.path("started")}\nexit 1\n`);
  execFileSync("chmod", ["+x", rig.path("monitor.sh")]);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: rig.path("nested"), encoding: "utf8" });
  git("init", "-q");
  git("add", "in");
  appendFileSync(rig.path("nested/.git/config"), `[core]\n\tfsmonitor = ${rig.path("monitor.sh")}\n`);
  const making = (path: string) =>
    rig.manifest(
      `export const t = task(sh\`cat \${files("nested/i*", { gitignore: true })} > \${out("nested/${path}")}\`);`,
    );
  making("a");
  expect((await rig.run("run")).code).toBe(0);
  making("b");
  expect((await rig.run("run")).stdout).toContain("removed  nested/a");
  expect((await rig.run("clean")).stdout).toContain("removed 1 output");
  expect(existsSync(rig.path("started"))).toBe(false);
  // Git itself does start the program of this setting.
  git("ls-files");
  expect(existsSync(rig.path("started"))).toBe(true);
});
