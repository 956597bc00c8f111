import { expect, test } from "vitest";
import { isBefore, RacyClock } from "../../src/files/racy-clock.ts";
import type { FileStat } from "../../src/host/files/host.ts";

const SECOND = 1_000_000_000n;
const at = (seconds: bigint, nanoseconds = 0n): bigint => (1_700_000_000n + seconds) * SECOND + nanoseconds;

function changed(ctime: bigint, mtime = ctime): FileStat {
  return { type: "file", size: 1, mtime, ctime, inode: 1n, links: 1n, mode: 0o644 };
}

function clockAt(tick: bigint): RacyClock {
  return new RacyClock({ tick: () => tick }, 0n);
}

test.each([
  ["a tick later", at(0n, 123_456_789n), at(0n, 127_456_789n), true],
  ["the same tick", at(0n, 123_456_789n), at(0n, 123_456_789n), false],
  ["the same second, where times have no parts of one", at(1n), at(1n, 900_000_001n), false],
  ["the next second, where times have no parts of one", at(1n), at(2n, 4_000_001n), true],
  ["the next second, where times may be even seconds alone", at(2n), at(3n, 900_000_001n), false],
  ["two seconds later, where times may be even seconds alone", at(2n), at(4n, 4_000_001n), true],
  ["the same hundredth", at(1n, 250_000_000n), at(1n, 259_000_001n), false],
  ["the next hundredth", at(1n, 250_000_000n), at(1n, 260_000_001n), true],
  ["the same millisecond", at(1n, 251_000_000n), at(1n, 251_900_001n), false],
  ["the same tick, where times are noted in millionths of a second", at(0n, 123_456_000n), at(0n, 123_456_789n), false],
  ["the same tick, where times are noted in tenths of that", at(0n, 123_456_700n), at(0n, 123_456_789n), false],
  ["a tick later, where times are noted in tenths of that", at(0n, 123_456_700n), at(0n, 127_456_789n), true],
])("a change and a tick: %s", (_when, change, tick, expected) => {
  expect(isBefore(change, tick)).toBe(expected);
  expect(clockAt(tick).after(changed(change))).toBe(expected);
});

test("the later of the two times counts, whatever the other one was set to", () => {
  expect(clockAt(at(5n, 1n)).after(changed(at(4n, 5n), at(0n)))).toBe(true);
  expect(clockAt(at(5n, 1n)).after(changed(at(5n), at(0n)))).toBe(false);
});

test("coarse times are not waited for: the next run reads the file again", () => {
  let ticks = 0;
  const clock = new RacyClock(
    {
      tick: () => {
        ticks += 1;
        return at(5n, 400_000_001n);
      },
    },
    0n,
  );
  expect(clock.waitBeyond([changed(at(5n))])).toBe(false);
  expect(ticks).toBeLessThan(5);
  expect(clock.waitBeyond([changed(at(5n)), changed(at(3n, 7n))])).toBe(true);
});
