import { expect, test } from "vitest";
import { formatDuration } from "../../../src/report/text/duration.ts";

test.each([
  [0, "0ms"],
  [999, "999ms"],
  [999.6, "1.0s"],
  [1234, "1.2s"],
  [59_949, "59.9s"],
  [59_960, "1m00s"],
  [125_000, "2m05s"],
])("%d ms is %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
