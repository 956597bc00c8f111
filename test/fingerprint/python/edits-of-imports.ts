import type { Edit } from "./edit.ts";

/** Edits of what imports lead to, where they stand otherwise than at the top, or leave it to chance what is there. The task has to run again. */
export const IMPORTS: readonly Edit[] = [
  [
    "P a helper imported below the function inside that uses it",
    {
      "etl.py": "def run():\n    def inner(): return helper()\n    from lib import helper\n    return inner()\n",
      "lib.py": "def helper(): return «1|2»\n",
    },
  ],
  [
    "P a helper imported below its use, in a loop",
    {
      "etl.py": "def run():\n    for i in range(2):\n        if i: return helper()\n        from lib import helper\n",
      "lib.py": "def helper(): return «1|2»\n",
    },
  ],
  [
    "P a method that a class imports",
    {
      "etl.py": "class C:\n    from lib import m\ndef run(): return C().m()\n",
      "lib.py": "def m(self): return «1|2»\n",
    },
  ],
  [
    "P a module that a class imports",
    {
      "etl.py": "class C:\n    import lib\n    def m(self): return self.lib.f()\ndef run(): return C().m()\n",
      "lib.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P a module that __all__ of a package names",
    {
      "etl.py": "from app import *\ndef run(): return sub.f()\n",
      "app/__init__.py": "__all__ = ['sub']\n",
      "app/sub.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P what a module that __all__ names does to others",
    {
      "etl.py": "from app import *\nimport lib\ndef run(): return lib.table\n",
      "lib.py": "table = []\n",
      "app/__init__.py": "__all__ = ['sub']\n",
      "app/sub.py": "import lib\nlib.table.append(«1|2»)\n",
    },
  ],
  [
    "P a name of import *, hidden in another method by an import of its own",
    {
      "etl.py":
        "from lib import *\nclass C:\n    def a(self):\n        from other import f\n        return f()\n    def b(self): return f()\ndef run(): return C().b()\n",
      "lib.py": "def f(): return «1|2»\n",
      "other.py": "def f(): return 0\n",
    },
  ],
  [
    "P a module raises that contextlib.suppress keeps quiet",
    {
      "etl.py":
        "import contextlib\nHAS = 0\nwith contextlib.suppress(Exception):\n    import fast\n    HAS = fast.version\ndef run(): return HAS\n",
      "fast.py": "version = 1\n«pass|raise ValueError»\n",
    },
  ],
  [
    "P the package of a relative import by name",
    {
      "etl.py": "import importlib\ndef run(): return importlib.import_module('.a', 'handlers').f()\n",
      "handlers/__init__.py": "",
      "handlers/a.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P any module of a package, by a computed name relative to it",
    {
      "etl.py": "import importlib\ndef run(k): return importlib.import_module(f'.{k}', package='handlers').f()\n",
      "handlers/__init__.py": "",
      "handlers/a.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P modules that pkgutil lists",
    {
      "etl.py":
        "import importlib, pkgutil, plugins\ndef run(): return [importlib.import_module(f'plugins.{m.name}').f() for m in pkgutil.iter_modules(plugins.__path__)]\n",
      "plugins/__init__.py": "",
      "plugins/a.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P a module comes that find_spec looks for",
    {
      "etl.py": "from importlib.util import find_spec\nHAS = find_spec('fast') is not None\ndef run(): return HAS\n",
      "+fast.py": "",
    },
  ],
];

/** The same of patterns, of annotations and of what else binds or reads names. */
export const BINDINGS: readonly Edit[] = [
  ["P the rest of a pattern", { "etl.py": "match {'a': «1|2»}:\n    case {**K}: pass\ndef run(): return K\n" }],
  ["P a walrus in a default", { "etl.py": "def f(x=(K := «1|2»)): pass\ndef run(): return K\n" }],
  ["P a walrus in a default of a lambda", { "etl.py": "f = lambda x=(K := «1|2»): x\ndef run(): return K\n" }],
  [
    "P a walrus in an argument of a class",
    { "etl.py": "class M(type): pass\nclass C(metaclass=(K := «M|type»)): pass\ndef run(): return K\n" },
  ],
  [
    "P a class in a quoted annotation of a model",
    {
      "etl.py":
        "from pydantic import BaseModel\nclass Order(BaseModel):\n    items: list['Item']\nclass Item(BaseModel):\n    n: int = «1|2»\ndef run(p): return Order.model_validate_json(p)\n",
    },
  ],
  [
    "P a class of another module in a quoted annotation of a dataclass",
    {
      "etl.py":
        "import lib\nfrom dataclasses import dataclass\n@dataclass\nclass Order:\n    item: 'lib.Item'\ndef run(p): return Order(p)\n",
      "lib.py": "class Item:\n    n = «1|2»\n",
    },
  ],
  [
    "P annotations become texts",
    {
      "etl.py": "«|from __future__ import annotations\n»def run(x: int): return run.__annotations__\n",
    },
  ],
  [
    "P a class is pickled, and moves",
    {
      "etl.py": "import pickle\nfrom «lib|other» import C\ndef run(): return pickle.dumps(C())\n",
      "-lib.py": "class C: pass\n",
      "+other.py": "class C: pass\n",
    },
  ],
  [
    "P the name of a function's module",
    {
      "etl.py": "from «lib|other» import f\ndef run(): return f.__module__\n",
      "-lib.py": "def f(): pass\n",
      "+other.py": "def f(): pass\n",
    },
  ],
  [
    "P names that dir() lists",
    { "etl.py": "def task_a(): pass\n«|def task_b(): pass\n»NAMES = dir()\ndef run(): return NAMES\n" },
  ],
  [
    "P a variable of the environment in an f-string of constants",
    { "etl.py": "import os\nPREFIX = '«A|B»'\ndef run(): return os.environ[f'{PREFIX}_URL']\n" },
  ],
];
