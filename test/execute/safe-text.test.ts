import { expect, test } from "vitest";
import { safeText } from "../../src/execute/safe-text.ts";

test("bidirectional controls in a log are escaped", () => {
  const printed = Buffer.from("ok \u202egpj.exe\u2066 \u200fשלום\u001b[31mred\u001b[0m\n");
  for (const colours of [true, false]) {
    const text = safeText(printed, { colours });
    expect(text).toContain("ok \\u202egpj.exe\\u2066 \\u200fשלום");
    expect(text).not.toMatch(/\p{Bidi_Control}/u);
  }
});

test("a log's colours stay, and other terminal controls are removed", () => {
  const log = Buffer.from(
    "\x1b]0;title\x07\x1b[31mred\x1b[2J\x1b[0m\x07 10%\r 50%\r100%\r\nok\x1bP1$q\x1b\\\xff\n",
    "latin1",
  );
  expect(safeText(log, { colours: true })).toBe("100%\nok�\n");
  expect(safeText(Buffer.from("\x1b[31mred\x1b[2K\n"), { colours: true })).toBe("\x1b[31mred\n\x1b[0m");
  expect(safeText(Buffer.from("\x1b[31mred\n"), { colours: false })).toBe("red\n");
  expect(safeText(Buffer.from("0123456789"), { colours: true, limit: 4 })).toBe("0\n… 6 bytes left out …\n789");
});
