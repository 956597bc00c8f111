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

test("all earlier changes in other directories have been reported by then", async () => {
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

test("several at once all come, and none is left", async () => {
  expect(await Promise.all([cookies.next(), cookies.next(), cookies.next()])).toEqual(["came", "came", "came"]);
  expect(readdirSync(join(root, "cookies"))).toEqual([]);
});

test("one is lost where another directory is in the place of the one that is watched; the next one comes", async () => {
  expect(await cookies.next()).toBe("came");
  rmSync(join(root, "cookies"), { recursive: true });
  mkdirSync(join(root, "cookies"));
  expect(await cookies.next()).toBe("lost");
  expect(await cookies.next()).toBe("came");
});

test("where none can be written nothing is known, and no directory is made above", async () => {
  rmSync(root, { recursive: true });
  expect(await cookies.next()).toBe("none");
  mkdirSync(root);
  expect(await cookies.next()).toBe("came");
});
