import { execFileSync } from "node:child_process";
import { readdirSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { Watching } from "../../watch/watching.ts";
import { PYTHON } from "./etl.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  execFileSync(PYTHON, ["-m", "venv", "--without-pip", rig.path(".venv")]);
});

afterEach(() => rig.close());

/** Installs a module. What has just been written is not imported ahead, so that it is given an earlier time. */
function install(source: string): void {
  const [version = ""] = readdirSync(rig.path(".venv/lib"));
  const path = `.venv/lib/${version}/site-packages/heavy.py`;
  rig.write(path, source);
  utimesSync(rig.path(path), 1, 1);
}

/** A task that writes an expression, and whether the process has imported the package by itself. */
function show(expression: string, imports = "import heavy"): void {
  rig.write(
    "etl.py",
    `${imports}\nimport os\n\ndef show(out):\n    alone = heavy.PID == os.getpid()\n    open(out, "w").write(f"{${expression}} {alone}")\n`,
  );
  rig.manifest(`
    import { python } from "inc-run";
    export const show = task({ outputs: { out: "out.txt" }, run: python("etl.py").fn("show") });
  `);
}

const READS = "import os\nPID = os.getpid()\nRC = open('heavy.rc').read() if os.path.exists('heavy.rc') else 'none'\n";

test("a file of the workspace that a package reads when it is imported becomes a found input", async () => {
  install(READS);
  show("heavy.RC");
  expect(await rig.results()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toBe("none False");
  expect(await rig.results()).toEqual([]);
  rig.write("heavy.rc", "one");
  expect(await rig.results()).toEqual(["show: ran"]);
  rig.write("heavy.rc", "two");
  expect(await rig.results()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toMatch(/^two /);
  expect(await rig.results()).toEqual([]);
});

test("under watch, a server is replaced once what its packages have read is another, or a module hides one", async () => {
  install(READS);
  rig.write("heavy.rc", "one");
  show("heavy.RC");
  const watching = new Watching(rig);
  await watching.quiet();
  rig.write("heavy.rc", "two");
  expect(await watching.quiet()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toMatch(/^two /);
  rig.write("heavy.py", "import os\nPID = os.getpid()\nRC = 'hidden'\n");
  expect(await watching.quiet()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toBe("hidden True");
  expect(await watching.stop()).toBe(130);
});

test.each([
  ["opens connections", "import socket\nPAIR = socket.socketpair()\n"],
  ["waits for events", "import select\nEVENTS = select.epoll()\n"],
])("what a package does when it is imported, %s, is not shared", async (_what, source) => {
  install(`import os\nPID = os.getpid()\n${source}`);
  show("1");
  expect(await rig.results()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toBe("1 True");
});

test("a package that wants to write into the workspace when it is imported is refused as the function is", async () => {
  install("import os\nPID = os.getpid()\nopen('heavy.log', 'a').write('here')\n");
  show("1");
  expect((await rig.run("run")).stdout).toContain('INC4334: the function of task "show" writes "heavy.log"');
  expect(rig.exists("heavy.log")).toBe(false);
});

test("a module beside the workspace is loaded from its source, though a compiled one seems to fit", async () => {
  const beside = await Rig.create();
  const write = (value: number): void => {
    beside.write("heavy.py", `import os\nPID = os.getpid()\nV = ${value}\n`);
    utimesSync(beside.path("heavy.py"), 1, 1);
  };
  write(1);
  show("heavy.V");
  rig.write(
    "pipeline.ts",
    rig.read("pipeline.ts").replace("outputs:", `env: { PYTHONPATH: "${beside.root}" }, outputs:`),
  );
  expect(await rig.results()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toBe("1 True");
  write(2);
  expect(await rig.results()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toBe("2 True");
  await beside.close();
});

test("a module may have the name of one of Python's own, and close its streams", async () => {
  rig.write("signal.py", "import sys\ndef show(out):\n    open(out, 'w').write(__name__)\n    sys.stdout.close()\n");
  rig.manifest(`
    import { python } from "inc-run";
    export const show = task({ outputs: { out: "out.txt" }, run: python("signal.py").fn("show") });
  `);
  expect(await rig.results()).toEqual(["show: ran"]);
  expect(rig.read("out.txt")).toBe("signal");
});
