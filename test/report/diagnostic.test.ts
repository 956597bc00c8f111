import { expect, test } from "vitest";
import { renderDiagnostic } from "../../src/report/diagnostic.ts";

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

test("a module that cannot be read shows its place only", () => {
  const options = { color: false, cwd: "/w", readSource: () => undefined };
  const text = renderDiagnostic({ code: "INC2003", severity: "warning", message: "no x", location }, options);
  expect(text).toBe("warning INC2003: no x\n  --> pipeline.ts:1:4");
});
