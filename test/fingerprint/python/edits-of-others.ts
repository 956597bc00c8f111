import type { Edit } from "./edit.ts";

/** Edits that other tools miss, by the reports of their users. The task has to run again. */
export const OTHERS: readonly Edit[] = [
  ["joblib#1621, redun#23: a subroutine", { "etl.py": "def a(x): return x«| + 1»\ndef run(x): return a(1) + x\n" }],
  [
    "joblib#1497, Flyte#4330: the argument of a partial",
    {
      "etl.py":
        "from functools import partial\ndef foo(a, b): return a + b\nfoo_1 = partial(foo, b='«one|two»')\ndef run(a): return foo_1(a)\n",
    },
  ],
  [
    "joblib#649: the first of two functions of one name",
    { "etl.py": "def f(x): return «1|2»\none = f\ndef f(x): return 3\ndef run(x): return one(x)\n" },
  ],
  [
    "joblib#1374: one of two nested functions of one name",
    {
      "etl.py":
        "def f():\n    def nested(): return «1|2»\n    return nested\ndef g():\n    def nested(): return 3\n    return nested\ndef run(): return f()() + g()()\n",
    },
  ],
  [
    "Prefect#23062, numba#6097: what a closure holds",
    { "etl.py": "def make(k):\n    def task(x): return x * k\n    return task\nrun = make(«1|2»)\n" },
  ],
  [
    "Prefect#16925: a task that a task calls",
    {
      "etl.py":
        "from prefect import task\n@task\ndef sub(x): return x + «1|2»\n@task\ndef main(x): return sub(x)\ndef run(x): return main(x)\n",
    },
  ],
  [
    "datachain#1386: a constant of another module",
    { "etl.py": "from lib import THRESHOLD\ndef run(x): return x > THRESHOLD\n", "lib.py": "THRESHOLD = «1|2»\n" },
  ],
  [
    "streamlit#2728: a function below the one that a decorator takes",
    {
      "etl.py": "from lib import cache\n@cache\ndef run(): return later()\ndef later(): return «1|2»\n",
      "lib.py": "def cache(f):\n    key = f.__code__.co_code\n    return lambda: (key, f())\n",
    },
  ],
  [
    "pipefunc#964: a function that exec defines",
    { "etl.py": "exec('def helper(): return «1|2»')\ndef run(): return helper()\n" },
  ],
  [
    "pydra#777: a method of an object of another module",
    {
      "etl.py": "from lib import model\ndef run(x): return model.predict(x)\n",
      "lib.py":
        "class Model:\n    def predict(self, x): return self.scale(x)\n    def scale(self, x): return x * «1|2»\nmodel = Model()\n",
    },
  ],
  [
    "Metaflow#306: a file that another file names",
    {
      "etl.py":
        "import json\nfrom pathlib import Path\nHERE = Path(__file__).parent\nNAMES = json.loads((HERE / 'names.json').read_text())\ndef run(): return [(HERE / n).read_text() for n in NAMES]\n",
      "names.json": '["«a|b».sql"]',
    },
  ],
  [
    "Dagster#22566: a macro of a template",
    {
      "etl.py":
        "import os, string\nSQL = os.path.join(os.path.dirname(__file__), 'sql')\ndef run(): return string.Template(open(f'{SQL}/macros.sql').read()).substitute()\n",
      "sql/macros.sql": "select «1|2»",
    },
  ],
  [
    "CocoIndex#1832: a global that a function of another module reads",
    {
      "etl.py": "import lib\ndef run(): return lib.f()\n",
      "lib.py": "CONFIG = {'model': '«small|large»'}\ndef f(): return CONFIG['model']\n",
    },
  ],
  [
    "marimo#7977, #8171: a default and a decorator of a function that a table holds",
    {
      "etl.py":
        "import functools\ndef twice(n):\n    def wrap(f):\n        @functools.wraps(f)\n        def g(*a): return f(*a) * n\n        return g\n    return wrap\n@twice(«2|3»)\ndef f(x, k=1): return x + k\nOPS = dict(f=f)\ndef run(x): return OPS['f'](x)\n",
    },
  ],
];
