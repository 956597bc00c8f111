import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** What runs in the next run, without the tasks that are fresh. */
async function rerun(): Promise<readonly string[]> {
  return rig.results();
}

/** The same with variables of the environment. */
async function ran(env: Record<string, string>): Promise<readonly string[]> {
  const { stdout } = await rig.start(["run", "--json"], { env }).ended;
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);
  const ended = events.filter(({ kind, result }) => kind === "task-ended" && result !== "fresh");
  return ended.map(({ task, result }) => `${task}: ${result}`).sort();
}

const WRITE = 'import { writeFileSync } from "node:fs";\n';

describe("values that a function captured", () => {
  test("a loop's value, and two tasks of one text with other values", async () => {
    const manifest = (second: string): string => `${WRITE}
      export const tasks = Object.fromEntries(["a", "${second}"].map((name, i) => [\`t\${i}\`, task({
        outputs: { o: \`build/\${i}.txt\` },
        run: ({ outputs }) => writeFileSync(outputs.o, name),
      })]));`;
    rig.manifest(manifest("b"));
    expect(await rerun()).toEqual(["tasks.t0: ran", "tasks.t1: ran"]);
    expect([rig.read("build/0.txt"), rig.read("build/1.txt")]).toEqual(["a", "b"]);
    rig.manifest(manifest("c"));
    expect(await rerun()).toEqual(["tasks.t1: ran"]);
    expect(rig.read("build/1.txt")).toBe("c");
  });

  test("a function that is captured, by its code", async () => {
    const manifest = (made: string): string => `${WRITE}
      import { a, b } from "./lib.ts";
      const make = (f: () => string) => task({ outputs: { o: "build/o.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, f()) });
      export const t = make(${made});`;
    rig.write("lib.ts", "export const a = () => 'a';\nexport const b = () => 'b';\n");
    rig.manifest(manifest("a"));
    expect(await rerun()).toEqual(["t: ran"]);
    rig.manifest(manifest("b"));
    expect(await rerun()).toEqual(["t: ran"]);
    rig.write("lib.ts", "export const a = () => 'x';\nexport const b = () => 'b';\n");
    expect(await rerun()).toEqual([]);
    rig.write("lib.ts", "export const a = () => 'x';\nexport const b = () => 'y';\n");
    expect(await rerun()).toEqual(["t: ran"]);
    expect(rig.read("build/o.txt")).toBe("y");
  });

  test("an argument of a wrapper, and objects by their content", async () => {
    const manifest = (options: string): string => `${WRITE}
      import { wrap } from "./lib.ts";
      export const t = task({ outputs: { o: "build/o.txt" }, run: wrap(${options}, ({ outputs }) => writeFileSync(outputs.o, "x")) });`;
    rig.write("lib.ts", "export const wrap = (o: unknown, f: (c: any) => void) => (c: any) => { if (o) f(c); };\n");
    rig.manifest(manifest("{ a: [1, new Map([['k', new Date(0)]])] }"));
    expect(await rerun()).toEqual(["t: ran"]);
    rig.manifest(manifest("{ a: [1, new Map([[`k`, new Date(0)]])] }"));
    expect(await rerun()).toEqual([]);
    rig.manifest(manifest("{ a: [1, new Map([['k', new Date(1)]])] }"));
    expect(await rerun()).toEqual(["t: ran"]);
  });

  test("one that cannot be tracked is named, with the place of the task", async () => {
    rig.manifest(`
      const make = (p: Promise<number>) => task({ outputs: { o: "build/o.txt" }, run: async () => { await p; } });
      export const t = make(Promise.resolve(1));`);
    const outcome = await rig.run("run");
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('the function of a task captures "p", a promise, which cannot be tracked');
    expect(outcome.stderr).toContain("pipeline.ts:");
  });
});

