import { describe, expect, test } from "vitest";
import type { Case } from "./edit.ts";
import { FILLING } from "./edits-filling.ts";
import { BUILTINS } from "./edits-of-builtins.ts";
import { EFFECTS } from "./edits-of-effects.ts";
import { EXPORTS } from "./edits-of-exports.ts";
import { EXPRESSIONS } from "./edits-of-expressions.ts";
import { FILES } from "./edits-of-files.ts";
import { ITERATORS } from "./edits-of-iterators.ts";
import { LAZY } from "./edits-of-lazy-imports.ts";
import { NAMES } from "./edits-of-names.ts";
import { OTHERS } from "./edits-of-others.ts";
import { STATE } from "./edits-of-state.ts";
import { OVERLOOKED } from "./edits-overlooked.ts";
import { UNCHANGED } from "./edits-without-effect.ts";
import { NAMELESS } from "./edits-without-names.ts";
import { edited, sliceOfTree } from "./trees.ts";

const digests = ({ before, edit }: Case): readonly [string, string] => [
  sliceOfTree(before).digest,
  sliceOfTree(edited(before, edit)).digest,
];

describe("edits after which a function task runs again", () => {
  test.each([
    ...EXPRESSIONS,
    ...NAMES,
    ...EFFECTS,
    ...FILES,
    ...OVERLOOKED,
    ...FILLING,
    ...EXPORTS,
    ...STATE,
    ...ITERATORS,
    ...NAMELESS,
    ...BUILTINS,
    ...LAZY,
  ])("$name", (edit) => {
    const [before, after] = digests(edit);
    expect(after).not.toBe(before);
  });
});

describe("edits after which it does not", () => {
  test.each([...UNCHANGED, ...OTHERS])("$name", (edit) => {
    const [before, after] = digests(edit);
    expect(after).toBe(before);
  });
});
