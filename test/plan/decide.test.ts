import { describe, expect, test } from "vitest";
import type { Decision } from "../../src/model/decision.ts";
import type { Digest, Fingerprint } from "../../src/model/digest.ts";
import type { Entry } from "../../src/model/entry.ts";
import type { Identity } from "../../src/model/identity.ts";
import { type DecisionContext, decide, lacksResult } from "../../src/plan/decide.ts";

const identity = (text: string): Identity => ({ type: "file", digest: text as Digest, executable: false });
const entry: Entry = {
  fingerprint: "f" as Fingerprint,
  outputs: [
    { name: "", path: "a", identity: identity("A"), size: 1 },
    { name: "map", path: "b", identity: identity("B"), size: 1 },
  ],
  duration: 5,
  record: "r",
};

function context(disk: Record<string, Identity>, more: Partial<DecisionContext> = {}): DecisionContext {
  return {
    rerun: "on-change",
    byHand: false,
    forced: false,
    readCache: true,
    identify: (path) => disk[path],
    available: () => true,
    defers: () => false,
    ...more,
  };
}
const inPlace = { a: identity("A"), b: identity("B") };

test("a task with its outputs in place is fresh", () => {
  expect(decide(entry, context(inPlace))).toEqual({ action: "fresh", reason: { kind: "unchanged" } });
});

test("a missing output is restored and named in the reason", () => {
  expect(decide(entry, context({ a: identity("A") }))).toEqual({
    action: "restore",
    reason: { kind: "outputs-missing", paths: ["b"] },
  });
});

test("an edited output is restored, and takes precedence over a missing one in the reason", () => {
  expect(decide(entry, context({ a: identity("edited") }))).toEqual({
    action: "restore",
    reason: { kind: "outputs-changed", paths: ["a"] },
  });
});

test("a lost executable bit counts as an edit", () => {
  const executable: Identity = { type: "file", digest: "A" as Digest, executable: true };
  expect(decide(entry, context({ ...inPlace, a: executable }))?.action).toBe("restore");
});

test("a task runs when the store no longer has the bytes to restore", () => {
  expect(decide(entry, context({ a: identity("A") }, { available: () => false }))).toEqual({
    action: "run",
    reason: { kind: "blobs-missing", paths: ["b"] },
  });
});

test("evicted bytes do not matter while the outputs are in place", () => {
  expect(decide(entry, context(inPlace, { available: () => false }))?.action).toBe("fresh");
});

test("a task without outputs is fresh by its entry alone", () => {
  expect(decide({ ...entry, outputs: [] }, context({}))?.action).toBe("fresh");
});

test("without an entry the caller gives the reason", () => {
  expect(decide(undefined, context(inPlace))).toBeUndefined();
});

test.each([
  [{ forced: true }, "forced"],
  [{ rerun: "always" as const }, "always"],
  [{ readCache: false }, "cache-off"],
])("%o runs though it is fresh", (more, kind) => {
  expect(decide(entry, context(inPlace, more))).toEqual({ action: "run", reason: { kind } });
});

describe("a deferred entry", () => {
  const deferred: Entry = { ...entry, deferred: true };
  const away = { available: () => false };

  test("is fresh while nothing is where its outputs belong", () => {
    expect(decide(deferred, context({}, { ...away, defers: () => true }))).toEqual({
      action: "fresh",
      reason: { kind: "deferred", paths: ["a", "b"] },
    });
  });

  test("is fresh with some of its outputs in place", () => {
    const decided = decide(deferred, context({ a: identity("A") }, { ...away, defers: () => true }));
    expect(decided).toEqual({ action: "fresh", reason: { kind: "deferred", paths: ["b"] } });
  });

  test("has to clear the place in which something else is, if that may go", () => {
    const asked: (readonly string[])[] = [];
    const defers = (_: Entry, changed: readonly string[]): boolean => asked.push(changed) > 0;
    expect(decide(deferred, context({ a: identity("old") }, { ...away, defers }))).toEqual({
      action: "defer",
      reason: { kind: "outputs-changed", paths: ["a"] },
    });
    expect(asked).toEqual([["a"]]);
  });

  test("lacks its result where outputs may not stay away", () => {
    const decided = decide(deferred, context({ a: identity("A") }, away));
    expect(decided).toEqual({ action: "run", reason: { kind: "deferred", paths: ["b"] } });
    expect(lacksResult(decided as Decision)).toBe(true);
  });

  test("stays so when the bytes have come to the store by another way, and is restored from there where it may not", () => {
    expect(decide(deferred, context({}, { defers: () => true }))?.reason.kind).toBe("deferred");
    expect(decide(deferred, context({}))?.action).toBe("restore");
  });

  test("is as any other when its outputs are in place", () => {
    expect(decide(deferred, context(inPlace, away))).toEqual({ action: "fresh", reason: { kind: "unchanged" } });
  });

  test("does not make evicted bytes of another entry anything but missing", () => {
    expect(decide(entry, context({}, { ...away, defers: () => true }))).toEqual({
      action: "run",
      reason: { kind: "blobs-missing", paths: ["a", "b"] },
    });
  });
});
