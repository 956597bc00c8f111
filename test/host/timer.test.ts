import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTimer } from "../../src/host/timer.ts";

const DAY = 86_400_000;

// The clock itself is what is tested: no test waits for 25 days.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([0, 1, 5 * DAY, 2 ** 31 - 1, 2 ** 31, 25 * DAY, 400 * DAY])("a delay of %d ms is kept", (delay) => {
  const act = vi.fn();
  startTimer(act, delay);
  vi.advanceTimersByTime(Math.max(0, delay - 1));
  expect(act).toHaveBeenCalledTimes(delay === 0 ? 1 : 0);
  vi.advanceTimersByTime(1);
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(500 * DAY);
  expect(act).toHaveBeenCalledTimes(1);
});

test("it can be cleared in any stretch, and an endless one never fires", () => {
  const act = vi.fn();
  const timer = startTimer(act, 60 * DAY);
  startTimer(act, Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(59 * DAY);
  timer.clear();
  vi.advanceTimersByTime(500 * DAY);
  expect(act).not.toHaveBeenCalled();
});
