import type { Edit } from "./edit.ts";

/** Edits of statements that run when modules are loaded. The task has to run again. */
export const EFFECTS: readonly Edit[] = [
  [
    "25 an attribute set elsewhere",
    {
      "etl.py": "from lib import table\nimport other\ndef run(): return table.x\n",
      "lib.py": "class T: pass\ntable = T()\n",
      "other.py": "from lib import table\ntable.x = «1|2»\n",
    },
  ],
  [
    "25 an entry set elsewhere",
    {
      "etl.py": "from lib import table\nimport other\ndef run(): return table\n",
      "lib.py": "table = {}\n",
      "other.py": 'from lib import table\ntable["x"] = «1|2»\n',
    },
  ],
  [
    "25 an entry added by a call",
    {
      "etl.py": "from lib import table\nimport other\ndef run(): return table\n",
      "lib.py": "table = []\n",
      "other.py": "import lib\nlib.table.append(«1|2»)\n",
    },
  ],
  [
    "25 a registry that a function fills",
    {
      "etl.py": "from lib import ALL\nimport other\ndef run(): return ALL\n",
      "lib.py": "ALL = {}\ndef register(name, f): ALL[name] = f\n",
      "other.py": 'from lib import register\nregister("a", lambda: «1|2»)\n',
    },
  ],
  [
    "25 a registry that a decorator fills",
    {
      "etl.py": "from lib import ALL\nimport other\ndef run(): return [f() for f in ALL]\n",
      "lib.py": "ALL = []\ndef register(f):\n    ALL.append(f)\n    return f\n",
      "other.py": "from lib import register\n@register\ndef a(): return «1|2»\n",
    },
  ],
  [
    "25 a registry filled through an alias",
    { "etl.py": "table = []\nalias = table\nalias.append(«1|2»)\ndef run(): return table\n" },
  ],
  [
    "25 a registry filled through what holds it",
    { "etl.py": "table = []\nboth = {'t': table}\nboth['t'].append(«1|2»)\ndef run(): return table\n" },
  ],
  [
    "25 a registry filled in a loop",
    { "etl.py": "table = []\nfor i in range(«1|2»):\n    table.append(i)\ndef run(): return table\n" },
  ],
  [
    "25 a registry filled under a condition",
    { "etl.py": "table = []\nif table is not None:\n    table.append(«1|2»)\ndef run(): return table\n" },
  ],
  ["25 a table that is extended", { "etl.py": "table = {'a': 1}\ntable |= {'b': «1|2»}\ndef run(): return table\n" }],
  [
    "25 a class made by a call that registers it",
    {
      "etl.py": "from lib import Registry\nR = Registry()\n@R.add\ndef a(): return «1|2»\ndef run(): return R.all\n",
      "lib.py":
        "class Registry:\n    def __init__(self): self.all = []\n    def add(self, f):\n        self.all.append(f)\n        return f\n",
    },
  ],
  [
    "26 a module that is imported for its effect",
    {
      "etl.py": "import setup\nfrom lib import table\ndef run(): return table\n",
      "lib.py": "table = []\n",
      "setup.py": "import lib\nlib.table.append(«1|2»)\n",
    },
  ],
  [
    "26 an import for its effect is added",
    {
      "etl.py": "«|import setup\n»from lib import table\ndef run(): return table\n",
      "lib.py": "table = []\n",
      "setup.py": "import lib\nlib.table.append(1)\n",
    },
  ],
  [
    "26 imports for their effects are swapped",
    {
      "etl.py": "import «a|b»\nimport «b|a»\nfrom lib import table\ndef run(): return table\n",
      "lib.py": "table = []\n",
      "a.py": "import lib\nlib.table.append(1)\n",
      "b.py": "import lib\nlib.table.append(2)\n",
    },
  ],
  [
    "26 an effect in the __init__ of a package",
    {
      "etl.py": "from app.lib import f\ndef run(): return f()\n",
      "app/__init__.py": "import os\nos.environ['A'] = '«1|2»'\n",
      "app/lib.py": "def f(): return 1\n",
    },
  ],
  [
    "26 statements with effects are swapped",
    {
      "etl.py":
        "table = []\n«table.append(1)|table.append(2)»\n«table.append(2)|table.append(1)»\ndef run(): return table\n",
    },
  ],
  [
    "26 a setting of a library",
    {
      "etl.py": "import other\ndef run(): return 0.1\n",
      "other.py": "import decimal\ndecimal.getcontext().prec = «1|2»\n",
    },
  ],
  ["26 a seed", { "etl.py": "import random\nrandom.seed(«1|2»)\ndef run(): return random.random()\n" }],
  [
    "26 warnings become errors",
    { "etl.py": "import warnings\nwarnings.simplefilter('«error|ignore»')\ndef run(): return 1\n" },
  ],
  [
    "26 a setting in a function that is called",
    {
      "etl.py": "import locale\ndef setup(): locale.setlocale(locale.LC_ALL, '«C|de»')\nsetup()\ndef run(): return 1\n",
    },
  ],
  ["26 the working directory", { "etl.py": "import os\nos.chdir('«a|b»')\ndef run(): return open('x').read()\n" }],
  [
    "26 a library is patched",
    {
      "etl.py": "import patch, json\ndef run(x): return json.dumps(x)\n",
      "patch.py": "import json\njson.dumps = lambda x: '«1|2»'\n",
    },
  ],
  [
    "26 a built-in function is patched",
    {
      "etl.py": "import patch\ndef run(x): return sum(x)\n",
      "patch.py": "import builtins\nbuiltins.sum = lambda x: «1|2»\n",
    },
  ],
  [
    "27 a name assigned by another module",
    {
      "etl.py": "import lib, other\ndef run(): return lib.x\n",
      "lib.py": "x = 0\n",
      "other.py": "import lib\nlib.x = «1|2»\n",
    },
  ],
  [
    "27 a name that another module adds",
    {
      "etl.py": "import lib, other\ndef run(): return lib.x\n",
      "lib.py": "",
      "other.py": "import lib\nlib.x = «1|2»\n",
    },
  ],
  [
    "27 a function replaced by another module",
    {
      "etl.py": "import lib, other\ndef run(): return lib.f()\n",
      "lib.py": "def f(): return 0\n",
      "other.py": "import lib\ndef g(): return «1|2»\nlib.f = g\n",
    },
  ],
  [
    "27 a name assigned before and after it is taken",
    {
      "etl.py": "«import other\n|»from lib import x\n«|import other\n»def run(): return x\n",
      "lib.py": "x = 0\n",
      "other.py": "import lib\nlib.x = 1\n",
    },
  ],
  [
    "27 a global assigned by a function that is called",
    { "etl.py": "n = 0\ndef init():\n    global n\n    n = «1|2»\ninit()\ndef run(): return n\n" },
  ],
  [
    "27 a module that is given away to be changed",
    {
      "etl.py": "import lib\nfrom other import change\nchange(lib)\ndef run(): return lib.x\n",
      "lib.py": "x = 0\n",
      "other.py": "def change(m): setattr(m, 'x', «1|2»)\n",
    },
  ],
  ["P a name bound twice, the order", { "etl.py": "x = «1|2»\nx = «2|1»\ndef run(): return x\n" }],
  ["P a name taken between two values", { "etl.py": "x = 1\n«y = x\n|»x = 2\n«|y = x\n»def run(): return y\n" }],
  [
    "P a copy taken before a change",
    { "etl.py": "x = [1]\n«y = [*x]\n|»x.append(2)\n«|y = [*x]\n»def run(): return y\n" },
  ],
  [
    "P a function is passed to what changes it",
    { "etl.py": "def mark(f): f.k = «1|2»\ndef a(): return a.k\nmark(a)\ndef run(): return a()\n" },
  ],
  [
    "P an operator with an effect",
    {
      "etl.py":
        "class R:\n    all = []\n    def __lshift__(self, x): R.all.append(x)\nr = R()\nr << «1|2»\ndef run(): return R.all\n",
    },
  ],
  [
    "P a property with an effect",
    { "etl.py": "class R:\n    @property\n    def go(self): T.append(1)\nT = []\n«|R().go\n»def run(): return T\n" },
  ],
  [
    "P what an iterator has given is gone",
    { "etl.py": "it = iter([1, 2, 3])\n«|first = next(it)\n»def run(): return list(it)\n" },
  ],
  ["P an effect in a class body", { "etl.py": "T = []\nclass C:\n    T.append(«1|2»)\ndef run(): return T\n" }],
  [
    "P an effect in a class body through an alias",
    { "etl.py": "T = []\nclass C:\n    t = T\n    t.append(«1|2»)\ndef run(): return T\n" },
  ],
  ["P an effect in a default", { "etl.py": "T = []\ndef f(x=T.append(«1|2»)): pass\ndef run(): return T\n" }],
  [
    "P an effect of an import in a function",
    { "etl.py": "T = []\ndef run():\n    import more\n    return T\n", "more.py": "import etl\netl.T.append(«1|2»)\n" },
  ],
  [
    "P a global of a query",
    { "etl.py": "import pandas as pd\nLIMIT = «1|2»\ndef run(df): return df.query('a > @LIMIT')\n" },
  ],
  [
    "P a table of a query",
    { "etl.py": "import duckdb\nTABLE = [«1|2»]\ndef run(): return duckdb.sql('select * from TABLE')\n" },
  ],
];
