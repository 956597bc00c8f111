import { expect, test } from "vitest";
import { printable } from "../../../src/report/text/printable.ts";

test("controls are shown, everything else is left alone", () => {
  expect(printable("a\nb\t\u001b[31m\u009b\u007f ünï 日本")).toBe("a\\nb\\t\\u001b[31m\\u009b\\u007f ünï 日本");
});

test("what turns the direction of text is shown, too: it makes one name look like another", () => {
  expect(printable("a\u202eb\u2066c\u200f\u2028 שלום")).toBe("a\\u202eb\\u2066c\\u200f\\u2028 שלום");
});
