import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { compareBytes } from "../../../src/model/order.ts";
import type { Rig } from "../../support/rig.ts";
import { type Ran, runBy } from "../executed.ts";
import { rayEnvironment } from "./cluster.ts";
import { describeOnRay } from "./suite.ts";

describeOnRay("Python functions on a Ray cluster", {}, (ray) => {
  const { links, rigs } = ray;

  /** With an interpreter of the workspace, which no other machine has: the one that Ray runs with, by another path. */
  async function rigOf(module: string, manifest: string, files: Readonly<Record<string, string>> = {}): Promise<Rig> {
    const rig = await rigs.of("", { "etl.py": module, ...files });
    execFileSync(`${rayEnvironment()}/bin/python`, [
      "-m",
      "venv",
      "--without-pip",
      "--system-site-packages",
      rig.path(".venv"),
    ]);
    rig.manifest(`import { python } from "inc-run";\nconst etl = python("etl.py");\n${manifest}`);
    return rig;
  }

  test("values, sets, units and modules travel; the result is fresh on this machine as well, and never that of stale code", async () => {
    const rig = await rigOf(
      `import os
import socket

from lib.words import upper

def clean(table, limit, out, progress=None):
    print("on", socket.gethostname())
    progress(2, 2)
    with open(table) as rows, open(out, "w") as made:
        made.write(upper(rows.read()[:limit]))

def count(tables):
    return {key: os.path.getsize(path) for key, path in tables.items()}
`,
      `export const clean = each(files("data/*.txt"), (f) => task({ inputs: { table: f, limit: param("limit", 9) }, outputs: { out: \`build/\${f.name}\` }, run: etl.fn("clean") }));
       export const sizes = task({ inputs: { tables: clean.outputs.out }, value: "json", run: etl.fn("count") });`,
      { "data/a.txt": "one", "data/b.txt": "three", "lib/words.py": "def upper(text):\n    return text.upper()\n" },
    );
    const far = await runBy(rig, links.through(ray.cluster.python));
    expect(problemsOf(far.events)).toEqual([]);
    expect(far.summary).toMatchObject({ ran: 3, failed: 0, exit: 0 });
    expect([rig.read("build/a.txt"), rig.read(".inc/values/sizes.json")]).toEqual(["ONE", '{"a.txt":3,"b.txt":5}']);
    for (const [task, { executor }] of far.records) expect([task, executor]).toEqual([task, "ray"]);
    const progress = far.events.filter(({ kind }) => kind === "task-progress");
    expect(progress).toMatchObject([
      { done: 2, total: 2 },
      { done: 2, total: 2 },
    ]);
    expect(await rig.results()).toEqual([]);
    rig.write("lib/words.py", "def upper(text):\n    return text.title()\n");
    const flags = ray.flags();
    expect(await rig.results(...flags)).toEqual(["clean[a.txt]: ran", "clean[b.txt]: ran", "sizes: ran"]);
    expect([rig.read("build/a.txt"), rig.exists("lib/__pycache__")]).toEqual(["One", false]);
  });

  test("what a function does wrong there is said with the lines of this machine", async () => {
    const rig = await rigOf(
      `import os

def raises(out):
    raise ValueError("no rows")

def peeks(out):
    open(out, "w").write(str(os.path.exists("options.json")))

def strays(out):
    open("stray.txt", "w")

def number():
    return float("nan")

def hangs(out):
    while True:
        pass
`,
      `${["raises", "peeks", "strays", "hangs"]
        .map(
          (name) =>
            `export const ${name} = task({ outputs: { out: "${name}.txt" }, timeout: "3s", run: etl.fn("${name}") });`,
        )
        .join("\n")}\nexport const number = task({ value: "json", run: etl.fn("number") });`,
      { "options.json": "{}" },
    );
    const { summary, events } = await runBy(rig, links.through(ray.cluster.python));
    expect(summary).toMatchObject({ failed: 5, ran: 0 });
    const said = problemsOf(events).map(([task, { code, location }]) => [
      task,
      code,
      location?.file.slice(rig.root.length + 1),
      location?.line,
    ]);
    expect(said).toEqual([
      ["number", "INC4311", "pipeline.ts", expect.any(Number)],
      ["peeks", "INC4350", "pipeline.ts", expect.any(Number)],
      ["raises", "INC4330", "etl.py", 4],
      ["strays", "INC4334", "etl.py", 10],
    ]);
  });

  test("what a function would find otherwise on this machine fails it, and what is there as here does not", async () => {
    const names = ["globs", "asks", "asksDirectory", "asksLink", "listsSome"];
    const rig = await rigOf(
      `import glob
import os
from pathlib import Path

from lib import words

def globs(out):
    Path(out).write_text(" ".join(glob.glob("data/*.csv")))

def asks(out):
    Path(out).write_text(str(os.path.exists("data/a.csv")))

def asksDirectory(out):
    Path(out).write_text(str(os.path.isdir("data")))

def asksLink(out):
    Path(out).write_text(str(os.path.exists("link.csv")))

def listsSome(one, out):
    Path(out).write_text(" ".join(os.listdir("data")))

def listsAll(all, out):
    Path(out).write_text(" ".join(sorted(os.listdir("data"))) + str(os.path.isdir("build")) + words.source())
`,
      `${names
        .map((name) => {
          const inputs = name === "listsSome" ? 'inputs: { one: file("data/a.csv") }, ' : "";
          return `export const ${name} = task({ ${inputs}outputs: { out: "${name}.txt" }, run: etl.fn("${name}") });`;
        })
        .join("\n")}
      export const listsAll = task({ inputs: { all: files("data/*") }, outputs: { out: "build/all.txt" }, run: etl.fn("listsAll") });`,
      {
        "data/a.csv": "1",
        "data/b.csv": "2",
        "lib/words.py": `from pathlib import Path\n\ndef source():\n    return Path(__file__).read_text()[:4] + (Path(__file__).parent / "words.txt").read_text()\n`,
        "lib/words.txt": "words",
      },
    );
    symlinkSync("data/a.csv", rig.path("link.csv"));
    const { summary, events } = await runBy(rig, links.through(ray.cluster.python));
    expect(problemsOf(events).map(([task, { code, message, help }]) => [task, code, message, help?.[0]])).toEqual(
      names
        .toSorted()
        .map((name) => [name, "INC4350", expect.stringContaining("which it does not declare"), expect.any(String)]),
    );
    expect(summary).toMatchObject({ failed: 5, ran: 1 });
    expect(rig.read("build/all.txt")).toBe("a.csv b.csvTruefromwords");
    rig.write("data/c.csv", "3");
    expect(await rig.results("listsAll", ...ray.flags())).toEqual(["listsAll: ran"]);
  });

  test("a machine whose Python is another one is refused", async () => {
    const rig = await rigOf("def f(out):\n    open(out, 'w')\n", "");
    // It answers as Python does, but for its version.
    const real = rig.path(".venv/bin/python");
    rig.write(
      "other",
      `#!/bin/sh\n${real} "$@" | sed 's/"Python": "CPython [^"]*"/"Python": "CPython 3.9.0"/'\n`,
      0o755,
    );
    rig.manifest(
      `import { python } from "inc-run";\nexport const f = task({ outputs: { out: "o" }, run: python("etl.py", { interpreter: tool("./other") }).fn("f") });`,
    );
    const { events } = await runBy(rig, links.through(ray.cluster.python));
    const message = expect.stringMatching(
      /another Python than this one: Python CPython 3\.\d+\.\d+, not CPython 3\.9\.0/,
    );
    expect(problemsOf(events)).toMatchObject([["f", { code: "INC4354", message }]]);
  });
});

/** What is said of each task that failed, by its name. */
function problemsOf(events: Ran["events"]): readonly (readonly [task: string, problem: Diagnostic])[] {
  return events
    .flatMap((event) =>
      event.kind === "task-ended" ? (event.failure?.diagnostics ?? []).map((one) => [event.task, one] as const) : [],
    )
    .sort(([a], [b]) => compareBytes(a, b));
}
