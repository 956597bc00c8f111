import { beforeEach, expect, test } from "vitest";
import { RacyClock } from "../../src/files/racy-clock.ts";
import { ReadAhead, Unread } from "../../src/files/read-ahead.ts";
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

/** Leaves too little for another file. */
async function exhausted(): Promise<Unread> {
  expect(restartably()).toBeUndefined();
  try {
    restartably();
  } catch (error) {
    if (error instanceof Unread) return error;
  }
  throw new Error("nothing was thrown");
}

test("as much as may be digested at once is digested in place, and more where the look cannot be begun again", async () => {
  expect(restartably()).toBeUndefined();
  expect(restartably).toThrow(Unread);
  expect(take()).toBeUndefined();
});

test("what was read ahead is taken once, and makes room for as much again", async () => {
  await ahead.digest(await exhausted(), signal);
  expect(restartably()).toEqual({ stat: host.stat("/w/large"), digest: hasher.digest(LARGE), trusted: true });
  expect(restartably()).toBeUndefined();
  expect(restartably).toThrow(Unread);
});

test("what changed since it was read is digested in place, so that a file that never rests is read twice at most", async () => {
  await ahead.digest(await exhausted(), signal);
  host.write("/w/large", LARGE.replace("x", "y"));
  expect(restartably()).toBeUndefined();
});

test("what changed while it was read does not count, though it looks like before again", async () => {
  const unread = await exhausted();
  const digesting = ahead.digest(unread, signal);
  host.write("/w/large", LARGE.replace("x", "y"));
  await digesting;
  expect(restartably()).toBeUndefined();
});

test("a file that was written in the very tick in which it was read is not trusted", async () => {
  const unread = await exhausted();
  host.write("/w/large", LARGE.replace("x", "y"));
  await ahead.digest(unread, signal);
  expect(restartably()).toMatchObject({ digest: hasher.digest(LARGE.replace("x", "y")), trusted: false });
});

test("what is gone or cannot be read is left to the look, which says so", async () => {
  const unread = await exhausted();
  host.remove("/w/large");
  await ahead.digest(unread, signal);
  host.write("/w/large", LARGE);
  expect(restartably()).toBeUndefined();
});

test("of what was interrupted nothing is known", async () => {
  const unread = await exhausted();
  await ahead.digest(unread, AbortSignal.abort());
  expect(restartably()).toBeUndefined();
  expect(await ahead.finish(() => take(), AbortSignal.abort())).toBe(false);
});
