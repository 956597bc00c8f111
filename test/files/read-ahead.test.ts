import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { RacyClock } from "../../src/files/racy-clock.ts";
import { ReadAhead, Unread } from "../../src/files/read-ahead.ts";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { FileStat } from "../../src/host/files/host.ts";
import { MemoryHost } from "../support/memory-host.ts";

const LARGE = "x".repeat(100_000);

let host: MemoryHost;
let ahead: ReadAhead;
beforeEach(() => {
  host = new MemoryHost();
  host.write("/w/large", LARGE);
  host.pass();
  ahead = new ReadAhead(host, new RacyClock(host, 0n), (path) => `/w/${path}`, 150_000);
});

const signal = new AbortController().signal;

const take = (path = "large") => ahead.take(path, host.stat(`/w/${path}`) as FileStat);
const restartably = () => ahead.restartable(() => take());

/** Uses up the allowance of bytes that may be digested in place. */
async function exhausted(): Promise<Unread> {
  expect(restartably()).toBeUndefined();
  try {
    restartably();
  } catch (error) {
    if (error instanceof Unread) return error;
  }
  throw new Error("nothing was thrown");
}

test("bytes are digested in place up to an allowance, and without limit where the caller cannot restart", async () => {
  expect(restartably()).toBeUndefined();
  expect(restartably).toThrow(Unread);
  expect(take()).toBeUndefined();
});

test("a digest that was read ahead is taken once, and does not count against the allowance", async () => {
  await ahead.digest(await exhausted(), signal);
  expect(restartably()).toEqual({ stat: host.stat("/w/large"), digest: hasher.digest(LARGE), trusted: true });
  expect(restartably()).toBeUndefined();
  expect(restartably).toThrow(Unread);
});

test("a file that changed since it was read ahead is digested in place, so that it is read twice at most", async () => {
  await ahead.digest(await exhausted(), signal);
  host.write("/w/large", LARGE.replace("x", "y"));
  expect(restartably()).toBeUndefined();
});

test("the digest of a file that changed while it was read ahead is discarded", async () => {
  const unread = await exhausted();
  const digesting = ahead.digest(unread, signal);
  host.write("/w/large", LARGE.replace("x", "y"));
  await digesting;
  expect(restartably()).toBeUndefined();
});

test("a file that was written in the tick of its reading is not trusted", async () => {
  const unread = await exhausted();
  host.write("/w/large", LARGE.replace("x", "y"));
  await ahead.digest(unread, signal);
  expect(restartably()).toMatchObject({ digest: hasher.digest(LARGE.replace("x", "y")), trusted: false });
});

test("a file that vanished is left to the caller to report", async () => {
  const unread = await exhausted();
  host.remove("/w/large");
  await ahead.digest(unread, signal);
  host.write("/w/large", LARGE);
  expect(restartably()).toBeUndefined();
});

test("an interrupted reading leaves no digest", async () => {
  const unread = await exhausted();
  await ahead.digest(unread, AbortSignal.abort());
  expect(restartably()).toBeUndefined();
  expect(await ahead.finish(() => take(), AbortSignal.abort())).toBe(false);
});

test("what inc wrote and dated itself is known, until anything else writes there, in the same tick too", () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-known-"));
  const path = join(directory, "f");
  const known = new ReadAhead(realFiles, new RacyClock(host, 0n), (name) => join(directory, name));
  const now = (): FileStat => realFiles.stat(path) as FileStat;
  const digest = hasher.digest("mine");
  try {
    for (let round = 0; round < 50; round += 1) {
      const time = (Date.now() + 1) * 1000 + round;
      writeFileSync(path, "mine");
      known.know("f", digest, time);
      expect(known.take("f", now())).toBeUndefined();
      utimesSync(path, time / 1e6, time / 1e6);
      known.know("f", digest, time);
      expect(known.take("f", now())).toMatchObject({ digest, trusted: true });
      known.know("f", digest, time);
      writeFileSync(path, "your");
      expect(known.take("f", now())).toBeUndefined();
      known.know("f", digest, time);
      expect(known.take("f", now())).toBeUndefined();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
