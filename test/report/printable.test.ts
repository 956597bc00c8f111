import { expect, test } from "vitest";
import { printable } from "../../src/report/printable.ts";

test("controls are shown, everything else is left alone", () => {
  expect(printable("a\nb\t\u001b[31m\u009b\u007f ünï 日本")).toBe("a\\nb\\t\\u001b[31m\\u009b\\u007f ünï 日本");
});
