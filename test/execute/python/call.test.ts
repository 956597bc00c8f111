import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { PYTHON, pipeline } from "./etl.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const MODULE = `
def clean(table, out, limit=10):
    raise RuntimeError("this must not run")

def placed(table, /, out):
    pass

def free(table, **others):
    pass

async def later(out):
    pass

def rows(out):
    yield 1
`;

test.each([
  [
    "a parameter that is missing",
    'inputs: { table }, run: etl.fn("clean")',
    "INC2049",
    'needs "out", which the task does not give',
  ],
  [
    "a name that it does not have",
    'inputs: { tabel: table }, outputs: { out: "o" }, run: etl.fn("clean")',
    "INC2049",
    'has no parameter "tabel"\n  --> pipeline.ts:LINE\n  note: it is defined here (etl.py:LINE)\n  help: did you mean "table"?',
  ],
  [
    "a name that is near none",
    'inputs: { table, verbose: param("v", true) }, outputs: { out: "o" }, run: etl.fn("clean")',
    "INC2049",
    "its parameters are table, out, limit",
  ],
  [
    "one name twice",
    'inputs: { table, out: param("o", 1) }, outputs: { out: "o" }, run: etl.fn("clean")',
    "INC2049",
    '"out" is an input and an output',
  ],
  [
    "a parameter by place alone",
    'inputs: { table }, outputs: { out: "o" }, run: etl.fn("placed")',
    "INC2049",
    'takes "table" by its place alone',
  ],
  [
    "a function that is not there",
    'inputs: { table }, outputs: { out: "o" }, run: etl.fn("claen")',
    "INC2046",
    'no function "claen"',
  ],
  ["an async function", 'outputs: { out: "o" }, run: etl.fn("later")', "INC2048", "is async"],
  ["a generator", 'outputs: { out: "o" }, run: etl.fn("rows")', "INC2048", "is a generator"],
  ["a name that is none", 'outputs: { out: "o" }, run: etl.fn("a.b")', "INC2048", 'fn() is given "a.b"'],
  [
    "a module that is not there",
    'outputs: { out: "o" }, run: python("none.py").fn("f")',
    "INC2046",
    "there is no such Python module",
  ],
  [
    "a path that is no module's",
    'outputs: { out: "o" }, run: python("etl").fn("f")',
    "INC2048",
    'python() is given "etl"',
  ],
  [
    "an interpreter that is no tool",
    'outputs: { out: "o" }, run: python("etl.py", { interpreter: "python3" }).fn("f")',
    "INC2048",
    "is no tool",
  ],
  [
    "an interpreter that is not there",
    'outputs: { out: "o" }, run: python("etl.py", { interpreter: tool("none/python") }).fn("rows")',
    "INC2047",
    "none/python",
  ],
])("%s is an error of the manifest's line, and nothing runs", async (_what, options, code, message) => {
  pipeline(rig, MODULE, `const table = file("etl.py");\nexport const t = task({ ${options} });`);
  const { code: exit, stderr } = await rig.run("run");
  expect(exit).toBe(2);
  expect(stderr).toContain(`error ${code}`);
  expect(
    stderr.replace(/(--> pipeline\.ts):\d+:\d+\n(?:.*\n){2}/, "$1:LINE\n").replace(/etl\.py:\d+:1/, "etl.py:LINE"),
  ).toContain(message);
  expect(stderr).toMatch(/--> pipeline\.ts:6/);
});

test("a function that takes any name, and one with a default", async () => {
  pipeline(
    rig,
    "def free(table, **others):\n    open(others['out'], 'w').write(others['more-of-it'])\n\ndef given(out, n=3):\n    open(out, 'w').write(str(n))\n",
    `export const free = task({ inputs: { table: file("etl.py"), "more-of-it": param("m", "text") }, outputs: { out: "o" }, run: etl.fn("free") });
     export const given = task({ outputs: { out: "p" }, run: etl.fn("given") });`,
  );
  expect(await rig.results()).toEqual(["free: ran", "given: ran"]);
  expect([rig.read("o"), rig.read("p")]).toEqual(["text", "3"]);
});

test("a version stands for the code, and for what cannot be tracked of it", async () => {
  const text = (code: string): string =>
    `import os\n\ndef f(out):\n    open(out, "w").write(${code} + os.environ.get("A" + "B", ""))\n`;
  pipeline(rig, text('"1"'), `export const f = task({ outputs: { out: "o" }, version: "1", run: etl.fn("f") });`);
  expect(await rig.results()).toEqual(["f: ran"]);
  rig.write("etl.py", text('"2"'));
  expect(await rig.results()).toEqual([]);
});

test("a module in a package is imported by its name there, and sees the package's other modules", async () => {
  rig.write("src/app/__init__.py", "");
  rig.write(
    "src/app/etl.py",
    "from .words import WORD\nimport app.words\n\ndef f(out):\n    open(out, 'w').write(WORD + __name__)\n",
  );
  rig.write("src/app/words.py", "WORD = 'word '\n");
  rig.manifest(`
    import { python } from "inc-run";
    const etl = python("src/app/etl.py", { interpreter: tool(${JSON.stringify(PYTHON)}) });
    export const f = task({ outputs: { out: "o" }, run: etl.fn("f") });`);
  expect(await rig.results()).toEqual(["f: ran"]);
  expect(rig.read("o")).toBe("word app.etl");
  rig.write("src/app/words.py", "WORD = 'other '\n");
  expect(await rig.results()).toEqual(["f: ran"]);
});