describe("values that code has from outside", () => {
  test("a variable that a helper reads, and one that is passed with the whole environment", async () => {
    rig.write("lib.ts", "export const level = () => process.env.LEVEL ?? 'none';\n");
    rig.manifest(`${WRITE}
      import { level } from "./lib.ts";
      export const t = task({ outputs: { o: "build/o.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, level()) });
      const levelIn = (env: NodeJS.ProcessEnv) => env.LEVEL;
      const passed = levelIn(process.env);
      export const p = task({ outputs: { o: "build/p.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, String(passed)) });
      export const u = task({ outputs: { o: "build/u.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, "u") });`);
    const run = async (LEVEL: string): Promise<readonly string[]> => ran({ LEVEL });
    expect(await run("1")).toEqual(["p: ran", "t: ran", "u: ran"]);
    expect(rig.read("build/o.txt")).toBe("1");
    expect(await run("1")).toEqual([]);
    expect(await run("2")).toEqual(["p: ran", "t: ran"]);
    expect(rig.read("build/o.txt")).toBe("2");
    expect(rig.read("build/p.txt")).toBe("2");
  });

  test("a parameter and a file that the manifest reads into a constant", async () => {
    rig.write("cfg.json", '{ "a": 1 }');
    rig.write("inc.ts", 'export { param } from "inc-run";');
    rig.manifest(`${WRITE}
      import { param as ask } from "./inc.ts";
      const n = ask("n", 1).value;
      const cfg = read.json("cfg.json");
      export const t = task({ outputs: { o: "build/o.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, String(n)) });
      export const u = task({ outputs: { o: "build/u.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, JSON.stringify(cfg)) });
      export const v = task({ outputs: { o: "build/v.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, "v") });`);
    expect(await rerun()).toEqual(["t: ran", "u: ran", "v: ran"]);
    expect(await rig.results("--param", "n=2")).toContain("t: ran");
    expect(rig.read("build/o.txt")).toBe("2");
    rig.write("cfg.json", '{ "a": 2 }');
    const ran = await rig.results("--param", "n=2");
    expect(ran).toContain("u: ran");
    expect(ran).not.toContain("v: ran");
    expect(rig.read("build/u.txt")).toBe('{"a":2}');
  });
});

test("the same code in two places has the modules of each", async () => {
  for (const at of ["a", "b"]) {
    rig.write(`${at}/lib.ts`, "export const text = () => 'same';\n");
    rig.write(
      `${at}/tasks.ts`,
      `import { writeFileSync } from "node:fs";
      export const run = async ({ outputs }: { outputs: { o: string } }) => writeFileSync(outputs.o, (await import("./lib.ts")).text());`,
    );
  }
  rig.manifest(`
    import { run as a } from "./a/tasks.ts";
    import { run as b } from "./b/tasks.ts";
    export const first = task({ outputs: { o: "build/a.txt" }, run: a });
    export const second = task({ outputs: { o: "build/b.txt" }, run: b });`);
  expect(await rerun()).toEqual(["first: ran", "second: ran"]);
});

describe("the cached graph", () => {
  test("a module that is imported when the function runs, and a new one that it could import", async () => {
    rig.write("handlers/a.ts", "export const f = () => 'a';\n");
    rig.manifest(`${WRITE}
      const kind = "a";
      export const t = task({ outputs: { o: "build/o.txt" }, async run({ outputs }) {
        const { f } = await import(\`./handlers/\${kind}.ts\`);
        writeFileSync(outputs.o, f());
      } });`);
    expect(await rerun()).toEqual(["t: ran"]);
    expect(await rerun()).toEqual([]);
    rig.write("handlers/a.ts", "export const f = () => 'b';\n");
    expect(await rerun()).toEqual(["t: ran"]);
    expect(rig.read("build/o.txt")).toBe("b");
    rig.write("handlers/c.ts", "export const f = () => 'c';\n");
    expect(await rerun()).toEqual(["t: ran"]);
  });

  test("an edit of another task runs that one alone", async () => {
    const manifest = (text: string): string => `${WRITE}
      const helper = (x: string) => x + "!";
      export const t = task({ outputs: { o: "build/o.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, helper("t")) });
      export const u = task({ outputs: { o: "build/u.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, helper("${text}")) });`;
    rig.manifest(manifest("u"));
    expect(await rerun()).toEqual(["t: ran", "u: ran"]);
    rig.manifest(manifest("v"));
    expect(await rerun()).toEqual(["u: ran"]);
  });
});

