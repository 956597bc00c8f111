import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeContent } from "../../../src/content/merge/merge.ts";

type Kind = "json" | "text" | "union";
const bytes = (text: string): Uint8Array => Buffer.from(text);
const merge = (kind: Kind, base: string, ours: string, theirs: string) => {
  const merged = mergeContent(kind, bytes(base), bytes(ours), bytes(theirs));
  return merged.ok ? Buffer.from(merged.bytes).toString() : merged.conflicts;
};

describe("json", () => {
  test("members of both sides, in our order and our style", () => {
    const base = '{\n  "a": 1,\n  "b": { "c": 1, "d": 2 },\n  "e": 0\n}\n';
    const ours = '{\n  "a": 2,\n  "b": { "c": 1, "d": 2 },\n  "e": 0\n}\n';
    const theirs = '{"z":9,"a":1,"b":{"c":1,"d":3,"n":true}}';
    expect(merge("json", base, ours, theirs)).toBe(
      '{\n  "a": 2,\n  "b": {\n    "c": 1,\n    "d": 3,\n    "n": true\n  },\n  "z": 9\n}\n',
    );
  });

  test("conflicts by pointer: both changed, changed and deleted, both added, lists", () => {
    expect(
      merge("json", '{"a/b":1,"x":1,"l":[1]}', '{"a/b":2,"l":[1,2],"n":1}', '{"a/b":3,"x":2,"l":[0],"n":2}'),
    ).toEqual([
      { where: "/a~1b", ours: "2", theirs: "3" },
      { where: "/l", ours: "[1,2]", theirs: "[0]" },
      { where: "/n", ours: "1", theirs: "2" },
      { where: "/x", ours: "nothing", theirs: "2" },
    ]);
  });

  test("a member that is called __proto__ is one like others", () => {
    expect(merge("json", "{}", '{"a":1}', '{"__proto__":{"b":2}}')).toBe('{"a":1,"__proto__":{"b":2}}');
  });

  test.each(["12345678901234567890", "-0", "1e999", "0.1234567890123456789"])(
    "%s is refused rather than rounded",
    (n) => {
      expect(merge("json", "{}", `{"n":${n}}`, '{"b":1}')).toEqual([
        { where: "the whole", ours: `the number ${n} cannot be merged without loss`, theirs: "JSON" },
      ]);
    },
  );

  test.each(["9007199254740993.0", "9007199254740993e0", "1e-400", "3e-324", "0.10000000000000001"])(
    "%s would be another number",
    (n) => {
      expect(merge("json", "{}", `{"n":${n}}`, '{"b":1}')).toMatchObject([{ where: "the whole" }]);
    },
  );

  test.each(["1.50", "1E5", "100e-2", "0.1", "-0.0000001", "123456789012345680000"])(
    "%s is a number like others",
    (n) => {
      expect(merge("json", "{}", `{"n":${n}}`, '{"b":1}')).toBe(`{"n":${Number(n)},"b":1}`);
    },
  );

  test("a member that occurs twice is refused, however deep", () => {
    expect(merge("json", "{}", '{"x":[{"a":1,"\\u0061":2}]}', '{"b":1}')).toEqual([
      {
        where: "the whole",
        ours: 'the member "a", which stands twice cannot be merged without loss',
        theirs: "JSON",
      },
    ]);
    expect(merge("json", "{}", '{"a":{"a":"\\"a\\":"}}', '{"b":1}')).toBe('{"a":{"a":"\\"a\\":"},"b":1}');
  });

  test("broken JSON and bytes that are no UTF-8 are not merged", () => {
    expect(merge("json", "{}", "{", '{"b":1}')).toMatchObject([{ where: "the whole" }]);
    expect(mergeContent("json", bytes("{}"), Buffer.from([0xff]), bytes("[]"))).toMatchObject({ ok: false });
  });

  test("a base that never was", () => {
    expect(merge("json", "", '{"a":1}', '{"b":2}')).toBe('{"a":1,"b":2}');
  });
});

describe("text", () => {
  test("changes in different places, line ends as they were", () => {
    expect(merge("text", "a\r\nb\r\nc\r\nd\r\ne", "A\r\nb\r\nc\r\nd\r\ne", "a\r\nb\r\nc\r\nd\r\nE")).toBe(
      "A\r\nb\r\nc\r\nd\r\nE",
    );
  });

  test("texts that would take too long are refused at once", () => {
    const blank = "\n".repeat(5000);
    expect(merge("text", `a\n${blank}b\n`, `A\n${blank}b\n`, `a\n${blank}B\n`)).toMatchObject([{ where: "the whole" }]);
    const [distinct, changed] = ["x", "y"].map((x) =>
      Array.from({ length: 200_000 }, (_, i) => `${i === 100_000 ? x : ""}${i}\n`).join(""),
    );
    expect(merge("text", distinct as string, changed as string, `${distinct}z\n`)).toMatchObject([
      { where: "the whole" },
    ]);
    expect(
      merge("text", distinct as string, changed as string, (distinct as string).replace("\n100005\n", "\n100005\nz\n")),
    ).toContain("\n100005\nz\n");
  });

  test("changes of the same line", () => {
    expect(merge("text", "a\nb\n", "a\nx\n", "a\ny\nz\n")).toEqual([
      { where: "line 2", ours: '"x"', theirs: '"y" and 1 more lines' },
    ]);
  });
});

test("union: lines of both, without what either took out", () => {
  expect(merge("union", "a\nb\nc\n", "a\nc\nd\n", "b\nc\ne\na\n")).toBe("a\nc\nd\ne\n");
  expect(merge("union", "a\nb\n", "b\n", "a\n")).toBe("");
});

const documents: Record<Kind, fc.Arbitrary<string>> = {
  json: fc
    .dictionary(fc.constantFrom("a", "b", "c", "__proto__"), fc.jsonValue(), { maxKeys: 4 })
    .map((value) => JSON.stringify(value).replaceAll("-0", "0")),
  text: fc.array(fc.constantFrom("x\n", "y\n", "z\n", "w\n"), { maxLength: 8 }).map((lines) => lines.join("")),
  union: fc.uniqueArray(fc.constantFrom("x\n", "y\n", "z\n", "w\n")).map((lines) => lines.join("")),
};

describe.each(["json", "text", "union"] as const)("%s keeps the laws", (kind) => {
  const text = documents[kind];

  test("a side that changed nothing gives the other, equal changes agree", () => {
    fc.assert(
      fc.property(text, text, (base, changed) => {
        expect(merge(kind, base, base, changed)).toBe(changed);
        expect(merge(kind, base, changed, base)).toBe(changed);
        expect(merge(kind, base, changed, changed)).toBe(changed);
      }),
    );
  });

  test("both orders agree on whether there is a conflict, and on what comes out but its order", () => {
    const canonical = (merged: string): unknown =>
      kind === "json" ? JSON.parse(merged) : kind === "union" ? merged.split("\n").sort() : merged;
    fc.assert(
      fc.property(text, text, text, (base, ours, theirs) => {
        const [one, other] = [merge(kind, base, ours, theirs), merge(kind, base, theirs, ours)];
        if (typeof one !== "string" || typeof other !== "string") expect(typeof one).toBe(typeof other);
        else expect(canonical(one)).toEqual(canonical(other));
      }),
    );
  });
});
