import fc from "fast-check";

/** A module as lines: each of them is a declaration or a statement. */
export interface RandomModule {
  readonly imports: readonly string[];
  readonly lines: readonly string[];
}

/** Modules by name; `main` has the function `run`. */
export type Program = ReadonlyMap<string, RandomModule>;

/** How many modules there are beside `main`. */
const MODULES = 4;

/** What each module declares, so that all can import all of it; the number is that of the module. */
const declarations = (i: number, at: (n: number) => string): readonly string[] => [
  `export const k${i} = ${at(0)};`,
  `export const o${i} = { a: ${at(1)}, f: () => ${at(2)}, get g() { return t${i}.length + this.a; } };`,
  `export const t${i} = [${at(3)}];`,
  `export let n${i} = ${at(4)};`,
  `export function set${i}(x) { n${i} = x; return ${at(5)}; }`,
  `export function add${i}(x) { t${i}.push(x); return x + ${at(6)}; }`,
  `export function give${i}() { return o${i}; }`,
  `export class C${i} { static all = [${at(7)}]; static put(x) { C${i}.all.push(x); } v = ${at(8)}; m() { return this.v + k${i}; } }`,
  `export default function (x = ${at(9)}) { return x + n${i}; }`,
];

/** A value that uses something of a module; \`n\` is a number in the source, which an edit changes. */
function useOf(i: number, kind: number, n: number): string {
  const uses = [
    `${n}`,
    `k${i} + ${n}`,
    `o${i}.a`,
    `o${i}.f()`,
    `o${i}.g`,
    `t${i}.length`,
    `n${i}`,
    `C${i}.all.length`,
    `new C${i}().m()`,
    `d${i}(${n})`,
    `ns${i}.k${i}`,
    `give${i}().a`,
  ];
  return uses[kind % uses.length] as string;
}

/** A statement that may change something of a module. */
function effectOn(i: number, kind: number, value: string): string {
  const effects = [
    `o${i}.a = ${value};`,
    `t${i}.push(${value});`,
    `add${i}(${value});`,
    `set${i}(${value});`,
    `C${i}.put(${value});`,
    `give${i}().a += ${value};`,
    `if (${value}) Object.assign(o${i}, { a: ${value} });`,
    `for (const x of [${value}]) ns${i}.t${i}.push(x);`,
    `{ const alias = t${i}; alias[0] = ${value}; }`,
    `globalThis.shared = (globalThis.shared ?? 0) * 3 + ${value};`,
    `const q = [${value}].map((x) => add${i}(x));`,
    `C${i}.prototype.m = () => ${value};`,
    `export const unused = ${value};`,
    `[o${i}.a] = [${value}];`,
    `o${i}.f = () => ${value};`,
    `o${i}.h = () => { t${i}.push(${value}); };`,
    `o${i}.h?.(${value});`,
    `C${i}.limit ??= ${value}; t${i}.length && o${i}.g;`,
  ];
  return effects[kind % effects.length] as string;
}

const number = fc.integer({ min: 0, max: 9 });
const choice = fc.integer({ min: 0, max: 99 });

/** A use of a module with a greater number: functions do not call each other in circles. */
const use = (from: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: from + 1, max: MODULES }), choice, number)
    .map(([i, kind, n]) => (i > MODULES - 1 ? String(n) : useOf(i, kind, n)));

const importsOf = (i: number): string => {
  const names = ["k", "o", "t", "n", "set", "add", "give", "C"].map((name) => `${name}${i}`).join(", ");
  return `import d${i}, { ${names} } from "./m${i}.js"; import * as ns${i} from "./m${i}.js";`;
};

const module = (i: number): fc.Arbitrary<RandomModule> =>
  fc
    .tuple(
      fc.array(use(i), { minLength: 10, maxLength: 10 }),
      fc.array(fc.tuple(fc.integer({ min: i, max: MODULES - 1 }), choice, use(i)), { maxLength: 3 }),
      fc.shuffledSubarray(Array.from({ length: MODULES - 1 - i }, (_, j) => i + 1 + j)),
    )
    .map(([values, effects, order]) => {
      const rest = Array.from({ length: MODULES - 1 - i }, (_, j) => i + 1 + j).filter((j) => !order.includes(j));
      const statements = effects.map(([on, kind, value], j) => distinct(effectOn(on, kind, value), i, j));
      return {
        imports: [...order, ...rest].map(importsOf),
        lines: [...declarations(i, (n) => values[n] as string), ...statements],
      };
    });

/** Declarations of one module have names of their own. */
function distinct(statement: string, i: number, j: number): string {
  const own = i === -1 ? "main" : String(i);
  const plain = statement
    .replace("const q ", `const q${own}_${j} `)
    .replace("const unused ", `const unused${own}_${j} `);
  return i === -1 ? plain.replace("export ", "") : plain;
}

const main: fc.Arbitrary<RandomModule> = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 0, max: MODULES - 1 }), choice, number), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: MODULES - 1 }), choice, number), { maxLength: 2 }),
  )
  .map(([uses, effects]) => ({
    imports: Array.from({ length: MODULES }, (_, i) => importsOf(i)),
    lines: [
      ...effects.map(([i, kind, n], j) => distinct(effectOn(i, kind, String(n)), -1, j)),
      `export function run() { return [${uses.map(([i, kind, n]) => useOf(i, kind, n)).join(", ")}${
        uses.length % 2 === 0 ? ", globalThis.shared" : ""
      }]; }`,
    ],
  }));

export const program: fc.Arbitrary<Program> = fc
  .tuple(main, ...Array.from({ length: MODULES }, (_, i) => module(i)))
  .map(([first, ...rest]) => new Map([["main", first], ...rest.map((one, i) => [`m${i}`, one] as const)]));

/** An edit: which module, which line, what. */
export const change: fc.Arbitrary<readonly [number, number, number]> = fc.tuple(choice, choice, choice);

/** Another number, a line gone or doubled, two lines or two imports swapped. */
export function changed(of: Program, [where, line, what]: readonly [number, number, number]): Program {
  const names = [...of.keys()];
  const name = names[where % names.length] as string;
  const { imports, lines } = of.get(name) as RandomModule;
  const at = line % lines.length;
  const text = lines[at] as string;
  const next: RandomModule =
    what % 5 === 0 && imports.length > 1
      ? { imports: [...imports.slice(1), imports[0] as string], lines }
      : what % 5 === 1 && !/^export (?!const unused)/.test(text)
        ? { imports, lines: lines.toSpliced(at, 1) }
        : what % 5 === 2
          ? { imports, lines: lines.toSpliced(at, 1).toSpliced((line >> 3) % lines.length, 0, text) }
          : { imports, lines: lines.with(at, otherNumber(text, line + what)) };
  return new Map([...of, [name, next]]);
}

function otherNumber(text: string, which: number): string {
  const numbers = [...text.matchAll(/(?<![\w$.])\d(?![\w$])/g)];
  const found = numbers[which % Math.max(1, numbers.length)];
  if (found === undefined) return text;
  return `${text.slice(0, found.index)}${(Number(found[0]) + 1) % 10}${text.slice(found.index + 1)}`;
}

/** The files of a program. */
export function filesOf(of: Program): Readonly<Record<string, string>> {
  const files = [...of].map(
    ([name, { imports, lines }]) => [`${name}.js`, `${[...imports, ...lines].join("\n")}\n`] as const,
  );
  return { "package.json": '{ "type": "module" }', ...Object.fromEntries(files) };
}
