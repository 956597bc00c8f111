import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { charging, Waiting } from "../../../src/store/remote/waiting.ts";

let spent: number;
let waiting: Waiting;

beforeEach(() => {
  vi.useFakeTimers();
  spent = 0;
  waiting = new Waiting(5000, () => {
    spent += 1;
  });
});

afterEach(() => vi.useRealTimers());

test("waits at the same time count once", () => {
  const waits = [waiting.begin(), waiting.begin(), waiting.begin()];
  vi.advanceTimersByTime(4999);
  expect(spent).toBe(0);
  vi.advanceTimersByTime(1);
  expect(spent).toBe(1);
  for (const wait of waits) wait.end(0);
});

test("waits one after the other add up", () => {
  for (let i = 0; i < 4; i += 1) {
    const wait = waiting.begin();
    vi.advanceTimersByTime(1000);
    wait.end(0);
    vi.advanceTimersByTime(60_000);
  }
  expect(spent).toBe(0);
  waiting.begin();
  vi.advanceTimersByTime(1000);
  expect(spent).toBe(1);
});

test("what goes on while the run has other work does not count", () => {
  let isBusy = true;
  waiting.begin(() => isBusy);
  vi.advanceTimersByTime(60_000);
  expect(spent).toBe(0);
  isBusy = false;
  vi.advanceTimersByTime(4950);
  expect(spent).toBe(0);
  vi.advanceTimersByTime(100);
  expect(spent).toBeGreaterThan(0);
});

test("what is covered does not count, and counts again when the cover ends", () => {
  const wait = waiting.begin();
  wait.cover(2000);
  wait.cover(8000);
  vi.advanceTimersByTime(14_999);
  expect(spent).toBe(0);
  vi.advanceTimersByTime(1);
  expect(spent).toBe(1);
});

test("a wait that ends in vain counts with what was covered", () => {
  const wait = waiting.begin();
  wait.cover(60_000);
  vi.advanceTimersByTime(6000);
  expect(spent).toBe(0);
  wait.end(0);
  expect(spent).toBe(1);
});

test("what was saved is given back, up to the whole", () => {
  for (let i = 0; i < 10; i += 1) {
    const wait = waiting.begin();
    vi.advanceTimersByTime(1000);
    wait.end(1500);
  }
  expect(spent).toBe(0);
  waiting.begin().end(1_000_000);
  waiting.begin();
  vi.advanceTimersByTime(4999);
  expect(spent).toBe(0);
  vi.advanceTimersByTime(1);
  expect(spent).toBe(1);
});

test("a hit that took longer than it saved costs the difference", () => {
  const first = waiting.begin();
  vi.advanceTimersByTime(4000);
  first.end(1000);
  waiting.begin();
  vi.advanceTimersByTime(2000);
  expect(spent).toBe(1);
});

test("what is wasted counts at once, even while the run has other work", () => {
  const wait = waiting.begin(() => true);
  wait.waste(4000);
  expect(spent).toBe(0);
  wait.waste(1000);
  expect(spent).toBe(1);
});

test("work counts when what came is of no use", () => {
  const wasted: number[] = [];
  const work = (fails: boolean) => (): string => {
    vi.advanceTimersByTime(300);
    if (fails) throw new Error("damaged");
    return "done";
  };
  expect(charging(work(false), (time) => wasted.push(time))).toBe("done");
  expect(() => charging(work(true), (time) => wasted.push(time))).toThrow("damaged");
  expect(wasted).toEqual([300]);
});
