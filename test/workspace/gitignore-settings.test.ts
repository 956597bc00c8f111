import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(
    `export const t = task(sh\`echo \${files("{data,Data}/*", { gitignore: true, allowEmpty: true })} > \${out("o")}\`);`,
  );
  for (const path of ["data/a.csv", "data/b.tmp", "data/c.log", "Data/d.csv"]) rig.write(path, "");
  git("init", "-q");
});

afterEach(() => rig.close());

function git(...args: string[]): string {
  const env = { PATH: process.env["PATH"], HOME: rig.root };
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: rig.root, encoding: "utf8", env });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

/** The members of the set, which must be the files that git does not ignore. */
async function members(): Promise<string> {
  const ran = await rig.run("run");
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  const listed = git("-c", "core.quotepath=off", "ls-files", "-z", "--others", "--exclude-standard", "data", "Data");
  const set = rig.read("o").trim();
  expect(set.split(" ").filter(Boolean).sort()).toEqual(listed.split("\0").filter(Boolean).sort());
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 1/);
  return set;
}

test("sets obey core.ignorecase and notice when it changes", async () => {
  git("config", "core.ignorecase", "false");
  rig.write(".gitignore", "Data/\n");
  expect(await members()).toBe("data/a.csv data/b.tmp data/c.log");
  git("config", "core.ignorecase", "true");
  expect(await members()).toBe("");
  git("config", "core.ignorecase", "false");
  expect(await members()).toBe("data/a.csv data/b.tmp data/c.log");
});

test("sets obey core.excludesFile and its default location", async () => {
  rig.write(".config/git/ignore", "*.tmp\n");
  expect(await members()).toBe("Data/d.csv data/a.csv data/c.log");
  rig.write("my ignores", "*.log\n");
  git("config", "--global", "core.excludesFile", "~/my ignores");
  expect(await members()).toBe("Data/d.csv data/a.csv data/b.tmp");
  rig.write("my ignores", "*.csv\n");
  expect(await members()).toBe("data/b.tmp data/c.log");
  rig.write(".git/info/exclude", "*.tmp\n!a.csv\n");
  expect(await members()).toBe("data/a.csv data/c.log");
});

test("sets obey the settings of a worktree from when they appear, and a list in the directory of a user", async () => {
  git("config", "extensions.worktreeConfig", "true");
  expect(await members()).toBe("Data/d.csv data/a.csv data/b.tmp data/c.log");
  rig.write("ignores", "*.log\n");
  git("config", "--worktree", "core.excludesFile", rig.path("ignores"));
  expect(await members()).toBe("Data/d.csv data/a.csv data/b.tmp");
  const { homedir, username } = userInfo();
  const list = mkdtempSync(join(homedir, ".inc-test-"));
  try {
    writeFileSync(join(list, "ignores"), "*.tmp\n");
    git("config", "--worktree", "core.excludesFile", `~${username}/${basename(list)}/ignores`);
    expect(await members()).toBe("Data/d.csv data/a.csv data/c.log");
  } finally {
    rmSync(list, { recursive: true });
  }
});

test("sets ignore a GIT_DIR that names another repository", async () => {
  rig.write(".gitignore", "*.tmp\n");
  git("init", "-q", "other");
  git("-C", "other", "config", "core.ignorecase", "true");
  rig.write("other/.git/info/exclude", "*.csv\n");
  const ran = await rig.start(["run"], { env: { GIT_DIR: rig.path("other/.git") } }).ended;
  expect([ran.code, rig.read("o")]).toEqual([0, "Data/d.csv data/a.csv data/c.log\n"]);
});

test("a repository's info/exclude counts in its worktrees", async () => {
  git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x");
  git("worktree", "add", "-q", "tree");
  rig.write(".git/info/exclude", "*.tmp\n");
  for (const path of ["package.json", "pipeline.ts", "data/a.csv", "data/b.tmp"])
    rig.write(`tree/${path}`, path.startsWith("data") ? "" : rig.read(path));
  const ran = await rig.start(["run"], { cwd: "tree" }).ended;
  expect([ran.code, rig.read("tree/o")]).toEqual([0, "data/a.csv\n"]);
});

test("settings for one branch alone count on it, and those of an included file from when it is there", async () => {
  git("config", "includeIf.onbranch:other.path", rig.path("for-other"));
  rig.write("for-other", `[core]\n\texcludesFile = ${rig.path("tmps")}\n[include]\n\tpath = later\n`);
  rig.write("tmps", "*.tmp\n");
  expect(await members()).toBe("Data/d.csv data/a.csv data/b.tmp data/c.log");
  git("checkout", "-q", "-b", "other");
  expect(await members()).toBe("Data/d.csv data/a.csv data/c.log");
  rig.write("logs", "*.log\n");
  rig.write("later", `[core]\n\texcludesFile = ${rig.path("logs")}\n`);
  expect(await members()).toBe("Data/d.csv data/a.csv data/b.tmp");
});

test("a .git file that is pointed at another repository has the rules of that", async () => {
  rig.remove(".git");
  git("init", "-q", "one");
  git("init", "-q", "two");
  rig.write("one/.git/info/exclude", "*.tmp\n");
  rig.write("two/.git/info/exclude", "*.log\n");
  rig.write(".git", "gitdir: one/.git\n");
  expect(await members()).toBe("Data/d.csv data/a.csv data/c.log");
  rig.write(".git", "gitdir: two/.git\n");
  expect(await members()).toBe("Data/d.csv data/a.csv data/b.tmp");
});
