import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileClock } from "../../../src/host/files/clock.ts";

let directory: string;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "inc-clock-")));
});

afterEach(() => rmSync(directory, { recursive: true }));

/** Writes a file until its time is past the given one: the file system's clock has advanced. */
function writtenAfter(time: bigint): bigint {
  for (;;) {
    writeFileSync(join(directory, "file"), "content");
    const { mtimeNs } = statSync(join(directory, "file"), { bigint: true });
    if (mtimeNs > time) return mtimeNs;
  }
}

test("the clock advances with that of the file system", () => {
  const clock = fileClock(join(directory, "clock"));
  for (let time = clock.tick(), round = 0; round < 5; round += 1) {
    const written = writtenAfter(time);
    time = clock.tick();
    expect(time).toBeGreaterThanOrEqual(written);
  }
});

test("a clock with an existing file ticks past that file's time", () => {
  for (const content of ["", "\n", "something longer"]) {
    writeFileSync(join(directory, "clock"), content);
    const written = writtenAfter(statSync(join(directory, "clock"), { bigint: true }).mtimeNs);
    expect(fileClock(join(directory, "clock")).tick()).toBeGreaterThanOrEqual(written);
    expect(statSync(join(directory, "clock")).size).toBe(Math.max(1, content.length));
  }
});

test("a clock that is held ticks by one open file, until nothing holds it", () => {
  const clock = fileClock(join(directory, "clock"));
  const release = [clock.hold(), clock.hold()];
  const first = clock.tick();
  rmSync(join(directory, "clock"));
  expect(clock.tick()).toBeGreaterThanOrEqual(first);
  release[0]?.();
  clock.tick();
  expect(existsSync(join(directory, "clock"))).toBe(false);
  release[1]?.();
  clock.tick();
  expect(existsSync(join(directory, "clock"))).toBe(true);
});
