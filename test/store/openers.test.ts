import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { openStore } from "../../src/store/open.ts";
import { isOpenElsewhere, noteOpen } from "../../src/store/openers.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-openers-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a store is open elsewhere until the last process has closed it", () => {
  expect(isOpenElsewhere(directory)).toBe(false);
  const [first, second] = [noteOpen(directory), noteOpen(directory)];
  first();
  expect(isOpenElsewhere(directory)).toBe(true);
  second();
  expect(isOpenElsewhere(directory)).toBe(false);
});

test("a killed process has it open no more", async () => {
  const script = join(import.meta.dirname, "committer.ts");
  const child = spawn(process.execPath, [script, directory, "child"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  expect(isOpenElsewhere(directory)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(isOpenElsewhere(directory)).toBe(false);
  expect(readdirSync(join(directory, "open"))).toEqual([]);
});

test("closing a store removes its name, and a second one opens beside the first", async () => {
  const open = () => {
    const result = openStore(directory, { files: realFiles, hasher });
    if (!result.ok) throw new Error("no store");
    return result.value;
  };
  const first = open();
  utimesSync(join(directory, "data.mdb"), 1, 1);
  const second = open();
  expect(second.store.warnings).toEqual([]);
  await second.close();
  await first.close();
  expect(existsSync(join(directory, "open"))).toBe(true);
  expect(isOpenElsewhere(directory)).toBe(false);
});

test("a store has its own salt, whatever else there is where its files and hasher come from", async () => {
  const host = { files: realFiles, hasher, salt: Buffer.alloc(0), directory: "/nowhere" };
  const salts = new Set<string>();
  for (const name of ["a", "b"]) {
    const opened = openStore(join(directory, name), host);
    if (!opened.ok) throw new Error("no store");
    expect(opened.value.store.salt).toHaveLength(32);
    expect(opened.value.store.directory).toBe(join(directory, name));
    salts.add(Buffer.from(opened.value.store.salt).toString("hex"));
    await opened.value.close();
  }
  expect(salts.size).toBe(2);
});
