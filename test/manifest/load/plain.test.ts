import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isPlainJavaScript } from "../../../src/manifest/load/plain.ts";

const PLAIN = [
  'import { file, out, sh, task } from "inc-run";\nexport const a = task(sh`cat ${file("a")} > ${out("b")}`);\n',
  'import fs, * as path from "node:path";\nimport "./side.ts";\nimport data from "./d.json" with { type: "json" };\nexport default config({ jobs: 2 });',
  "import {\n  a,\n  b as c,\n} from './x.ts'\nexport async function f() { await 1; }\nexport class C { static x = 1; }\n",
  "const a = await f();\nif (a < 3 && b > 2) g();\nexport const type = 1;\n",
  'export const x = sh`tr a-z A-Z < ${f} > ${out("x")}`;',
  "export const f = (x) =>\n  x < 3;\n",
  "",
];

const TYPED = [
  "export const a: string = b;",
  "export const f = (x: number) => x;",
  'import type { A } from "./a.ts";',
  'import { type A, b } from "./a.ts";',
  'import {\n  type A,\n} from "./a.ts";',
  'export type A = "x";',
  "interface A { b: string }",
  "const a = b as unknown;",
  "const a = b!;",
  "const a = b satisfies C;",
  "class A { private x = 1; }",
  "enum A { B }",
  "function f(this: A) {}",
];

/** JavaScript, too, but with another meaning. */
const AMBIGUOUS = [
  "const a = f<B>(c);",
  "const a = f<B, C>(c);",
  "const a = f<B<C>>(c);",
  "const a = new F<B> (c);",
  "const a = f<B>`c`;",
  "const a = f<B>\nc",
  "const a = f<B>/* of */(c);",
  "const a = f<(x) => B>(c);",
  "global\n{ f(); }",
];

test.each(PLAIN)("is JavaScript as it stands: %j", (source) => {
  expect(isPlainJavaScript(source)).toBe(true);
  expect(stripTypeScriptTypes(source)).toBe(source);
});

test.each(TYPED)("has types: %j", (source) => expect(isPlainJavaScript(source)).toBe(false));

test.each(AMBIGUOUS)("may have types: %j", (source) => expect(isPlainJavaScript(source)).toBe(false));

test.each(["export const a = ;", "import a from b;", "export * from './x.ts';", "return 1;}"])(
  "is left to Node: %j",
  (source) => expect(isPlainJavaScript(source)).toBe(false),
);

test("many comparisons take no longer than their length", () => {
  const began = performance.now();
  isPlainJavaScript("x(a < b);\n".repeat(50_000));
  expect(performance.now() - began).toBeLessThan(2000);
});

describe("of all modules in TypeScript here", () => {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const modules = ["src", "test", "bench", "fixtures", "templates"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"))
      .map((path) => join(root, folder, path)),
  );

  test("those that are taken as they stand have nothing to strip", () => {
    const taken = modules.map((path) => readFileSync(path, "utf8")).filter(isPlainJavaScript);
    for (const source of taken) expect(stripTypeScriptTypes(source)).toBe(source);
    expect(taken.length).toBeGreaterThan(10);
  });
});
