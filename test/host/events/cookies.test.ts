import { mkdirSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cookies } from "../../../src/host/events/cookies.ts";

let root: string;
let cookies: Cookies;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-cookies-"));
  cookies = new Cookies(join(root, "cookies"));
});

afterEach(() => {
  cookies.close();
  rmSync(root, { recursive: true, force: true });
});

test("a cookie comes after the events of all earlier changes in other directories", async () => {
  const directories = Array.from({ length: 20 }, (_, i) => join(root, `d${i}`));
  const reported = new Set<string>();
  const watchers = directories.map((directory) => {
    mkdirSync(directory);
    return watch(directory, (_, name) => reported.add(`${directory}/${name}`));
  });
  const written: string[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const path = `${directories[turn % directories.length]}/${turn}`;
    writeFileSync(path, "");
    written.push(path);
    expect(await cookies.next()).toBe("came");
    expect(reported.has(path)).toBe(true);
  }
  for (const watcher of watchers) watcher.close();
  expect([...reported].sort()).toEqual(written.sort());
});

test("several cookies at once all come, and leave no file", async () => {
  expect(await Promise.all([cookies.next(), cookies.next(), cookies.next()])).toEqual(["came", "came", "came"]);
  expect(readdirSync(join(root, "cookies"))).toEqual([]);
});

test("a cookie is lost when its watched directory was replaced, and the next one comes", async () => {
  expect(await cookies.next()).toBe("came");
  rmSync(join(root, "cookies"), { recursive: true });
  mkdirSync(join(root, "cookies"));
  expect(await cookies.next()).toBe("lost");
  expect(await cookies.next()).toBe("came");
});

test("without a directory for cookies there is none, and no parent directory is made", async () => {
  rmSync(root, { recursive: true });
  expect(await cookies.next()).toBe("none");
  mkdirSync(root);
  expect(await cookies.next()).toBe("came");
});
