import { expect, test } from "vitest";
import { printable } from "../../src/model/printable.ts";

test("control characters are escaped, and nothing else", () => {
  expect(printable("a\nb\t\u001b[31m\u009b\u007f ünï 日本")).toBe("a\\nb\\t\\u001b[31m\\u009b\\u007f ünï 日本");
});

test("marks of text direction are escaped, too: they make one name look like another", () => {
  expect(printable("a\u202eb\u2066c\u200f\u2028 שלום")).toBe("a\\u202eb\\u2066c\\u200f\\u2028 שלום");
});
