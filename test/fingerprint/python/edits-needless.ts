import type { Edit } from "./edit.ts";

/** Edits after which a task may run again, though it need not: the documentation lists their kinds. */
export const NEEDLESS: readonly Edit[] = [
  ["72 a local renamed", { "etl.py": "def run():\n    «a|b» = 1\n    return «a|b»\n" }],
  ["73 a helper renamed", { "etl.py": "def «a|b»(): return 1\ndef run(): return «a|b»()\n" }],
  [
    "74 a method that is not used, of a class that is",
    { "etl.py": "class C:\n    def m(self): return 1\n    def n(self): return «1|2»\ndef run(): return C().m()\n" },
  ],
  ["75 a branch that never runs", { "etl.py": "def run():\n    if False: return «1|2»\n    return 3\n" }],
  ["76 a line for debugging", { "etl.py": "def run(x):\n    «|print(x)\n    »return x\n" }],
  ["77 a sum the other way round", { "etl.py": "def run(a, b): return «a + b|b + a»\n" }],
  [
    "79 a call of a package at the top",
    { "etl.py": "import flask\napp = flask.Flask('«a|b»')\ndef run(): return 1\n" },
  ],
  [
    "79 another function with a decorator of a package",
    { "etl.py": "import some\n@some.task\ndef other(): return «1|2»\ndef run(): return 1\n" },
  ],
  [
    "79 a statement that passes on what is used",
    { "etl.py": "TABLE = [1]\ndef f(x): return x + «1|2»\nALL = [f(x) for x in TABLE]\ndef run(): return TABLE\n" },
  ],
  [
    "P a function in the same condition",
    {
      "etl.py":
        "import sys\nif sys.platform == 'x':\n    def a(): return 1\n    def b(): return «1|2»\ndef run(): return a()\n",
    },
  ],
  [
    "P a variable that is named like a word of a query",
    { "etl.py": "import duckdb\nname = [«1|2»]\ndef run(): return duckdb.sql('select name from t')\n" },
  ],
  [
    "P a docstring, where inspect is used",
    { "etl.py": "import inspect\ndef a():\n    '''«a|b»'''\ndef run(x): return a(), inspect.isclass(x)\n" },
  ],
];