describe("ways out", () => {
  const manifest = (text: string, version: string): string => `${WRITE}
    export const t = task({
      outputs: { o: "build/o.txt" },
      version: "${version}",
      async run({ outputs }) {
        const path = ["./lib", "ts"].join(".");
        const { f } = await import(path);
        writeFileSync(outputs.o, f("${text}"));
      },
    });`;

  test("a version stands for the code, whatever that does", async () => {
    rig.write("lib.ts", "export const f = (x: string) => x;\n");
    rig.manifest(manifest("a", "1"));
    expect(await rerun()).toEqual(["t: ran"]);
    rig.manifest(manifest("b", "1"));
    expect(await rerun()).toEqual([]);
    rig.manifest(manifest("b", "2"));
    expect(await rerun()).toEqual(["t: ran"]);
    expect(rig.read("build/o.txt")).toBe("b");
    expect((await rig.run("why", "t")).stdout).toContain('version of the code  "1" → "2"');
  });

  test("without one, a computed import is an error with its place", async () => {
    rig.manifest(manifest("a", "1").replace('version: "1",', ""));
    const { code, stderr } = await rig.run("run");
    expect(code).toBe(2);
    expect(stderr).toContain("INC2041");
    expect(stderr).toMatch(/pipeline\.ts:\d+:\d+/);
    expect(stderr).not.toContain("every function task");
  });

  test("a computed import that loading the manifest makes concerns every function", async () => {
    rig.write("lib.ts", `export const plugin = await import(["./no", "ts"].join(".")).catch(() => undefined);\n`);
    rig.manifest(`import { plugin } from "./lib.ts"; ${WRITE}
      export const t = task({ outputs: { o: "build/o.txt" }, run({ outputs }) { writeFileSync(outputs.o, ""); } });`);
    const { stderr } = await rig.run("run");
    expect(stderr).toMatch(
      /INC2041[\s\S]*lib\.ts:1:\d+[\s\S]*note: it runs when the manifest is loaded, so it concerns every function task\n[\s\S]*help: move it into/,
    );
  });

  test("what is captured through untracked does not count", async () => {
    const logging = (word: string): string => `${WRITE}
      const make = (log: (x: string) => void) => task({
        outputs: { o: "build/o.txt" },
        run({ outputs }) { log("x"); writeFileSync(outputs.o, "x"); },
      });
      export const t = make(untracked((x) => console.log("${word}", x)));`;
    rig.manifest(logging("a"));
    expect(await rerun()).toEqual(["t: ran"]);
    rig.manifest(logging("b"));
    expect(await rerun()).toEqual([]);
  });
});

test("why names the part that changed, and the way to it", async () => {
  const csv = (text: string): string =>
    `import { split } from "./text.ts";\n\nexport function parse(text: string) {\n  return split(text, "${text}");\n}\n`;
  rig.write("lib/text.ts", "export const split = (text: string, by: string) => text.split(by);\n");
  rig.write("lib/csv.ts", csv(","));
  rig.write(
    "lib/tidy.ts",
    'import { parse } from "./csv.ts";\nexport const tidy = (text: string) => parse(text.trim());\n',
  );
  rig.manifest(`${WRITE}
    import { tidy } from "./lib/tidy.ts";
    export const clean = task({ outputs: { o: "build/o.txt" }, run: ({ outputs }) => writeFileSync(outputs.o, tidy("a,b").join()) });`);
  await rig.run("run");
  rig.write("lib/csv.ts", csv(";"));
  const why = 'code  "parse" in lib/csv.ts:3-5 changed, reached by run → tidy → parse';
  const lines = `${why}\n      -   return split(text, ",");\n      +   return split(text, ";");\n`;
  expect((await rig.run("why", "clean")).stdout).toContain(lines);
  expect(await rerun()).toEqual(["clean: ran"]);
  expect((await rig.run("why", "clean")).stdout).toContain(lines);
  rig.write("lib/text.ts", "export const split = (text: string, by: string) => text.split(by, 1);\n");
  expect(await rerun()).toEqual(["clean: ran"]);
  expect((await rig.run("why", "clean")).stdout).toContain("reached by run → tidy → parse → split");
});
