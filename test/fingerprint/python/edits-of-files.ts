import type { Edit } from "./edit.ts";

const SITE = "venv/lib/python3/site-packages";

/** An installed distribution with one module, whose content RECORD has a digest of. */
function installed(
  name: string,
  version: string,
  content: string,
  requires: readonly string[] = [],
): Record<string, string> {
  const info = `${SITE}/${name}-${version}.dist-info`;
  const needed = requires.map((one) => `Requires-Dist: ${one}\n`).join("");
  return {
    [`${SITE}/${name}/__init__.py`]: content,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${needed}\nText\n`,
    [`${info}/RECORD`]: `${name}/__init__.py,sha256=${content.length}-${content},9\n${name}-${version}.dist-info/METADATA,sha256=${version},9\n${name}-${version}.dist-info/RECORD,,\n`,
  };
}

function changed(files: Record<string, string>, sign: "+" | "-"): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [sign + path, text]));
}

/** One version of a distribution before, another one after. */
function upgraded(name: string, requires: readonly string[] = []): Record<string, string> {
  return {
    ...changed(installed(name, "1.0", "one", requires), "-"),
    ...changed(installed(name, "1.1", "two", requires), "+"),
  };
}

const USES_CSV = "import csvlib\ndef run(x): return csvlib.parse(x)\n";

/** Edits of files beside the code, of where modules are found, and of packages. The task has to run again. */
export const FILES: readonly Edit[] = [
  [
    "31 a file beside a module",
    {
      "etl.py": "from pathlib import Path\ndef run(): return (Path(__file__).parent / 'words.txt').read_text()\n",
      "words.txt": "«a|b»",
    },
  ],
  [
    "31 a file beside a module, by a constant of another one",
    {
      "etl.py":
        "from lib import HERE\nimport os\ndef run(): return open(os.path.join(HERE, 'data', 'words.txt')).read()\n",
      "lib.py": "import os\nHERE = os.path.dirname(os.path.abspath(__file__))\n",
      "data/words.txt": "«a|b»",
    },
  ],
  [
    "31 a file of a package, by importlib.resources",
    {
      "etl.py":
        "from importlib.resources import files\nDATA = files('app') / 'words.txt'\ndef run(): return DATA.read_text()\n",
      "app/__init__.py": "",
      "app/words.txt": "«a|b»",
    },
  ],
  [
    "31 a file of a package, by pkgutil",
    {
      "etl.py": "import pkgutil\ndef run(): return pkgutil.get_data('app', 'words.txt')\n",
      "app/__init__.py": "",
      "app/words.txt": "«a|b»",
    },
  ],
  [
    "31 a file beside a module appears",
    {
      "etl.py": "from pathlib import Path\nP = Path(__file__).with_name('words.txt')\ndef run(): return P.exists()\n",
      "+words.txt": "",
    },
  ],
  ["37 a package that is used", { "etl.py": USES_CSV, ...upgraded("csvlib") }],
  ["37 another file of the same version", { "etl.py": USES_CSV, ...installed("csvlib", "1.0", "«one|two»") }],
  [
    "37 a package that is used by a helper",
    {
      "etl.py": "from lib import f\ndef run(x): return f(x)\n",
      "lib.py": "from csvlib import parse\ndef f(x): return parse(x)\n",
      ...upgraded("csvlib"),
    },
  ],
  [
    "37 a package that is imported for its effect",
    { "etl.py": "import csvlib\ndef run(x): return x\n", ...upgraded("csvlib") },
  ],
  [
    "38 a package that a package needs",
    { "etl.py": USES_CSV, ...installed("csvlib", "1.0", "one", ["split>=1"]), ...upgraded("split") },
  ],
  [
    "38 an optional package that a package may use",
    { "etl.py": USES_CSV, ...installed("csvlib", "1.0", "one", ["fast; extra == 'speed'"]), ...upgraded("fast") },
  ],
  [
    "38 an optional package is installed",
    {
      "etl.py": USES_CSV,
      ...installed("csvlib", "1.0", "one", ["fast; extra == 'speed'"]),
      ...changed(installed("fast", "1.0", "x"), "+"),
    },
  ],
  [
    "38 one package of a namespace",
    {
      "etl.py": "import acme.csv\ndef run(x): return acme.csv.parse(x)\n",
      [`${SITE}/acme_csv-1.dist-info/METADATA`]: "Name: acme-csv\nVersion: 1\n",
      [`${SITE}/acme_csv-1.dist-info/RECORD`]: "acme/csv/__init__.py,sha256=«a|b»,1\n",
      [`${SITE}/acme/csv/__init__.py`]: "",
    },
  ],
  [
    "37 a directory in site-packages that no package owns",
    {
      "etl.py": "import own\ndef run(x): return own.f(x)\n",
      [`${SITE}/own/__init__.py`]: "",
      [`${SITE}/own/a.py`]: "«1|2»",
    },
  ],
  [
    "40 a package that is installed to be edited, by a path",
    {
      "etl.py": "from editable import f\ndef run(): return f()\n",
      [`${SITE}/_editable.pth`]: "../../../../lib-src\n",
      "lib-src/editable/__init__.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "40 a package that is installed to be edited, by a hook of setuptools",
    {
      "etl.py": "from editable import f\ndef run(): return f()\n",
      [`${SITE}/__editable__.x-1.pth`]: "import __editable___x_1_finder; __editable___x_1_finder.install()\n",
      [`${SITE}/__editable___x_1_finder.py`]: "MAPPING: dict = {'editable': '{root}/lib-src/editable'}\n",
      "lib-src/editable/__init__.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "44 any module that a computed import can mean",
    {
      "etl.py": 'from importlib import import_module\ndef run(k): return import_module(f"handlers.{k}").f()\n',
      "handlers/__init__.py": "",
      "handlers/a.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "44 a new module that a computed import can mean",
    {
      "etl.py": 'from importlib import import_module\ndef run(k): return import_module("handlers." + k).f()\n',
      "handlers/__init__.py": "",
      "+handlers/a.py": "def f(): return 1\n",
    },
  ],
  [
    "45 a package wins over a module",
    {
      "etl.py": "from lib import f\ndef run(): return f()\n",
      "lib.py": "def f(): return 1\n",
      "+lib/__init__.py": "def f(): return 2\n",
    },
  ],
  [
    "45 a module wins over a namespace",
    {
      "etl.py": "from lib.a import f\ndef run(): return f()\n",
      "lib/a.py": "def f(): return 1\n",
      "+lib/__init__.py": "import os\nos.environ['A'] = 'x'\n",
    },
  ],
  [
    "45 a module wins over the standard library",
    {
      "etl.py": "import statistics\ndef run(x): return statistics.mean(x)\n",
      "+statistics.py": "def mean(x): return 2\n",
    },
  ],
  [
    "45 a module wins over an installed package",
    { "etl.py": USES_CSV, ...installed("csvlib", "1.0", "one"), "+csvlib.py": "def parse(x): return 2\n" },
  ],
  [
    "45 a submodule wins over what is not there",
    {
      "etl.py": "import app\ndef run(): return app.x\n",
      "app/__init__.py": "def __getattr__(n): return 1\n",
      "+app/x.py": "",
    },
  ],
  [
    "45 a compiled module in the workspace",
    { "etl.py": "import native\ndef run(x): return native.f(x)\n", "native.so": "«1|2»" },
  ],
  [
    "45 a compiled module wins over its source",
    {
      "etl.py": "import native\ndef run(x): return native.f(x)\n",
      "native.py": "def f(x): return x\n",
      "+native.so": "1",
    },
  ],
  [
    "P a package that a function imports for what it does",
    { "etl.py": "def run(x):\n    import csvlib\n    return x\n", ...upgraded("csvlib") },
  ],
  [
    "P a package comes whose import a function tries",
    {
      "etl.py":
        "def run():\n    try:\n        import csvlib\n    except ImportError:\n        return 1\n    return 2\n",
      ...changed(installed("csvlib", "1.0", "one"), "+"),
    },
  ],
  [
    "P a package comes whose import the first statement tries",
    {
      "etl.py":
        "try:\n    import csvlib\n    HAS = True\nexcept ImportError:\n    HAS = False\ndef run(): return HAS\n",
      ...changed(installed("csvlib", "1.0", "one"), "+"),
    },
  ],
  [
    "P a package that is imported under try for its effect",
    {
      "etl.py": "try:\n    import csvlib\nexcept ImportError:\n    pass\ndef run(x): return x\n",
      ...upgraded("csvlib"),
    },
  ],
  [
    "P a package comes that find_spec looks for",
    {
      "etl.py": "import importlib.util\ndef run(): return importlib.util.find_spec('csvlib') is None\n",
      ...changed(installed("csvlib", "1.0", "one"), "+"),
    },
  ],
  [
    "P a package comes that find_spec looks for by a computed name",
    {
      "etl.py": "from importlib.util import find_spec\ndef run(): return [n for n in ('csvlib',) if find_spec(n)]\n",
      ...changed(installed("csvlib", "1.0", "one"), "+"),
    },
  ],
  [
    "31 a file beside a module, by an f-string",
    {
      "etl.py": "import os\nHERE = os.path.dirname(__file__)\ndef run(): return open(f'{HERE}/words.txt').read()\n",
      "words.txt": "«a|b»",
    },
  ],
  [
    "44 a new package that a computed import can mean",
    {
      "etl.py": 'from importlib import import_module\ndef run(k): return import_module(f"handlers.{k}").f()\n',
      "handlers/__init__.py": "",
      "+handlers/a/__init__.py": "def f(): return 1\n",
    },
  ],
  [
    "P what runs at every start of the interpreter",
    { "etl.py": "def run(): return 1\n", [`${SITE}/start.pth`]: "import sys; sys.flag = «1|2»\n" },
  ],
];

/** Edits of packages that the function does not see. The task must not run again. */
export const PACKAGES_UNSEEN: readonly Edit[] = [
  [
    "63 a package that is not reached",
    { "etl.py": "import csvlib\ndef run(x): return x\ndef other(x): return csvlib.parse(x)\n", ...upgraded("csvlib") },
  ],
  [
    "63 a package that nothing imports",
    { "etl.py": USES_CSV, ...installed("csvlib", "1.0", "one"), ...upgraded("idle") },
  ],
  [
    "63 a package for tests of a package",
    { "etl.py": USES_CSV, ...installed("csvlib", "1.0", "one", ["pytest; extra == 'test'"]), ...upgraded("pytest") },
  ],
  [
    "64 installed again by another installer",
    {
      "etl.py": USES_CSV,
      ...installed("csvlib", "1.0", "one"),
      [`${SITE}/csvlib-1.0.dist-info/RECORD`]:
        "«csvlib/__pycache__/__init__.cpython-311.pyc,,\n|»csvlib/__init__.py,sha256=one,9\n«|csvlib-1.0.dist-info/INSTALLER,sha256=uv,2\n../../../bin/csv,sha256=path,9\n»",
    },
  ],
  [
    "65 the path of the interpreter's environment in a script of a package",
    {
      "etl.py": USES_CSV,
      ...installed("csvlib", "1.0", "one"),
      [`${SITE}/csvlib-1.0.dist-info/RECORD`]: "../../../bin/csv,sha256=«a|b»,9\ncsvlib/__init__.py,sha256=one,9\n",
    },
  ],
];
