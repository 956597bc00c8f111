import { expect, test } from "vitest";
import { Cancellation } from "../../src/run/session/cancellation.ts";
import { LazyServices } from "../../src/watch/lazy-services.ts";
import type { WatchedPipeline } from "../../src/watch/pipeline.ts";
import { Replanner } from "../../src/watch/replanner.ts";

/** A pipeline whose tasks all read the object "rates" and no file. */
const pipeline = {
  graph: { tasks: [] },
  relevance: { upsets: () => false, isEdited: () => false },
} as unknown as WatchedPipeline;

function replannerOf(): Replanner {
  const services = new LazyServices({
    storeDirectory: "/nowhere",
    restarts: true,
    emit: () => {},
    recovered: () => {},
  });
  return new Replanner(pipeline, services, { cancels: true, later: (work) => work() });
}

/** An attempt that is under way. */
function begin(replanner: Replanner, task: string, isReplaced: boolean): Cancellation {
  const cancellation = new Cancellation();
  replanner.resident.attempts.set(task, { cancellation, isReplaced: () => isReplaced });
  return cancellation;
}

test("a publication cancels the attempts with a version before it, not one that a new round began with the latest", () => {
  const replanner = replannerOf();
  replanner.begin([], new Set());
  const before = begin(replanner, "before", true);
  const latest = begin(replanner, "latest", false);
  replanner.published();
  replanner.examine([], true);
  expect([before.isCancelled, latest.isCancelled]).toEqual([true, false]);
});

test("an attempt is cancelled also when its publication was seen while another change was examined", () => {
  const replanner = replannerOf();
  replanner.begin([], new Set());
  replanner.published();
  replanner.examine([], true);
  const late = begin(replanner, "late", true);
  replanner.examine(["other.txt"], true);
  expect(late.isCancelled).toBe(true);
});
