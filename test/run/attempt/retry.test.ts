import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { Executor } from "../../../src/execute/executor.ts";
import { retryDelay } from "../../../src/run/attempt/retry.ts";
import { runBy } from "../../execute/executed.ts";
import { Rigs } from "../../support/rig.ts";

const rigs = new Rigs();
afterEach(() => rigs.close());

test("retries wait longer each time, up to five seconds", () => {
  expect([1, 2, 3, 6, 7, 50].map(retryDelay)).toEqual([100, 200, 400, 3200, 5000, 5000]);
});

test("an attempt that has let others start waits for its turn before it is tried again", async () => {
  const rig = await rigs.of(`
    export const first = task(sh\`echo 1 > \${out("first")}; exit 3\`, { retries: 1 });
    export const second = task(sh\`echo 2 > \${out("second")}\`);
  `);
  const seen: string[] = [];
  const again = Promise.withResolvers<void>();
  const { summary } = await runBy(
    rig,
    (local): Executor => ({
      name: "vacating",
      close: () => local.close(),
      execute: async (attempt) => {
        const { id } = attempt.command.task;
        if (id === "first" && seen.includes("first")) again.resolve();
        seen.push(id);
        const result = await local.execute(attempt);
        if (id === "first") attempt.onVacated();
        // Long enough that the other one would be tried again meanwhile.
        else await Promise.race([again.promise, wait(10 * retryDelay(1))]);
        seen.push(`${id} ended`);
        return result;
      },
    }),
    { jobs: "1" },
  );
  expect(summary).toMatchObject({ ran: 1, failed: 1 });
  expect(seen).toEqual(["first", "first ended", "second", "second ended", "first", "first ended"]);
});
