import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { pipeline } from "./etl.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

function manifest(body: string, top = ""): void {
  const lines = body.split("\n").map((line) => `    ${line}`);
  pipeline(
    rig,
    `import os, sys, shutil, pathlib\n${top}\ndef f(source, out):\n    text = open(source).read()\n${lines.join("\n")}\n    with open(out, "w") as file:\n        file.write(text)\n`,
    `export const t = task({ inputs: { source: file("in.txt") }, outputs: { out: "build/out.txt" }, run: etl.fn("f") });`,
  );
  rig.write("in.txt", "0");
}

test.each([
  ["open()", "text += open('more.txt').read()"],
  ["pathlib", "text += pathlib.Path('more.txt').read_text()"],
  ["os.open()", "fd = os.open('more.txt', os.O_RDONLY)\ntext += os.read(fd, 9).decode()"],
  [
    "os.open() in a directory",
    "d = os.open('.', os.O_RDONLY)\ntext += os.read(os.open('more.txt', os.O_RDONLY, dir_fd=d), 9).decode()",
  ],
  ["a copy", "shutil.copyfile('more.txt', out)\ntext += open(out).read()"],
  [
    "a thread",
    "import threading\nt = threading.Thread(target=lambda: texts.append(open('more.txt').read()))\ntexts = []\nt.start()\nt.join()\ntext += texts[0]",
  ],
  [
    "a process that it forks",
    "pid = os.fork()\nif pid == 0:\n    shutil.copyfile('more.txt', '/tmp/inc-more-' + str(os.getppid()))\n    os._exit(0)\nos.waitpid(pid, 0)\ntext += open('/tmp/inc-more-' + str(os.getpid())).read()\nos.remove('/tmp/inc-more-' + str(os.getpid()))",
  ],
  ["its module when it is loaded", "text += MORE", "MORE = open('more.txt').read()"],
  [
    "open() after a directory was made that is there",
    "os.makedirs('.', exist_ok=True)\ntext += open('more.txt').read()",
  ],
  [
    "open() after a file without a name",
    "import tempfile\ntempfile.TemporaryFile().close()\ntext += open('more.txt').read()",
  ],
  [
    "sqlite3, by a URI",
    "import sqlite3\nsqlite3.connect('file:more.txt?mode=ro', uri=True).close()\ntext += os.popen('cat more.txt').read()",
  ],
  [
    "the system's loader",
    "import ctypes\ntry:\n    ctypes.CDLL('./more.txt')\nexcept OSError:\n    text += os.popen('cat more.txt').read()",
  ],
  ["pkgutil", "import pkgutil\ntext += pkgutil.get_data('etl', 'more.txt').decode()"],
])("a file that is read by %s becomes a found input", async (_how, body, top = "") => {
  rig.write("more.txt", "1");
  manifest(body, top);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/out.txt")).toBe("01");
  expect(await rig.results()).toEqual([]);
  rig.write("more.txt", "2");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/out.txt")).toBe("02");
  rig.write("more.txt", "1");
  expect(await rig.results()).toEqual(["t: restored"]);
});

test.each([
  ["os.path.exists()", "text += str(os.path.exists('options.json'))"],
  ["pathlib", "text += str(pathlib.Path('options.json').exists())"],
  ["a failed read", "try:\n    text += open('options.json').read()\nexcept FileNotFoundError:\n    pass"],
  ["os.access()", "text += str(os.access('options.json', os.R_OK))"],
  [
    "os.stat() of a package that took it",
    "text += str(stat_of('options.json'))",
    "from os import stat\ndef stat_of(path):\n    try:\n        return stat(path).st_size\n    except OSError:\n        return None",
  ],
])("a file that was looked for by %s and is not there is a found input too", async (_how, body, top = "") => {
  manifest(body, top);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(await rig.results()).toEqual([]);
  rig.write("options.json", "{}");
  expect(await rig.results()).toEqual(["t: ran"]);
});

test("a directory that is listed is a found input, and a failure where tasks make outputs", async () => {
  rig.write("names/a.txt", "");
  manifest("text += ' '.join(sorted(os.listdir('names')))\ntext += str(len(list(os.scandir('names'))))");
  expect(await rig.results()).toEqual(["t: ran"]);
  rig.write("names/b.txt", "");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/out.txt")).toBe("0a.txt b.txt2");
  manifest("text += ' '.join(os.listdir())");
  expect((await rig.run("run")).stdout).toMatch(
    /error INC4336: .* lists "\.", a directory in which tasks make their outputs/,
  );
});

test("what Python itself reads does not count: modules, packages, lines of a traceback; nor what the function wrote", async () => {
  rig.write("notes.py", "# not imported\n");
  manifest(
    `import logging, traceback, importlib.metadata, importlib.util
importlib.util.find_spec("nowhere")
try:
    importlib.metadata.version("nothing")
except importlib.metadata.PackageNotFoundError:
    pass
try:
    raise ValueError("x")
except ValueError:
    logging.exception("seen")
    traceback.print_exc()
os.makedirs("build", exist_ok=True)
open(out + "", "w").write("first")
text += open(out).read()
import tempfile
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("x")
    file.seek(0)
    file.read()`,
  );
  expect(await rig.results()).toEqual(["t: ran"]);
  rig.write("etl.py", rig.read("etl.py").replace("import os", "# a comment\nimport os"));
  rig.write("new.py", "");
  expect(await rig.results()).toEqual([]);
});
