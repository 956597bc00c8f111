import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { pipeline } from "./etl.ts";

let rig: Rig;
let calls: string;

beforeEach(async () => {
  rig = await Rig.create();
  calls = join(tmpdir(), `inc-python-calls-${process.pid}`);
  writeFileSync(calls, "");
});

afterEach(async () => {
  rmSync(calls, { force: true });
  await rig.close();
});

/** A unit for each file of docs/, in batches; each call notes its units outside of the workspace. */
function manifest(body: string, { batch = 100, options = "outputs: { o: `build/${doc.name}` }," } = {}): void {
  const lines = body.split("\n").map((line) => `    ${line}`);
  pipeline(
    rig,
    `import os

def read(unit):
    return open(unit["doc"]).read()

def write(unit, text):
    with open(unit["o"], "w") as made:
        made.write(text)

def make(units):
    with open(${JSON.stringify(calls)}, "a") as calls:
        calls.write("".join(sorted(units)) + "\\n")
${lines.join("\n")}
`,
    `export const made = each(files("docs/*"), { batch: ${batch} }, (doc) => task({ inputs: { doc }, ${options} runAll: etl.fn("make") }));`,
  );
}

/** What each call made, in the order of the calls. */
function called(): string[] {
  const lines = readFileSync(calls, "utf8").split("\n").slice(0, -1);
  writeFileSync(calls, "");
  return lines;
}

function docs(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) rig.write(`docs/${name}`, text);
}

const UPPER = "for unit in units.values():\n    write(unit, read(unit).upper())";

test("stale units share a call of a plain function, up to the size of the batch, and each is stored by itself", async () => {
  manifest(UPPER, { batch: 3 });
  docs({ a: "a", b: "b", c: "c", d: "d" });
  expect(await rig.results()).toEqual(["a", "b", "c", "d"].map((key) => `made[${key}]: ran`));
  expect(called().toSorted()).toEqual(["abc", "d"]);
  expect(["a", "b", "c", "d"].map((name) => rig.read(`build/${name}`))).toEqual(["A", "B", "C", "D"]);
  expect(await rig.results()).toEqual([]);
  docs({ b: "x", d: "y" });
  expect(await rig.results()).toEqual(["made[b]: ran", "made[d]: ran"]);
  expect(called()).toEqual(["bd"]);
  docs({ b: "b", d: "d" });
  expect(await rig.results()).toEqual(["made[b]: restored", "made[d]: restored"]);
  expect((await rig.run("lineage", "build/b")).stdout).not.toContain("docs/d");
  manifest(UPPER.replace("upper", "lower"), { batch: 2 });
  expect((await rig.results()).length).toBe(4);
  expect(called().map(({ length }) => length)).toEqual([2, 2]);
});

test("what is yielded is done, also if the function raises later, and the unit to blame fails by itself", async () => {
  manifest(
    `for key, unit in units.items():
    text = read(unit)
    if text == "bad":
        raise ValueError("no good")
    if text == "empty":
        yield key, LookupError("it is empty")
        continue
    write(unit, text)
    yield key`,
    { batch: 9 },
  );
  docs({ a: "a", b: "bad", c: "empty", d: "d" });
  const { stdout, code } = await rig.run("run", "--keep-going");
  expect(code).toBe(1);
  expect(stdout).toContain('INC4330: the function of task "made[b]" raised ValueError: no good');
  expect(stdout).toContain('INC4330: the function of task "made[c]" raised LookupError: it is empty');
  expect(stdout).toContain("ran 2");
  expect([rig.read("build/a"), rig.read("build/d")]).toEqual(["a", "d"]);
  docs({ b: "b", c: "c" });
  called();
  expect(await rig.results()).toEqual(["made[b]: ran", "made[c]: ran"]);
  expect(called()).toEqual(["bc"]);
});

test("a process that is brought down, and a write elsewhere, fail the unit to blame alone", async () => {
  manifest(
    `for key, unit in units.items():
    text = read(unit)
    if text == "crash":
        os._exit(3)
    if text == "elsewhere":
        open("elsewhere", "w")
    write(unit, text)`,
  );
  docs({ a: "a", b: "crash", c: "c", d: "elsewhere" });
  const { stdout } = await rig.run("run", "--keep-going");
  expect(stdout).toContain('INC4332: the function of task "made[b]" ended its process: exit code 3');
  expect(stdout).toContain('INC4334: the function of task "made[d]" writes "elsewhere"');
  expect(stdout).toContain("ran 2");
});

const VALUES = 'value: "json",';

test("values are returned by key, or given one by one", async () => {
  manifest("return {key: {'length': len(read(unit))} for key, unit in units.items()}", { options: VALUES });
  docs({ a: "a", b: "bb" });
  expect(await rig.results()).toEqual(["made[a]: ran", "made[b]: ran"]);
  expect((await rig.run("get", "made[b]")).stdout).toBe('{"length":2}');
  manifest("for key, unit in units.items():\n    yield key, len(read(unit))", { options: VALUES });
  expect(await rig.results()).toEqual(["made[a]: ran", "made[b]: ran"]);
  expect((await rig.run("get", "made[b]")).stdout).toBe("2");
  expect(called()).toEqual(["ab", "ab"]);
});

test.each([
  ["a value is missing", "return {'a': 1}", 'INC4338: the function of task "made[b]" gave no value for "b"', 1],
  ["a value is none", "return {'a': 1, 'b': {1}}", 'INC4311: the function of task "made[b]" returned a set', 1],
  [
    "there are no values",
    "return 1",
    'INC4338: the function of task "made[a]" returned 1, not the values of its units',
    0,
  ],
  [
    "a key is none",
    "yield 'x', 1",
    "INC4330: the function of task \"made[a]\" raised LookupError: 'x' is the key of no unit",
    0,
  ],
])("when %s, the message says so", async (_what, body, message, ran) => {
  manifest(body, { options: VALUES });
  docs({ a: "a", b: "b" });
  const { stdout } = await rig.run("run", "--keep-going");
  expect(stdout).toContain(message);
  expect(stdout).toContain(`ran ${ran}`);
});

test("what it takes is known without running it", async () => {
  docs({ a: "a" });
  pipeline(
    rig,
    "def make(units, model): pass\ndef other(docs): pass\nasync def later(units): pass\n",
    `export const made = each(files("docs/*"), { batch: 9 }, (doc) => task({ inputs: { doc }, outputs: { o: "o" + doc.name }, runAll: etl.fn(param("name", "make").value) }));`,
  );
  const said = async (name: string): Promise<string> => (await rig.run("run", "--param", `name=${name}`)).stderr;
  expect(await said("make")).toContain('needs "model", which the task does not give');
  expect(await said("other")).toContain('has no parameter "units"');
  expect(await said("later")).toContain("INC2048");
});

test("progress is shown in the live view, and emitted as events", async () => {
  pipeline(
    rig,
    "def t(out, progress=None):\n    progress(3, 10)\n    progress(10, 10)\n    open(out, 'w').close()\ndef u(out, progress=False):\n    open(out, 'w').write(str(progress))\n",
    `export const t = task({ outputs: { out: "o" }, run: etl.fn("t") });
    export const u = task({ outputs: { out: "p" }, run: etl.fn("u") });`,
  );
  const { stdout, code } = await rig.run("run", "--json");
  expect(code).toBe(0);
  const events = stdout.split("\n").filter((line) => line.includes("task-progress"));
  expect(events.map((line) => JSON.parse(line)).at(-1)).toMatchObject({ task: "t", done: 10, total: 10 });
  // With a default of another kind it means something else.
  expect(rig.read("p")).toBe("False");
});
