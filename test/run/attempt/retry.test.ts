import { expect, test } from "vitest";
import { retryDelay } from "../../../src/run/attempt/retry.ts";

test("retries wait longer each time, up to five seconds", () => {
  expect([1, 2, 3, 6, 7, 50].map(retryDelay)).toEqual([100, 200, 400, 3200, 5000, 5000]);
});
