import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { HOLD, PYTHON, pipeline } from "./etl.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const ETL = `
import csv
import json

from lib.tidy import tidy

def clean(table, limit, out):
    with open(table) as rows, open(out, "w") as made:
        for row in list(csv.reader(rows))[:limit]:
            made.write(tidy(",".join(row)) + "\\n")

def count(tables):
    return {"rows": {key: sum(1 for _ in open(path)) for key, path in tables.items()}, "half": 0.5}

def total(rows, out):
    with open(out, "w") as made:
        made.write(str(sum(rows.values())))
`;

const MANIFEST = `
  const raw = files("data/*.csv");
  export const clean = each(raw, (csv) => task({
    inputs: { table: csv, limit: param("limit", 10) },
    outputs: { out: \`build/\${csv.stem}.csv\` },
    run: etl.fn("clean"),
  }));
  export const stats = task({ inputs: { tables: clean.outputs.out }, value: "json", run: etl.fn<{ rows: Record<string, number> }>("count") });
  export const total = task({ inputs: { rows: stats.pick((v) => v.rows) }, outputs: { out: "build/total.txt" }, run: etl.fn("total") });
`;

function write(): void {
  rig.write("lib/tidy.py", "def tidy(text):\n    return text.strip()\n");
  rig.write("data/eu.csv", "a,b\n1,2\n");
  rig.write("data/us.csv", "a,b\n3,4\n5,6\n");
  pipeline(rig, ETL, MANIFEST);
}

test("units, sets, values, parameters and picks; nothing litters the workspace", async () => {
  write();
  expect(await rig.results()).toEqual([
    "clean[eu.csv]: ran",
    "clean[us.csv]: ran",
    "stats.pick((v) => v.rows): ran",
    "stats: ran",
    "total: ran",
  ]);
  expect(rig.read("build/total.txt")).toBe("5");
  expect((await rig.run("get", "stats")).stdout).toBe('{"half":0.5,"rows":{"eu.csv":2,"us.csv":3}}');
  expect(await rig.results()).toEqual([]);
  expect(rig.exists("__pycache__")).toBe(false);
  expect(rig.exists("lib/__pycache__")).toBe(false);
  rig.write("data/us.csv", "a,b\n3,4\n5,7\n");
  // Of the same number of rows: an early cutoff.
  expect(await rig.results()).toEqual(["clean[us.csv]: ran", "stats: ran"]);
  expect(await rig.results("--param", "limit=1")).toEqual([
    "clean[eu.csv]: ran",
    "clean[us.csv]: ran",
    "stats.pick((v) => v.rows): ran",
    "stats: ran",
    "total: ran",
  ]);
  expect((await rig.run("diff", "stats@1", "stats@2")).stdout).toContain("/rows/us.csv");
  expect((await rig.run("lineage", "build/total.txt")).stdout).toContain("$ a Python function");
});

test("an edit of a module runs what reaches it, within the second and with the size of the one before", async () => {
  write();
  await rig.run("run");
  rig.write("lib/tidy.py", "def tidy(text):\n    return text.lower()\n");
  expect(await rig.results()).toContain("clean[eu.csv]: ran");
  rig.write("lib/tidy.py", "def tidy(text):\n    return text.upper()\n");
  expect(await rig.results()).toContain("clean[eu.csv]: ran");
  expect(rig.read("build/eu.csv")).toBe("A,B\n1,2\n");
  expect((await rig.run("why", "clean[eu.csv]")).stdout).toMatch(
    /lib\/tidy\.py[\s\S]*-.*text\.lower\(\)[\s\S]*\+.*text\.upper\(\)/,
  );
  rig.write("lib/tidy.py", "def tidy(text):\n    return text.lower()\n");
  expect(await rig.results()).toContain("clean[eu.csv]: restored");
});

test("an edit under watch reaches the next attempt, though a server is there", async () => {
  write();
  const watch = rig.start(["watch"]);
  await watch.printed("total");
  await watch.printed("ran 5");
  rig.write("lib/tidy.py", "def tidy(text):\n    return 'x' + text\n");
  await watch.printed("its code changed");
  await watch.printed("(saved");
  expect(rig.read("build/eu.csv")).toBe("xa,b\nx1,2\n");
  watch.child.kill("SIGINT");
  await watch.ended;
});

test("what is printed is in the log, in order and as it is printed; a function has the declared variables alone", async () => {
  pipeline(
    rig,
    `${HOLD}
import os
import sys

def show(out):
    print("one")
    print("two", file=sys.stderr)
    os.write(1, b"three\\n")
    os.system("echo four")
    open(out, "w").write(",".join(sorted(os.environ)))
    hold("shown")
`,
    `export const show = task({ outputs: { out: "vars" }, env: { REGION: "eu" }, run: etl.fn("show") });`,
  );
  const run = rig.start(["run", "--output-logs", "full"], { env: { SECRET: "s" } });
  const held = await rig.waitFor("shown");
  await run.printed("four");
  held.release();
  const { stdout } = await run.ended;
  expect(stdout).toMatch(/one\n +two\n +three\n +four\n/);
  const names = rig.read("vars").split(",");
  expect(names).toContain("REGION");
  expect(names).not.toContain("SECRET");
});

test("tasks run at the same time, each in a process of its own that sees nothing of the others", async () => {
  pipeline(
    rig,
    `${HOLD}
import json

COUNT = []

def one(name, out):
    COUNT.append(name)
    json.seen = getattr(json, "seen", 0) + 1
    hold(name)
    open(out, "w").write(f"{COUNT} {json.seen}")
`,
    `for (const name of []) name;
     const one = (name) => task({ inputs: { name: param(name, name) }, outputs: { out: name + ".txt" }, run: etl.fn("one") });
     export const a = one("a");
     export const b = one("b");`,
  );
  const run = rig.start(["run", "-j", "2"]);
  const held = [await rig.waitFor("a"), await rig.waitFor("b")];
  for (const one of held) one.release();
  expect((await run.ended).code).toBe(0);
  expect([rig.read("a.txt"), rig.read("b.txt")]).toEqual(["['a'] 1", "['b'] 1"]);
});

test("a package is imported once for all tasks, and what it prints is in each log", async () => {
  execFileSync(PYTHON, ["-m", "venv", "--without-pip", rig.path(".venv")]);
  const [version = ""] = readdirSync(rig.path(".venv/lib"));
  const heavy = `.venv/lib/${version}/site-packages/heavy.py`;
  rig.write(heavy, "import os\nprint('heavy is there')\nPID = os.getpid()\n");
  rig.write(
    "etl.py",
    "import heavy\nimport os\n\ndef one(n, out):\n    open(out, 'w').write(f'{heavy.PID} {heavy.PID == os.getpid()}')\n",
  );
  rig.manifest(`
    import { python } from "inc-run";
    const one = (n) => task({ inputs: { n: param("n" + n, n) }, outputs: { out: n + ".txt" }, version: "1", run: python("etl.py").fn("one") });
    export const a = one(1);
    export const b = one(2);
  `);
  // What has just been written is not imported ahead: it may have been read in an earlier state.
  utimesSync(rig.path(heavy), 1, 1);
  const { stdout, code } = await rig.run("run", "--output-logs", "full");
  expect([code, stdout.match(/heavy is there/g)]).toEqual([0, ["heavy is there", "heavy is there"]]);
  const made = [rig.read("1.txt"), rig.read("2.txt")];
  expect(new Set(made).size).toBe(1);
  expect(made[0]).toMatch(/^\d+ False$/);
  // What runs a thread is not forked.
  const thread = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n";
  rig.write(heavy, `${thread}${rig.read(heavy)}`);
  utimesSync(rig.path(heavy), 1, 1);
  expect((await rig.run("run", "--force")).code).toBe(0);
  expect(rig.read("1.txt")).toMatch(/^\d+ True$/);
  expect(rig.read("2.txt")).not.toBe(rig.read("1.txt"));
});

test("the interpreter of the workspace's environment is the usual one, and comes before that in PATH", async () => {
  pipeline(rig, "def who(out):\n    import sys\n    open(out, 'w').write(sys.executable)\n", "");
  const text = `import { python, task } from "inc-run";
    export const who = task({ outputs: { out: "who" }, run: python("etl.py").fn("who") });\n`;
  rig.write("pipeline.ts", text);
  rig.write("bin/python3", `#!/bin/sh\nexec ${PYTHON} "$@"\n`, 0o755);
  const env = { PATH: `${rig.path("bin")}:${process.env["PATH"]}` };
  expect((await rig.start(["run"], { env }).ended).code).toBe(0);
  expect(rig.read("who")).toBe(PYTHON);
  rig.write(".venv/bin/python", `#!/bin/sh\nexec ${PYTHON} "$@"\n`, 0o755);
  const { stdout } = await rig.start(["run"], { env }).ended;
  expect(stdout).toContain("ran 1");
  expect((await rig.run("lineage", "who")).stdout).toContain("tool:.venv/bin/python@1");
});

test("retries, a time-out, resources and a directory to run in", async () => {
  rig.write("sub/in.txt", "x");
  pipeline(
    rig,
    `import os
import sys
import tempfile

def flaky(source, out):
    with open(tempfile.gettempdir() + "/" + open(source).read().strip(), "a") as count:
        count.write("x")
        count.flush()
        if count.tell() < 3:
            raise RuntimeError("not yet")
    os.remove(count.name)
    open(out, "w").write(os.getcwd())
`,
    `export const flaky = task({ inputs: { source: file("sub/name.txt") }, outputs: { out: "sub/out.txt" }, cwd: "sub", retries: 3, timeout: "1m", resources: { cpu: 1 }, run: etl.fn("flaky") });`,
  );
  rig.write("sub/name.txt", `inc-flaky-${process.pid}`);
  expect(await rig.results()).toEqual(["flaky: ran"]);
  expect(rig.read("sub/out.txt")).toBe(rig.path("sub"));
});

test("types and the store: a job holds no secret, and nothing is left in the store's temporary directory", async () => {
  pipeline(
    rig,
    "def use(token, out):\n    print(token)\n    open(out, 'w').write(str(len(token)))\n",
    `export const use = task({ inputs: { token: env("TOKEN", { secret: true, tracked: false }) }, outputs: { out: "o" }, run: etl.fn("use") });`,
  );
  const ended = await rig.start(["run", "--output-logs", "full"], { env: { TOKEN: "very-secret-text" } }).ended;
  expect(ended.stdout + ended.stderr).not.toContain("very-secret-text");
  expect(rig.read("o")).toBe("16");
  expect(rig.storeText()).not.toContain("very-secret-text");
  expect(readFileSync(rig.path("etl.py"), "utf8")).toContain("token");
});

test("a module that puts something else in the place of functions of json changes nothing of what inc does", async () => {
  pipeline(
    rig,
    `import json\n\njson.dumps = json.loads = json.load = lambda *_, **__: "2"\n\ndef one():\n    return {"a": json.dumps(1)}\n\ndef two(given):\n    return given["a"]\n`,
    `export const one = task({ value: "json", run: etl.fn("one") });
     export const two = task({ inputs: { given: one }, value: "json", run: etl.fn("two") });`,
  );
  expect(await rig.results()).toEqual(["one: ran", "two: ran"]);
  expect(rig.read(".inc/values/two.json")).toBe('"2"');
});
