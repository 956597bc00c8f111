import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTimer } from "../../src/host/timer.ts";

const DAY = 86_400_000;

// Fake timers: no test waits for 25 days.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([0, 1, 5 * DAY, 2 ** 31 - 1, 2 ** 31, 25 * DAY, 400 * DAY])("a timer fires after exactly %d ms", (delay) => {
  const act = vi.fn();
  startTimer(act, delay);
  vi.advanceTimersByTime(Math.max(0, delay - 1));
  expect(act).toHaveBeenCalledTimes(delay === 0 ? 1 : 0);
  vi.advanceTimersByTime(1);
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(500 * DAY);
  expect(act).toHaveBeenCalledTimes(1);
});

test("a timer can be cleared at any time, and one with an infinite delay never fires", () => {
  const act = vi.fn();
  const timer = startTimer(act, 60 * DAY);
  startTimer(act, Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(59 * DAY);
  timer.clear();
  vi.advanceTimersByTime(500 * DAY);
  expect(act).not.toHaveBeenCalled();
});
