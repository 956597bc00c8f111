import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { PythonEntry } from "../../../src/fingerprint/python/python-slice.ts";
import type { Tree } from "../code/trees.ts";
import { afterOf, beforeOf, type Edit } from "./edit.ts";
import { FROM_AFAR } from "./edits-from-afar.ts";
import { NEEDLESS } from "./edits-needless.ts";
import { CLASSES } from "./edits-of-classes.ts";
import { EFFECTS } from "./edits-of-effects.ts";
import { FILES, PACKAGES_UNSEEN } from "./edits-of-files.ts";
import { BINDINGS, IMPORTS } from "./edits-of-imports.ts";
import { NAMES } from "./edits-of-names.ts";
import { OTHERS } from "./edits-of-others.ts";
import { OVERLOOKED } from "./edits-overlooked.ts";
import { UNCHANGED } from "./edits-without-effect.ts";
import { PYTHON, PythonTree, slicerOf, WHY_NOT } from "./trees.ts";

const ROOT = realpathSync(mkdtempSync(join(tmpdir(), "inc-python-")));
afterAll(() => rmSync(ROOT, { recursive: true }));

function place(name: string, tree: Tree): PythonEntry {
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(ROOT, name, path)), { recursive: true });
    writeFileSync(join(ROOT, name, path), (content as string).replaceAll("{root}", join(ROOT, name)));
  }
  return { module: join(ROOT, name, "etl.py"), name: "run" };
}

/** Digests before and after each edit, in directories of their own: one process finds all of them. */
function digestsOf(title: string, edits: readonly Edit[]): ReadonlyMap<string, readonly [string, string]> {
  const entries = edits.map((edit, i) => [
    place(`${title}/${i}/a`, beforeOf(edit)),
    place(`${title}/${i}/b`, afterOf(edit)),
  ]);
  const slicer = slicerOf(ROOT, PYTHON);
  slicer.prepare(entries.flat());
  const digest = (entry: PythonEntry | undefined): string => {
    const { digest, problems } = slicer.slice(entry as PythonEntry);
    expect(problems.filter(({ code }) => !["INC2040", "INC2041"].includes(code))).toEqual([]);
    return digest;
  };
  return new Map(edits.map(([name], i) => [name, [digest(entries[i]?.[0]), digest(entries[i]?.[1])] as const]));
}

describe.skipIf(WHY_NOT !== undefined).each([
  ["names", NAMES],
  ["imports", IMPORTS],
  ["bindings", BINDINGS],
  ["classes", CLASSES],
  ["effects", EFFECTS],
  ["statements in other modules", FROM_AFAR],
  ["what may be overlooked", OVERLOOKED],
  ["what users of other tools report", OTHERS],
  ["what means the same, as docs/python.md lists them", NEEDLESS],
])("edits of %s after which a function runs again", (title, edits) => {
  let digests: ReturnType<typeof digestsOf> | undefined;
  test.each(edits.map(([name]) => name))("%s", (name) => {
    digests ??= digestsOf(title, edits);
    const [before, after] = digests.get(name) as readonly [string, string];
    expect(after).not.toBe(before);
  });
});

describe.skipIf(WHY_NOT !== undefined)("edits after which it does not", () => {
  let digests: ReturnType<typeof digestsOf> | undefined;
  test.each(UNCHANGED.map(([name]) => name))("%s", (name) => {
    digests ??= digestsOf("unchanged", UNCHANGED);
    const [before, after] = digests.get(name) as readonly [string, string];
    expect(after).toBe(before);
  });
});

/** Digests with a virtual environment in the tree. */
function inEnvironment([name, ...rest]: Edit): readonly [string, string] {
  const of = (tree: Tree): string => {
    using made = new PythonTree({});
    const version =
      readdirSync(join(dirname(dirname(PYTHON)), "lib")).find((one) => /^python3\.\d+$/.test(one)) ?? "python3";
    const moved = Object.entries(tree).map(([path, text]) => [
      path.replace("/python3/", `/${version}/`),
      (text as string).replaceAll("{root}", made.root),
    ]);
    made.write({ "venv/pyvenv.cfg": `home = ${dirname(PYTHON)}\n`, ...Object.fromEntries(moved) });
    made.interpreter = join(made.root, "venv/bin/python");
    mkdirSync(dirname(made.interpreter));
    symlinkSync(PYTHON, made.interpreter);
    const { digest, problems } = made.slice();
    expect(problems).toEqual([]);
    return digest;
  };
  return [of(beforeOf([name, ...rest])), of(afterOf([name, ...rest]))];
}

describe.skipIf(WHY_NOT !== undefined)("edits of files and packages", () => {
  test.each(FILES.map((edit) => [edit[0], edit] as const))("run again: %s", (_, edit) => {
    const [before, after] = inEnvironment(edit);
    expect(after).not.toBe(before);
  });

  test.each(PACKAGES_UNSEEN.map((edit) => [edit[0], edit] as const))("do not: %s", (_, edit) => {
    const [before, after] = inEnvironment(edit);
    expect(after).toBe(before);
  });
});
