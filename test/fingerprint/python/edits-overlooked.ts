import type { Edit } from "./edit.ts";
import { READS, TABLE } from "./edits-from-afar.ts";

/** Edits that a slicer may miss. The task has to run again. */
export const OVERLOOKED: readonly Edit[] = [
  [
    "P an import in a function that is called at the top",
    {
      "etl.py": READS,
      ...TABLE,
      "other.py": "def setup():\n    import deep\nsetup()\n",
      "deep.py": "import lib\nlib.table.append(«1|2»)\n",
    },
  ],
  [
    "P import_module at the top",
    {
      "etl.py": READS,
      ...TABLE,
      "other.py": "import importlib\nimportlib.import_module('deep')\n",
      "deep.py": "import lib\nlib.table.append(«1|2»)\n",
    },
  ],
  [
    "P modules that a loop imports",
    {
      "etl.py": READS,
      ...TABLE,
      "other.py": "import importlib\nfor n in ['a']: importlib.import_module(f'plugins.{n}')\n",
      "plugins/__init__.py": "",
      "plugins/a.py": "import lib\nlib.table.append(«1|2»)\n",
    },
  ],
  [
    "P modules that __init__ imports by computed names of its own",
    {
      "etl.py": "import app\ndef run(k): return getattr(app, k)\n",
      "app/__init__.py": "import importlib\ndef __getattr__(n): return importlib.import_module(f'.{n}', __name__)\n",
      "app/a.py": "x = «1|2»\n",
    },
  ],
  [
    "P names that globals().update() adds",
    {
      "etl.py": "from lib import f\ndef run(): return f()\n",
      "lib.py": "import deep\nglobals().update(deep.__dict__)\n",
      "deep.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P a name that only a function assigns, called at the top",
    { "etl.py": "def init():\n    global conn\n    conn = «1|2»\ninit()\ndef run(): return conn\n" },
  ],
  [
    "P a module that a function imports as a global",
    {
      "etl.py": "def lazy():\n    global lib\n    import lib\ndef run():\n    lazy()\n    return lib.f()\n",
      "lib.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P the iterable of a comprehension has the name of its variable",
    { "etl.py": "x = [«1|2»]\nT = [x for x in x]\ndef run(): return T\n" },
  ],
  [
    "P a library under another name is patched",
    {
      "etl.py": "import other, json\ndef run(x): return json.dumps(x)\n",
      "other.py": "import json\nj = json\nj.dumps = lambda x: '«1|2»'\n",
    },
  ],
  [
    "P a library is patched by a function that gets it",
    {
      "etl.py": "import other, json\ndef run(x): return json.dumps(x)\n",
      "other.py": "import json\ndef patch(m): m.dumps = lambda x: '«1|2»'\npatch(json)\n",
    },
  ],
  [
    "P a class of a library is patched by a function that gets it",
    {
      "etl.py": "import other, json\ndef run(x): return json.dumps(x)\n",
      "other.py": "import json\ndef patch(m): m.default = lambda s, x: '«1|2»'\npatch(json.JSONEncoder)\n",
    },
  ],
  [
    "P a library is patched by setattr",
    {
      "etl.py": "import other, json\ndef run(x): return json.dumps(x)\n",
      "other.py": "import json\nsetattr(json, 'dumps', lambda x: '«1|2»')\n",
    },
  ],
  [
    "P __builtins__ are patched",
    { "etl.py": "import other\ndef run(x): return sum(x)\n", "other.py": "__builtins__['sum'] = lambda x: «1|2»\n" },
  ],
  [
    "P a virtual subclass is registered",
    {
      "etl.py":
        "from lib import C\nimport other\nfrom collections.abc import Sized\ndef run(): return isinstance(C(), Sized)\n",
      "lib.py": "class C: pass\n",
      "other.py": "from lib import C\nfrom collections.abc import Sized\n«|Sized.register(C)»\n",
    },
  ],
  [
    "P a file is written when a module is loaded",
    {
      "etl.py": "import other\ndef run(): return open('x').read()\n",
      "other.py": "from pathlib import Path\nPath('x').write_text('«1|2»')\n",
    },
  ],
  [
    "P a variable of the environment is set when a module is loaded",
    {
      "etl.py": "import other, os\ndef run(): return os.getenv('A')\n",
      "other.py": "from os import environ\ne = environ\ne['A'] = '«1|2»'\n",
    },
  ],
  [
    "P a local name for the environment",
    { "etl.py": "import os\nE = os.environ\nK = '«A|B»'\ndef run(): return E[K]\n" },
  ],
  [
    "P an accessor for a library is registered by a decorator",
    {
      "etl.py": "import pandas as pd\nimport other\ndef run(df): return df.geo.area\n",
      "other.py":
        "import pandas as pd\n@pd.api.extensions.register_dataframe_accessor('geo')\nclass Geo:\n    area = «1|2»\n",
    },
  ],
  [
    "P a handler of a library is registered by a decorator",
    {
      "etl.py": "import other\nfrom lib import engine\ndef run(): return engine.go()\n",
      "lib.py": "import sqlalchemy\nengine = sqlalchemy.create_engine('x')\n",
      "other.py":
        "from sqlalchemy import event\nfrom lib import engine\n@event.listens_for(engine, 'connect')\ndef on(c): c.execute('«a|b»')\n",
    },
  ],
  [
    "P the prompt of a tool for a model",
    {
      "etl.py": "from langchain.tools import tool\n@tool\ndef look(q: str):\n    '''«a|b»'''\ndef run(): return look\n",
    },
  ],
  [
    "P the schema of a model of pydantic",
    {
      "etl.py":
        "from pydantic import BaseModel, Field\nclass M(BaseModel):\n    '''«a|b»'''\n    x: int = Field(description='d')\ndef run(): return M.model_json_schema()\n",
    },
  ],
  [
    "P a submodule hides a name of __init__",
    {
      "etl.py": "import app.sub\ndef run(): return app.sub\n",
      "app/__init__.py": "sub = 1\n",
      "app/sub.py": "x = «1|2»\n",
    },
  ],
  [
    "P a submodule that __init__ has loaded",
    {
      "etl.py": "import app\ndef run(): return app.sub.f()\n",
      "app/__init__.py": "from .sub import g\n",
      "app/sub.py": "def g(): pass\ndef f(): return «1|2»\n",
    },
  ],
  [
    "P a package of a namespace in two places",
    { "etl.py": "import ns.a.m\ndef run(): return ns.a.m.f()\n", "ns/a/m.py": "def f(): return «1|2»\n" },
  ],
  [
    "P import * under try",
    {
      "etl.py": "try:\n    from fast import *\nexcept ImportError:\n    from slow import *\ndef run(): return f()\n",
      "slow.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P a module that imports the function's own module",
    {
      "etl.py": "import lib\nK = «1|2»\ndef run(): return lib.g()\n",
      "lib.py": "def g():\n    import etl\n    return etl.K\n",
    },
  ],
  [
    "P a wrapper that functools.wraps hides",
    {
      "etl.py":
        "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def g(): return f() + «1|2»\n    return g\n@deco\ndef run(): return 1\n",
    },
  ],
  [
    "P update_wrapper",
    {
      "etl.py":
        "import functools\ndef a(): return 1\ndef b(): return 2\n«|functools.update_wrapper(a, b)»\ndef run(): return a.__wrapped__\n",
    },
  ],
  [
    "P the version of a distribution that code reads",
    { "etl.py": "from importlib.metadata import version\ndef run(): return version('«a|b»')\n" },
  ],
  [
    "P a default that is changed by calls",
    { "etl.py": "def add(x, all=[«1|2»]):\n    all.append(x)\n    return all\ndef run(): return add(1)\n" },
  ],
  ["P a text of a thousand parts", { "etl.py": `def run(): return ${"'a' + x + ".repeat(1000)}'«a|b»'\n` }],
  [
    "P a chain of a thousand functions",
    {
      "etl.py": `def run(): return f0()\n${Array.from({ length: 1000 }, (_, i) => `def f${i}(): return f${i + 1}()\n`).join("")}def f1000(): return «1|2»\n`,
    },
  ],
];
