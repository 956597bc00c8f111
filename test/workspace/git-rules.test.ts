import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
export const rules = task(sh\`cat \${file("ign.txt")} > \${out("b/rules")}\`);
export const set = task(sh\`cat \${files("s/*.txt", { gitignore: true })} > \${out("b/set")}\`);
`);
  rig.write("ign.txt", "y.txt\n");
  rig.write("s/x.txt", "x\n");
  rig.write("s/y.txt", "y\n");
});

afterEach(() => rig.close());

function git(...args: readonly string[]): void {
  execFileSync("git", args, { cwd: rig.root, env: { PATH: process.env["PATH"], HOME: rig.root }, stdio: "pipe" });
}

async function set(env: Readonly<Record<string, string>> = {}): Promise<string> {
  for (let run = 0; run < 2; run += 1) expect(await rig.start(["run"], { env }).ended).toMatchObject({ code: 0 });
  return rig.read("b/set");
}

test("a list of what git ignores counts under whatever name a task reads it, too", async () => {
  git("init", "-q");
  git("config", "core.excludesFile", rig.path("ign.txt"));
  expect(await set()).toBe("x\n");
  rig.write("ign.txt", "none\n");
  expect(await set()).toBe("x\ny\n");
});

test("so does a .gitignore that is a link to it", async () => {
  git("init", "-q");
  symlinkSync("../ign.txt", rig.path("s/.gitignore"));
  expect(await set()).toBe("x\n");
  rig.write("ign.txt", "none\n");
  expect(await set()).toBe("x\ny\n");
});

test("so do settings of another home directory, and a repository that appears", async () => {
  mkdirSync(rig.path("h1"));
  rig.write("h2/.gitconfig", `[core]\n\texcludesFile = ${rig.path("ign.txt")}\n`);
  expect(await set()).toBe("x\ny\n");
  git("init", "-q");
  rig.write(".git/info/exclude", "x.txt\n");
  expect(await set({ HOME: rig.path("h1") })).toBe("y\n");
  rmSync(rig.path(".git/info/exclude"));
  expect(await set({ HOME: rig.path("h2") })).toBe("x\n");
  expect(await set({ HOME: rig.path("h1") })).toBe("x\ny\n");
});
