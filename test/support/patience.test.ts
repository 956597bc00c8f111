import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { patiently, threadsOf } from "./patience.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a promise that does not settle in time is rejected with the state", async () => {
  const outcome = patiently(new Promise(() => {}), () => "the end").catch((error: Error) => error.message);
  vi.advanceTimersByTime(90_000);
  expect(await outcome).toBe("waited 90 s for the end");
});

test("a promise that settles in time is passed on, whether it resolves or rejects", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const outcome = patiently(promise, () => "a number");
  vi.advanceTimersByTime(89_000);
  resolve(7);
  expect(await outcome).toBe(7);
  expect(vi.getTimerCount()).toBe(0);
  await expect(patiently(Promise.reject(new Error("no")), () => "it")).rejects.toThrow("no");
});

test.runIf(process.platform === "linux")(
  "each thread of a process is described, and a missing process is no error",
  () => {
    expect(threadsOf(process.pid)).toMatch(new RegExp(`thread ${process.pid} .*: R \\(running\\)`));
    expect(threadsOf(2 ** 30)).toContain("threads not known");
  },
);
