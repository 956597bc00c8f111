import { existsSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { HOLD, pipeline } from "./etl.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const GOOD = `export const good = task({ outputs: { out: "build/good.txt" }, run: etl.fn("good") });`;

/** A task with the body of a function, and beside it one that is well. */
function module(body: string, before = ""): string {
  const lines = body.split("\n").map((line) => `    ${line}`);
  return `import os, sys, signal, threading\n${before}\ndef good(out):\n    open(out, "w").write("good")\n\ndef bad(out):\n${lines.join("\n")}\n    open(out, "w").write("bad")\n`;
}

/** What a run says of the bad task; the good one is not harmed. */
async function failure(...args: readonly string[]): Promise<string> {
  const outcome = await rig.run("run", "-k", ...args);
  expect(outcome.code).toBe(1);
  expect(rig.read("build/good.txt")).toBe("good");
  expect(rig.exists("build/bad.txt")).toBe(false);
  return outcome.stdout + outcome.stderr;
}

test.each([
  ["raise", "raise ValueError('no rows\\nat all')", /INC4330: .* raised ValueError: no rows\n +--> etl\.py:7/],
  ["raise without words", "raise KeyError", /INC4330: .* raised KeyError\n +--> etl\.py:7/],
  ["leave by sys.exit()", "sys.exit(0)", /INC4332: .* called sys\.exit\(0\)\n +--> etl\.py:7/],
  ["leave by sys.exit() with words", "sys.exit('no input')", /no input\n[\s\S]*INC4332: .* called sys\.exit\(1\)/],
  ["leave by os._exit()", "os._exit(0)", /INC4332: .* ended its process: exit code 0/],
  [
    "crash",
    "import ctypes\nctypes.string_at(0)",
    /Fatal Python error: Segmentation fault[\s\S]*etl\.py", line 8 in bad[\s\S]*INC4332: .* ended its process: signal SIGSEGV/,
  ],
  ["be killed", "os.kill(os.getpid(), signal.SIGKILL)", /INC4333: .* was killed from outside/],
  [
    "need more memory than there is",
    "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))\nbytearray(2**33)",
    /INC4333: .* got no more memory\n +--> etl\.py:9/,
  ],
  [
    "write elsewhere",
    "open('stray.txt', 'w')",
    /INC4334: .* writes "stray\.txt", which is none of its outputs\n +--> etl\.py:7/,
  ],
  [
    "write elsewhere and hide it",
    "try:\n    os.remove('pipeline.ts')\nexcept OSError:\n    pass",
    /INC4334: .* writes "pipeline\.ts"/,
  ],
  ["rename something away", "os.rename('etl.py', '/tmp/inc-never')", /INC4334: .* writes "etl\.py"/],
  ["make a directory elsewhere", "os.makedirs('stray.txt/deep')", /INC4334: .* writes "stray\.txt/],
  ["return a value", "return {'a': 1}", /INC4338: .* returned \{'a': 1\}, which is no value of the task/],
  [
    "import what is not there",
    "import no_such_thing",
    /INC4330: .* raised ModuleNotFoundError: No module named 'no_such_thing'\n +--> etl\.py:7/,
  ],
  [
    "load a module that is not its code",
    "import importlib.util as u\ns = getattr(u, 'spec_from_file_location')('other', 'other.py')\ns.loader.exec_module(u.module_from_spec(s))\nimport shutil\nsys.modules['other'] = __import__('types').ModuleType('other')\nsys.modules['other'].__file__ = os.path.abspath('other.py')",
    /INC4335: .* loaded "other\.py", which is not part of its code/,
  ],
])("a function may not %s", async (_what, body, message) => {
  rig.write("other.py", "X = 1\n");
  pipeline(
    rig,
    module(body),
    `${GOOD} export const bad = task({ outputs: { out: "build/bad.txt" }, version: "1", run: etl.fn("bad") });`,
  );
  if (_what.startsWith("load"))
    pipeline(
      rig,
      module(body),
      `${GOOD} export const bad = task({ outputs: { out: "build/bad.txt" }, run: etl.fn("bad") });`,
    );
  expect(await failure()).toMatch(message);
  expect(rig.exists("stray.txt")).toBe(false);
  // Nothing of it is stored.
  expect(await rig.results("-k")).toEqual(["bad: failed"]);
});

test.each([
  ["NaN", "float('nan')", /returned nan: a value is JSON/],
  ["an infinite number within", "{'a': [1, float('inf')]}", /in which \/a\/1 is inf/],
  ["bytes", "{'b': b'x'}", /in which \/b is a bytes[\s\S]*value\.decode\(\)/],
  ["a set", "{1}", /returned a set[\s\S]*sorted\(value\)/],
  ["keys that are no text", "{'a': {1: 2}}", /in which \/a is a dict with the key 1[\s\S]*keys of JSON are text/],
  ["a date", "__import__('datetime').date(2020, 1, 1)", /returned a datetime\.date[\s\S]*isoformat/],
  ["a function", "print", /returned a builtin_function_or_method/],
  ["an integer too large", "{'n': 2**60}", /in which \/n is an integer that not every reader of JSON holds exactly/],
  ["a number of numpy", "fake_numpy()", /returned a numpy\.float64[\s\S]*value\.item\(\)/],
  ["a value that contains itself", "cyclic()", /in which \/a is an object that it is in itself/],
  ["something nested too deeply", "deep()", /nested too deeply/],
  ["more than 16 MiB", "'x' * (17 * 2**20)", /returned more than 16 MiB/],
  ["half a character", "'\\ud800'", /returned text with half of a character/],
])("a value cannot be %s", async (_what, expression, message) => {
  pipeline(
    rig,
    `
def cyclic():
    a = {}
    a["a"] = a
    return a

def deep():
    a = []
    for _ in range(100000):
        a = [a]
    return a

def fake_numpy():
    return type("float64", (float,), {"__module__": "numpy"})(1.5)

def value():
    return ${expression}
`,
    `export const value = task({ value: "json", run: etl.fn("value") });`,
  );
  const said = (await rig.run("run")).stdout;
  expect(said).toMatch(/error INC4311/);
  expect(said).toMatch(message);
});

test("None is null, tuples are lists; what JSON has comes back as it was", async () => {
  pipeline(
    rig,
    `
def make():
    return {"none": None, "list": (1, 2.5, True), "text": "é\\n"}

def take(made, nothing):
    assert made == {"none": None, "list": [1, 2.5, True], "text": "é\\n"}, made
    assert nothing is None

def none():
    pass
`,
    `export const make = task({ value: "json", run: etl.fn("make") });
     export const nothing = task({ value: "json", run: etl.fn("none") });
     export const take = task({ inputs: { made: make, nothing }, run: etl.fn("take") });`,
  );
  expect(await rig.results()).toEqual(["make: ran", "nothing: ran", "take: ran"]);
  expect((await rig.run("get", "nothing")).stdout).toBe("null");
});

test("a function that hangs is ended by its time-out, though it keeps SIGTERM off, with what it has started", async () => {
  pipeline(
    rig,
    `${HOLD}
import os, signal, subprocess, sys

def hang(out):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # A process that leaves the group without starting a program, and one that starts one.
    if os.fork() == 0:
        os.setsid()
        gate = hold("daemon")
        os._exit(0)
    subprocess.Popen([sys.executable, "-c", "import os, socket, signal\\nsignal.signal(15, signal.SIG_IGN)\\ns = socket.socket(socket.AF_UNIX)\\ns.connect('.gate.sock')\\ns.sendall(b'program\\\\n')\\ns.recv(1)"], start_new_session=True)
    hold("leader")
    while True:
        pass
`,
    `export const hang = task({ outputs: { out: "o" }, timeout: "3s", run: etl.fn("hang") });`,
  );
  const run = rig.start(["run"]);
  const held = await Promise.all(["leader", "daemon", "program"].map((name) => rig.waitFor(name)));
  const { stdout, code } = await run.ended;
  expect([code, stdout]).toEqual([1, expect.stringMatching(/timed out|time-out|timeout/)]);
  await Promise.all(held.map(({ gone }) => gone));
});

test("an interrupted run ends its functions within seconds; a killed one leaves none", async () => {
  pipeline(
    rig,
    `${HOLD}
def wait(out):
    hold("waiting")
    open(out, "w")
`,
    `export const wait = task({ outputs: { out: "o" }, run: etl.fn("wait") });`,
  );
  const interrupted = rig.start(["run"]);
  const first = await rig.waitFor("waiting");
  interrupted.child.kill("SIGINT");
  expect((await interrupted.ended).code).toBe(130);
  await first.gone;
  const killed = rig.start(["run"]);
  const second = await rig.waitFor("waiting");
  killed.child.kill("SIGKILL");
  await killed.ended;
  await second.gone;
  rig.open("waiting");
  expect(await rig.results()).toEqual(["wait: ran"]);
  expect(
    existsSync(rig.path(".inc/tmp"))
      ? readdirSync(rig.path(".inc/tmp")).filter((name) => name.endsWith(".report"))
      : [],
  ).toEqual([]);
});

test("a module that cannot be read, and one that raises when it is loaded", async () => {
  pipeline(rig, "def f(out:\n    pass\n", `export const f = task({ outputs: { out: "o" }, run: etl.fn("f") });`);
  expect((await rig.run("run")).stderr).toMatch(/error INC2045: a Python module cannot be read: [\s\S]*--> etl\.py:1/);
  rig.write("etl.py", "import lib\n\ndef f(out):\n    pass\n");
  rig.write("lib.py", "X = 1\nraise RuntimeError('not configured')\n");
  expect((await rig.run("run")).stdout).toMatch(
    /error INC4330: .* raised RuntimeError: not configured\n +--> lib\.py:2/,
  );
});

test("threads are waited for, and what is registered for the end is called", async () => {
  pipeline(
    rig,
    `${HOLD}
import atexit, threading

def work(out):
    def later():
        hold("thread")
        with open(out, "a") as file:
            file.write("thread ")
    def end():
        with open(out, "a") as file:
            file.write("end")
    atexit.register(end)
    threading.Thread(target=later).start()
`,
    `export const work = task({ outputs: { out: "o" }, run: etl.fn("work") });`,
  );
  const run = rig.start(["run"]);
  (await rig.waitFor("thread")).release();
  expect((await run.ended).code).toBe(0);
  expect(rig.read("o")).toBe("thread end");
});
