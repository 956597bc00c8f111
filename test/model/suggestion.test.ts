import { expect, test } from "vitest";
import { suggestion } from "../../src/model/suggestion.ts";

test.each([
  ["reprot", ["report", "repeat"], "report"],
  ["rn", ["run", "status"], "run"],
  ["N", ["b", "n2"], undefined],
  ["B", ["b"], "b"],
  ["s", ["r", "q"], undefined],
  ["abc", ["xyz"], undefined],
  ["ab", ["ba"], undefined],
  ["x", [], undefined],
  ["out/site.tar.gx", ["out/site.tar.gz", "site"], "out/site.tar.gz"],
  ["__proto__", ["toString"], undefined],
])("%s among %j is probably %s", (name, candidates, expected) => {
  expect(suggestion(name, candidates)).toBe(expected);
});
