import { expect, test } from "vitest";
import { renderDiagnostic } from "../../../src/report/explain/diagnostic.ts";

const location = { file: "/w/pipeline.ts", line: 1, column: 4 };

test("a diagnostic has a header, a place, the line, a caret, notes and help", () => {
  const text = renderDiagnostic(
    { code: "INC2003", severity: "error", message: "no x", location, notes: [{ message: "n", location }], help: ["h"] },
    { color: false, cwd: "/w", readSource: () => "\tab x" },
  );
  expect(text).toBe(
    [
      "error INC2003: no x",
      "  --> pipeline.ts:1:4",
      "1 | \tab x",
      "    \t  ^",
      "  note: n (pipeline.ts:1:4)",
      "  help: h",
    ].join("\n"),
  );
});

test("of a module that cannot be read only the place is shown", () => {
  const options = { color: false, cwd: "/w", readSource: () => undefined };
  const text = renderDiagnostic({ code: "INC2003", severity: "warning", message: "no x", location }, options);
  expect(text).toBe("warning INC2003: no x\n  --> pipeline.ts:1:4");
});

test("of a long line the part around the place is shown, and control characters are escaped", () => {
  const line = `${"x".repeat(500)}HERE\u0007\r${"y".repeat(500)}`;
  const text = renderDiagnostic(
    { code: "INC2001", severity: "error", message: "a\u001b[2Jb", location: { file: "/w/p.ts", line: 1, column: 501 } },
    { color: false, cwd: "/w", readSource: () => line },
  );
  const [head, , source = "", caret = ""] = text.split("\n");
  expect(head).toBe("error INC2001: a\\u001b[2Jb");
  expect(source.length).toBeLessThan(180);
  expect(source.slice(caret.indexOf("^"))).toMatch(/^HERE\ufffd\ufffdyy/);
});
