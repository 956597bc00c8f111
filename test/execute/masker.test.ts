import { expect, test } from "vitest";
import { Masker } from "../../src/execute/masker.ts";
import { Random } from "../oracle/random.ts";

/** Feeds the pieces one by one, and returns the masked text. */
function masked(secrets: readonly string[], ...pieces: readonly string[]): string {
  const masker = new Masker(secrets.map((secret) => Buffer.from(secret)));
  const out = pieces.map((piece) => masker.push(Buffer.from(piece)));
  return Buffer.concat([...out, masker.end()]).toString();
}

test.each([
  ["a whole secret", ["hunter2"], ["a hunter2 b"], "a *** b"],
  ["a secret cut in two", ["hunter2"], ["a hunt", "er2 b"], "a *** b"],
  ["a secret cut byte by byte", ["hunter2"], [..."a hunter2 b"], "a *** b"],
  ["only the beginning of a secret", ["hunter2"], ["a hunt", "s b"], "a hunts b"],
  ["the beginning of a secret at the end of the text", ["hunter2"], ["a hunt"], "a hunt"],
  [
    "a secret that is a prefix of another, cut after the shorter one",
    ["abcd", "abcdefgh"],
    ["x abcd", "efgh y"],
    "x *** y",
  ],
  [
    "a secret that is a prefix of another, where only the shorter one occurs",
    ["abcd", "abcdefgh"],
    ["x abcd", "ef y"],
    "x ***ef y",
  ],
  ["a secret within another", ["cd", "abcdef"], ["x ab", "c", "def y cd"], "x *** y ***"],
  ["two secrets that overlap", ["abcd", "cdef"], ["x abcdef y"], "x *** y"],
  ["two secrets that overlap, cut in the middle", ["abcd", "cdef"], ["x abcd", "ef y"], "x *** y"],
  ["a secret that overlaps itself", ["aba"], ["x ababa", "ba y"], "x *** y"],
  ["occurrences side by side", ["ab"], ["xabab", "ab"], "x*********"],
  ["a secret of one byte", ["q"], ["a q b"], "a *** b"],
])("%s", (_, secrets, pieces, expected) => {
  expect(masked(secrets, ...pieces)).toBe(expected);
});

test("text that cannot begin a secret is passed on at once", () => {
  const masker = new Masker([Buffer.from("a-secret-of-some-length")]);
  expect(masker.push(Buffer.from("listening on port 80")).toString()).toBe("listening on port 80");
});

/** All bytes that any occurrence of any secret covers, each run of overlapping ones as one mask. */
function reference(text: string, secrets: readonly string[]): string {
  const starts = new Map<number, number>();
  for (const secret of secrets)
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1))
      starts.set(at, Math.max(starts.get(at) ?? 0, at + secret.length));
  let out = "";
  for (let at = 0; at < text.length; ) {
    let end = starts.get(at);
    if (end === undefined) {
      out += text[at];
      at += 1;
      continue;
    }
    out += "***";
    for (; at < end; at += 1) end = Math.max(end, starts.get(at) ?? 0);
  }
  return out;
}

test("property: the masked text does not depend on how the input is cut", () => {
  const random = new Random(Number(process.env["SEED"] ?? 7));
  const word = (length: number): string => Array.from({ length }, () => random.pick(["a", "b", "c"])).join("");
  for (let round = 0; round < 3000; round += 1) {
    const secrets = Array.from({ length: 1 + random.below(3) }, () => word(1 + random.below(5)));
    const text = word(random.below(40));
    const pieces: string[] = [];
    for (let at = 0; at < text.length; ) {
      const length = 1 + random.below(7);
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    expect(masked(secrets, ...pieces), `${secrets} in ${pieces.join("|")}`).toBe(reference(text, secrets));
  }
});
