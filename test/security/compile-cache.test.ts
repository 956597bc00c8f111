import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asRoot, NOBODY } from "../support/users.ts";

const CLI = fileURLToPath(new URL("../../bin/inc.js", import.meta.url));

let root: string;
let temporary: string;
let cache: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-cache-"));
  temporary = join(root, "tmp");
  cache = join(root, "cache");
  mkdirSync(temporary);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function start(): string {
  const env = { PATH: process.env["PATH"], HOME: root, TMPDIR: temporary, XDG_CACHE_HOME: cache };
  return execFileSync(process.execPath, [CLI, "--version"], { env, encoding: "utf8" });
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

test("compiled code is stored in a directory of the user's own, never in the shared temporary directory", () => {
  start();
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(join(cache, "inc", "compiled"))).toHaveLength(1);
  expect(modeOf(join(cache, "inc"))).toBe("700");
  expect(modeOf(join(cache, "inc", "compiled"))).toBe("700");
});

test("a relative XDG_CACHE_HOME is ignored, as its specification requires", () => {
  cache = "cache";
  start();
  expect(readdirSync(join(root, ".cache", "inc", "compiled"))).toHaveLength(1);
});

test("a symlink in place of the cache directory is not followed", () => {
  mkdirSync(join(cache, "inc"), { recursive: true, mode: 0o700 });
  const elsewhere = join(root, "elsewhere");
  mkdirSync(elsewhere, { mode: 0o700 });
  symlinkSync(elsewhere, join(cache, "inc", "compiled"));
  expect(start()).toMatch(/^inc /);
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

test.each([
  ["the cache's home", "."],
  ["inc's directory", "inc"],
  ["the directory of compiled code", "inc/compiled"],
])("no cache is read or written where other users may write: %s", (_, path) => {
  mkdirSync(join(cache, "inc", "compiled"), { recursive: true, mode: 0o700 });
  chmodSync(join(cache, path), 0o777);
  expect(start()).toMatch(/^inc /);
  expect(readdirSync(join(cache, "inc", "compiled"))).toEqual([]);
});

asRoot("no cache is read or written in another user's directory", () => {
  mkdirSync(join(cache, "inc", "compiled"), { recursive: true, mode: 0o700 });
  chownSync(join(cache, "inc", "compiled"), NOBODY, NOBODY);
  expect(start()).toMatch(/^inc /);
  expect(readdirSync(join(cache, "inc", "compiled"))).toEqual([]);
});

test("inc starts without a usable cache directory", () => {
  cache = "/dev/null/cache";
  expect(start()).toMatch(/^inc /);
  expect(existsSync(join(temporary, "node-compile-cache"))).toBe(false);
});
