import { expect, test } from "vitest";
import { safeText } from "../../src/execute/safe-text.ts";

test("what turns the direction of text in a log is shown, and turns nothing", () => {
  const printed = Buffer.from("ok \u202egpj.exe\u2066 \u200fשלום\u001b[31mred\u001b[0m\n");
  for (const colours of [true, false]) {
    const text = safeText(printed, { colours });
    expect(text).toContain("ok \\u202egpj.exe\\u2066 \\u200fשלום");
    expect(text).not.toMatch(/\p{Bidi_Control}/u);
  }
});
