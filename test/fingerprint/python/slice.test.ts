import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Digest } from "../../../src/model/digest.ts";
import { PYTHON, PythonTree, slicerOf, WHY_NOT } from "./trees.ts";

describe.skipIf(WHY_NOT !== undefined)("the slice of a Python function", () => {
  test("a function is described by what calls of it need", () => {
    using tree = new PythonTree({
      "etl.py": "async def run(a, /, table, limit=3, *rest, key, other=1, **more):\n    yield table\n",
    });
    const slice = tree.slice();
    expect(slice.problems).toEqual([]);
    expect(
      slice.parameters?.map(({ name, kind, required }) => `${name} ${kind}${required ? " required" : ""}`),
    ).toEqual([
      "a positional required",
      "table plain required",
      "limit plain",
      "rest rest",
      "key keyword required",
      "other keyword",
      "more named-rest",
    ]);
    expect([slice.isAsync, slice.isGenerator, slice.moduleName, slice.importRoot]).toEqual([
      true,
      true,
      "etl",
      tree.root,
    ]);
  });

  test("what a decorator makes of a function is not known", () => {
    using tree = new PythonTree({
      "etl.py": "import lib\n@lib.wrap\ndef run(a): return a\n",
      "lib.py": "def wrap(f): return f\n",
    });
    expect(tree.slice().parameters).toBeUndefined();
  });

  test("a module in a package is known by its dotted name", () => {
    using tree = new PythonTree({ "src/app/__init__.py": "", "src/app/etl.py": "def run(): pass\n" });
    const slice = tree.slice("run", "src/app/etl.py");
    expect([slice.moduleName, slice.importRoot]).toEqual(["app.etl", join(tree.root, "src")]);
  });

  test.each([
    ["a function that is not there", "def other(): pass\n", "INC2046", 1],
    ["a mistake in the source", "x = 1\ndef run(:\n", "INC2045", 2],
  ])("%s is an error with its place", (_, source, code, line) => {
    using tree = new PythonTree({ "etl.py": source });
    const [problem] = tree.slice().problems;
    expect([problem?.code, problem?.location?.file, problem?.location?.line]).toEqual([
      code,
      join(tree.root, "etl.py"),
      line,
    ]);
  });

  test("a module that is not there is an error", () => {
    using tree = new PythonTree({});
    expect(tree.slice().problems.map(({ code }) => code)).toEqual(["INC2046"]);
  });

  test("an interpreter that cannot be started is an error", () => {
    using tree = new PythonTree({ "etl.py": "def run(): pass\n" });
    tree.interpreter = join(tree.root, "none");
    expect(tree.slice().problems.map(({ code }) => code)).toEqual(["INC2047"]);
  });

  test("what is remembered needs no process, until a file that decided it moves", () => {
    using tree = new PythonTree({ "etl.py": "import lib\ndef run(): return lib.x\n", "lib.py": "x = 1\n" });
    tree.slice();
    // As an inc would have left it that digests code otherwise.
    const other = "0".repeat(64) as Digest;
    for (const [key, one] of tree.memory) tree.memory.set(key, { ...one, slice: { ...one.slice, digest: other } });
    expect(tree.slice().digest).toBe(other);
    tree.write({ "json.py": "" });
    expect(tree.slice().digest).toBe(other);
    tree.write({ "lib.py": "x = 1 # one\n" });
    expect(tree.slice().digest).not.toBe(other);
  });

  test("a script that chooses an interpreter is asked anew, as it may choose another", () => {
    using tree = new PythonTree({ "etl.py": "def run(): pass\ndef other(): pass\n" });
    tree.write({ python: `#!/bin/sh\necho start >> ${tree.root}/starts\nexec ${PYTHON} "$@"\n` });
    chmodSync(join(tree.root, "python"), 0o755);
    tree.interpreter = join(tree.root, "python");
    const module = join(tree.root, "etl.py");
    for (const _ of [1, 2]) {
      const slicer = tree.slicer();
      slicer.prepare(["run", "other"].map((name) => ({ module, name })));
      expect(["run", "other"].map((name) => slicer.slice({ module, name }).problems)).toEqual([[], []]);
    }
    expect(readFileSync(join(tree.root, "starts"), "utf8")).toBe("start\nstart\n");
  });

  test("slices that one process finds are as those that it finds alone, in whatever order", () => {
    using tree = new PythonTree({
      "a.py":
        "import lib, other\nfrom importlib.metadata import version\ndef run(): return lib.table, version('none')\n",
      "b.py": "import lib\nimport pytest\ndef run(): return lib.f()\ndef deep(): return pytest.mark, lib.D().k\n",
      "c.py": "def run():\n    import broken\n    return broken.x\ndef fine(): return __file__\n",
      "d.py": "import d\ndef run(): return d.K\n",
      "d/__init__.py": "K = 1\n",
      "lib.py":
        "import cycle\ntable = []\nx = 1\ndef f(): return cycle.g()\nclass C:\n    k = x\nclass D(C):\n    x = 2\n    y = x\n",
      "cycle.py": "import lib\ndef g(): return lib.x\n",
      "other.py": "import lib\nlib.table.append(1)\n",
      "broken.py": "def (:\n",
    });
    const all = ["a run", "b run", "b deep", "c run", "c fine", "d run"].map((each) => {
      const [module, name] = each.split(" ") as [string, string];
      return { module: join(tree.root, `${module}.py`), name };
    });
    const alone = all.map((entry) => slicerOf(tree.root, PYTHON).slice(entry));
    expect(alone.flatMap(({ problems }) => problems.map(({ code }) => code))).toEqual(["INC2045"]);
    for (const order of [all, all.toReversed()]) {
      const slicer = slicerOf(tree.root, PYTHON);
      slicer.prepare(order);
      expect(all.map((entry) => slicer.slice(entry))).toEqual(alone);
    }
  });

  test("modules are all that are loaded, also those of which nothing is used", () => {
    using tree = new PythonTree({
      "etl.py": "import idle\nfrom app.lib import f\ndef run():\n    import late\n    return f()\n",
      "idle.py": "",
      "late.py": "",
      "app/__init__.py": "",
      "app/lib.py": "def f(): return 1\n",
      "app/other.py": "",
    });
    const paths = ["app/__init__.py", "app/lib.py", "etl.py", "idle.py", "late.py"];
    expect(tree.slice().modules).toEqual(paths.map((path) => join(tree.root, path)));
  });

  test("parts say what refers to them, with their lines", () => {
    using tree = new PythonTree({
      "etl.py": "from lib import f\n\n# one\n@f\ndef run():\n    return g()\ndef g(): pass\n",
      "lib.py": "\n\ndef f(x): return x\n",
    });
    expect(tree.slice().parts.map(({ kind, names, lines, via }) => [kind, names[0], lines, via])).toEqual([
      ["function", "run", [4, 6], undefined],
      ["piece", "f", [3, 3], 0],
      ["piece", "g", [7, 7], 0],
    ]);
  });

  test.each([
    ["INC2040", 3, "import os\ndef run(k):\n    return os.environ[k]\n"],
    ["INC2040", 2, "import os\ndef run(k): return os.getenv(k.upper(), 1)\n"],
    ["INC2041", 2, "import importlib\ndef run(k): return importlib.import_module(k)\n"],
    ["INC2041", 2, "import runpy\ndef run(k): return runpy.run_path(k)\n"],
    ["INC2044", 2, "import sys\nsys.path.insert(0, 'x')\ndef run(): pass\n"],
    ["INC2044", 1, "def run(): __path__.append('x')\n"],
    ["INC2044", 2, "import sys\nsys.path += ['x']\ndef run(): pass\n"],
  ])("what cannot be tracked is an error with its place: %s, line %i", (code, line, source) => {
    using tree = new PythonTree({ "etl.py": source });
    expect(tree.slice().problems.map((one) => [one.code, one.location?.line])).toEqual([[code, line]]);
  });

  test.each([
    ["os.environ['A']", ["A"]],
    ["os.environ.get('A', 1)", ["A"]],
    ["os.getenv('A') or os.environ.setdefault('B', '')", ["A", "B"]],
    ["'A' in os.environ", ["A"]],
    ["dict(os.environ)", []],
    ["os.environ[lib.KEY]", ["C"]],
  ])("variables that %s reads are tracked", (expression, names) => {
    using tree = new PythonTree({
      "etl.py": `import os, lib\ndef run(): return ${expression}\n`,
      "lib.py": "KEY = 'C'\n",
    });
    const { env, problems } = tree.slice();
    expect([env, problems]).toEqual([names, []]);
  });

  test("one function's problem is none of another's", () => {
    using tree = new PythonTree({ "etl.py": "import os\ndef run(): return 1\ndef other(k): return os.environ[k]\n" });
    expect(tree.slice().problems).toEqual([]);
  });
});
