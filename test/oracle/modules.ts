/** Texts in the code of helpers that end up in what functions make. */
export const MARKS = ["a", "b", "base", "x", "y", "json", "effect", "inline", "d", "own", "log"] as const;
export type Mark = (typeof MARKS)[number];

/** Modules that are edited without a change of what they do. */
export const NOISY = ["a", "b", "c", "d", "ops", "own", "all", "manifest"] as const;
export type Noisy = (typeof NOISY)[number];

/** What of a module means nothing to the functions: numbers in comments, types and neighbours; whether the layout is another. */
export interface Noise {
  readonly comment: number;
  readonly types: number;
  readonly neighbour: number;
  readonly isSpread: boolean;
  readonly isReversed: boolean;
}

export const SILENCE: Noise = { comment: 0, types: 0, neighbour: 0, isSpread: false, isReversed: false };

/** All that decides the text of the helpers. */
export interface CodeState {
  readonly marks: Readonly<Record<Mark, string>>;
  /** What the name `chosen` leads to. */
  readonly chosen: "a" | "b";
  /** Whether a module lies in another directory. */
  readonly moved: { readonly a: boolean; readonly d: boolean };
  readonly noise: Readonly<Record<Noisy, Noise>>;
}

/** A module of functions: `lines` in front, then functions, which may stand in any order. */
function moduleText(name: string, lines: readonly string[], functions: readonly string[], noise: Noise): string {
  const { comment, types, neighbour, isSpread, isReversed } = noise;
  const all = [
    ...lines,
    `interface Idle { readonly n: ${types} }`,
    ...(isReversed ? functions.toReversed() : functions),
    `export const idle_${name} = (x: number): Idle["n"] | number => x + ${neighbour};`,
  ];
  const text = `// ${comment}\n${all.join("\n")}\n`;
  return isSpread ? text.replaceAll('"', "'").replaceAll("; ", ";\n\n    ").replaceAll("{ ", "{\n") : text;
}

/** A function with a mark in a constant. */
function helper(name: string, inner = "text"): string {
  return `export function ${name}(text: string): string { const result = \`\${mark_${name}}\\n\${${inner}}\`; return result; }`;
}

/** The modules by path, without the manifest. @param trail Absolute path of the file in which functions note that they ran. */
export function modulesOf(state: CodeState, trail: string): ReadonlyMap<string, string> {
  const { marks } = state;
  return new Map([
    ...noisyModules(state),
    ["lib/data.json", `${JSON.stringify({ mark: marks.json })}\n`],
    ["lib/table.ts", "export const table: Record<string, string> = {};\n"],
    ["lib/effect.ts", `import { table } from "./table.ts";\ntable.mark = "${marks.effect}";\n`],
    ["lib/log.ts", `export const log = (text: string): void => console.log("${marks.log}", text.length);\n`],
    ["lib/io.ts", ioText(trail)],
  ]);
}

function noisyModules({ marks, chosen, moved, noise }: CodeState): (readonly [string, string])[] {
  const mark = (name: Mark): string => `const mark_${name} = "${marks[name]}";`;
  const a = moved.a ? "deep/a" : "a";
  const d = moved.d ? "deep/d" : "d";
  const b = [helper("b", "inner(text)"), "function inner(text: string): string { return a(text); }"];
  const c = [
    "class Base { mark(): string { return mark_base; } }",
    "export class C extends Base { wrap(text: string, first = this.mark()): string { return `${first}\\n${text}`; } }",
  ];
  const ops = [helper("x"), helper("y"), "export const ops: Record<string, (text: string) => string> = { x, y };"];
  const all = [
    `export * from "./${a}.ts";`,
    `export { b as again } from "./b.ts";`,
    `export { ${chosen} as chosen } from "./${chosen === "a" ? a : "b"}.ts";`,
  ];
  // Classes and computed constants have an order.
  const ordered = (name: Noisy): Noise => ({ ...noise[name], isReversed: false });
  return [
    [`lib/${a}.ts`, moduleText("a", [mark("a")], [helper("a"), "export function a2(): number { return 2; }"], noise.a)],
    ["lib/b.ts", moduleText("b", [`import { a } from "./${a}.ts";`, mark("b")], b, noise.b)],
    ["lib/c.ts", moduleText("c", [mark("base")], c, ordered("c"))],
    [`lib/${d}.ts`, moduleText("d", [mark("d")], [helper("d")], noise.d)],
    ["lib/ops.ts", moduleText("ops", [mark("x"), mark("y")], ops, ordered("ops"))],
    ["lib/own.ts", moduleText("own", [mark("own")], [helper("own")], noise.own)],
    ["lib/all.ts", moduleText("all", all, [], noise.all)],
  ];
}

/** Reads the inputs of a function as the commands of other tasks read theirs. */
function ioText(trail: string): string {
  return `import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
export const note = (name: string): void => appendFileSync(${JSON.stringify(trail)}, \`\${name}\\n\`);
export const textOf = (inputs: Readonly<Record<string, unknown>>): string => Object.values(inputs).map(one).join("");
export const peek = (path: string): string => (existsSync(path) ? read(path) : "none\\n");
export const linesOf = (text: string): string[] => text.split("\\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.slice(0, 20).replace(/\\/$/, ""));
const read = (path: string): string => readFileSync(path, "utf8");
function one(input: any): string {
  if (Array.isArray(input)) return JSON.stringify(input);
  if (input instanceof Map) return [...input.values()].map(one).join("");
  if (input.path === undefined) return Object.values(input).map(one).join("");
  if (!statSync(input.path).isDirectory()) return read(input.path);
  const entries = readdirSync(input.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort().map(read).join("");
}
`;
}

/** What manifests begin with. */
export function headOf({ marks, moved, noise }: CodeState): readonly string[] {
  const { comment, types, neighbour } = noise.manifest;
  return [
    `import { writeFileSync } from "node:fs";`,
    `import { each, file, files, object, out, sh, task, untracked } from "inc-run";`,
    `import { a } from "./lib/${moved.a ? "deep/" : ""}a.ts";`,
    `import * as all from "./lib/all.ts";`,
    `import { again, chosen } from "./lib/all.ts";`,
    `import { C } from "./lib/c.ts";`,
    `import data from "./lib/data.json" with { type: "json" };`,
    `import "./lib/effect.ts";`,
    `import { linesOf, note, peek, textOf } from "./lib/io.ts";`,
    `import { log } from "./lib/log.ts";`,
    `import { ops } from "./lib/ops.ts";`,
    `import { own } from "./lib/own.ts";`,
    `import { table } from "./lib/table.ts";`,
    `// ${comment}`,
    `type Idle = ${types};`,
    `const idle = (x: Idle): number => x + ${neighbour};`,
    `const inline = "${marks.inline}";`,
    "const quiet = untracked(log);",
    "function factory(helper: (text: string) => string) {",
    "  return (name: string, salt: string, inputs: any) =>",
    "    task({ inputs, outputs: { out: `build/${name}.out` }, run({ inputs, outputs }) { note(name); writeFileSync(outputs.out, helper(`${salt}\\n${textOf(inputs)}`)); } });",
    "}",
    "const captured = factory(own);",
  ];
}
