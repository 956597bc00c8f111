import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pollTree } from "../../../src/host/events/poll-tree.ts";
import type { Loss, TreeWatcher } from "../../../src/host/events/tree-watcher.ts";
import { watchTree } from "../../../src/host/events/watch-tree.ts";

let root: string;
let watcher: TreeWatcher | undefined;
let seen: Set<string>;
let losses: Loss[];
let wake: () => void;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "inc-events-")));
  seen = new Set();
  losses = [];
  wake = () => {};
});

afterEach(async () => {
  await watcher?.close();
  watcher = undefined;
  rmSync(root, { recursive: true, force: true });
});

const options = {
  ignore: (path: string) => /(^|\/)(node_modules|\.git)(\/|$)/.test(path),
  onEvent(paths: readonly string[]) {
    for (const path of paths) seen.add(path);
    wake();
  },
  onLoss(loss: Loss) {
    losses.push(loss);
    wake();
  },
};

async function start(): Promise<void> {
  watcher = watchTree(root, options);
  await watcher.ready;
}

/** Checks the condition after each event, and resolves once it holds. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    wake = () => {
      if (holds()) resolve();
    };
    wake();
  });
}

function write(path: string, content = "x"): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

test("reports writes, removals and renames, at the root and deep below", async () => {
  write("a/b/c.txt");
  await start();
  write("a/b/c.txt", "changed");
  await until(() => seen.has("a/b/c.txt"));
  write("new.txt");
  await until(() => seen.has("new.txt"));
  renameSync(join(root, "new.txt"), join(root, "a/moved.txt"));
  await until(() => seen.has("a/moved.txt"));
  seen.clear();
  rmSync(join(root, "a/moved.txt"));
  await until(() => seen.has("a/moved.txt"));
});

test("reports an atomic save, a temporary file renamed into place", async () => {
  write("doc.txt");
  await start();
  write(".doc.txt.swp", "new");
  renameSync(join(root, ".doc.txt.swp"), join(root, "doc.txt"));
  await until(() => seen.has("doc.txt"));
});

test("reports files in new deep directories, however soon they are written", async () => {
  await start();
  const all: string[] = [];
  for (let i = 0; i < 100; i += 1) {
    const path = `n${i}/a/b/c/late.txt`;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    for (let turn = 0; turn < i % 7; turn += 1) await new Promise(setImmediate);
    write(path);
    all.push(path);
  }
  await until(() => all.every((path) => seen.has(path)));
});

test("follows a renamed directory, and one that takes another's place", async () => {
  write("one/file.txt");
  write("two/file.txt");
  await start();
  renameSync(join(root, "one"), join(root, "three"));
  await until(() => seen.has("three/file.txt"));
  seen.clear();
  write("three/later.txt");
  await until(() => seen.has("three/later.txt"));
  for (let i = 0; i < 20; i += 1) {
    rmSync(join(root, "two"), { recursive: true });
    mkdirSync(join(root, "two"));
    await until(() => seen.has("two"));
    seen.clear();
    write(`two/again${i}.txt`);
    await until(() => seen.has(`two/again${i}.txt`));
  }
});

test("follows a directory that is replaced by one with an entry of the same name, even under the same inode number", async () => {
  write("name/name/file.txt");
  await start();
  for (let i = 0; i < 20; i += 1) {
    rmSync(join(root, "name"), { recursive: true });
    write("name/name/file.txt");
    await until(() => seen.has("name/name/file.txt"));
    seen.clear();
    write(`name/again${i}.txt`);
    write(`name/name/again${i}.txt`);
    await until(() => seen.has(`name/again${i}.txt`) && seen.has(`name/name/again${i}.txt`));
  }
});

test("neither walks nor reports ignored directories, except their creation", async () => {
  write("node_modules/dep/index.js");
  write("package/node_modules/dep/index.js");
  await start();
  write("node_modules/dep/index.js", "changed");
  write("package/node_modules/dep/new.js");
  write(".git/index");
  write("last.txt");
  await until(() => seen.has("last.txt"));
  expect([...seen]).toEqual([".git", "last.txt"]);
});

test("reports a symlink itself and does not follow it, so that a cycle is harmless", async () => {
  write("real/file.txt");
  symlinkSync("..", join(root, "real/up"));
  await start();
  write("real/file.txt", "changed");
  await until(() => seen.has("real/file.txt"));
  symlinkSync("file.txt", join(root, "real/link"));
  await until(() => seen.has("real/link"));
  expect([...seen].filter((path) => path.includes("up/"))).toEqual([]);
});

test("an unreadable directory does not affect others, and is watched once it becomes readable", async () => {
  mkdirSync(join(root, "locked"));
  write("open/file.txt");
  chmodSync(join(root, "locked"), 0o000);
  await start();
  write("open/file.txt", "changed");
  await until(() => seen.has("open/file.txt"));
  chmodSync(join(root, "locked"), 0o755);
  await until(() => seen.has("locked"));
  write("locked/file.txt");
  await until(() => seen.has("locked/file.txt"));
});

test("continues when the root is deleted and made again", async () => {
  write("file.txt");
  await start();
  rmSync(root, { recursive: true });
  await until(() => seen.has("."));
  seen.clear();
  write("again/file.txt");
  await until(() => seen.has("again/file.txt"));
  seen.clear();
  write("again/file.txt", "changed");
  await until(() => seen.has("again/file.txt"));
});

test("waits for a root that does not exist yet", async () => {
  rmSync(root, { recursive: true });
  await start();
  write("file.txt");
  await until(() => seen.has("file.txt"));
});

test("reports every file of a checkout of 5,000, and of 100 new directories", async () => {
  await start();
  const all = Array.from({ length: 5000 }, (_, i) => `d${i % 100}/f${i}.txt`);
  for (const path of all) write(path);
  await until(() => losses.length > 0 || all.every((path) => seen.has(path)));
  for (const path of all) write(path, "other");
  write("end.txt");
  await until(() => seen.has("end.txt"));
});

test("treats more than a quarter of the kernel's queue in one turn as overflow, and finds directories made meanwhile", async () => {
  const limit = Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  await start();
  for (let i = 0; i < limit / 2; i += 1) writeFileSync(join(root, `f${i % 50}`), String(i));
  mkdirSync(join(root, "late/deep"), { recursive: true });
  await until(() => losses.length > 0);
  expect(losses).toEqual([{ kind: "burst" }]);
  write("late/deep/file.txt");
  await until(() => seen.has("late/deep/file.txt"));
});

test("reports every legal name", async () => {
  const names = [" ", "new\nline", "a\\b", "ü", "🙂", "-rf", "*", "[x]", "'\"", "tab\t", "x".repeat(255), "__proto__"];
  await start();
  for (const name of names) write(`dir ${name.slice(0, 100)}/${name}`);
  await until(() => names.every((name) => seen.has(`dir ${name.slice(0, 100)}/${name}`)));
});

test("polling reports the same changes, later", async () => {
  write("a/file.txt");
  watcher = pollTree(root, options);
  await watcher.ready;
  write("a/file.txt", "changed");
  await until(() => seen.has("a/file.txt"));
  write("b/c/new.txt");
  await until(() => seen.has("b/c/new.txt"));
  write("node_modules/x.js");
  rmSync(join(root, "a/file.txt"));
  seen.clear();
  await until(() => seen.has("a/file.txt"));
  expect(seen.has("node_modules/x.js")).toBe(false);
});
