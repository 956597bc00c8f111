import { type Edit, USES_HELPER } from "./edit.ts";

/** Edits of what a function is and of what its names lead to. The task has to run again. */
export const NAMES: readonly Edit[] = [
  ["1 a number", { "etl.py": "def run(): return «1|2»\n" }],
  ["1 an integer becomes a float", { "etl.py": "def run(): return «1|1.0»\n" }],
  ["1 an integer becomes a boolean", { "etl.py": "def run(): return «1|True»\n" }],
  ["2 a text", { "etl.py": 'def run(): return "«a|b»"\n' }],
  ["2 the text of an f-string", { "etl.py": 'def run(x): return f"«a|b»{x}"\n' }],
  ["2 the format in an f-string", { "etl.py": 'def run(x): return f"{x:.«1|2»f}"\n' }],
  ["2 a conversion in an f-string", { "etl.py": 'def run(x): return f"{x«|!r»}"\n' }],
  ["2 a text becomes bytes", { "etl.py": 'def run(): return «|b»"a"\n' }],
  [
    "3 a flag of a regular expression",
    { "etl.py": 'import re\nP = re.compile("a", re.«I|M»)\ndef run(x): return P.match(x)\n' },
  ],
  ["4 a default of a parameter", { "etl.py": "def run(x=«1|2»): return x\n" }],
  ["4 a default of a parameter by name", { "etl.py": "def run(*, x=«1|2»): return x\n" }],
  ["5 or becomes and", { "etl.py": "def run(a, b): return a «or|and» b\n" }],
  ["6 two statements swapped", { "etl.py": "def run(x):\n    «x += 1|x *= 2»\n    «x *= 2|x += 1»\n    return x\n" }],
  ["7 a helper in the same module", { "etl.py": "def run(): return helper()\ndef helper(): return «1|2»\n" }],
  [
    "8 a helper of a helper, three modules deep",
    {
      "etl.py": USES_HELPER,
      "lib.py": "from b import b\ndef helper(x): return b(x)\n",
      "b.py": "import c\ndef b(x): return c.c(x)\n",
      "c.py": "def c(x): return x + «1|2»\n",
    },
  ],
  ["9 a helper used only in a default", { "etl.py": "def one(): return «1|2»\ndef run(x=one()): return x\n" }],
  ["10 a constant of the module", { "etl.py": "LIMIT = «1|2»\ndef run(): return LIMIT\n" }],
  ["10 a constant with a type", { "etl.py": "LIMIT: int = «1|2»\ndef run(): return LIMIT\n" }],
  ["10 a constant of another constant", { "etl.py": "A = «1|2»\nB = A + 1\ndef run(): return B\n" }],
  ["11 a constant below its use", { "etl.py": "def run(): return LIMIT\nLIMIT = «1|2»\n" }],
  [
    "12 through a chain of import *",
    {
      "etl.py": USES_HELPER,
      "lib.py": "from a import *\n",
      "a.py": "from b import *\n",
      "b.py": "def helper(x): return x + «1|2»\n",
    },
  ],
  [
    "12 a name that __all__ hides from import *",
    {
      "etl.py": "from a import *\nfrom b import *\ndef run(): return helper()\n",
      "a.py": "def helper(): return 1\n",
      "b.py": '__all__ = [«|"helper"»]\ndef helper(): return 2\n',
    },
  ],
  [
    "13 a re-export by __init__ of another module",
    {
      "etl.py": "from app import helper\ndef run(): return helper()\n",
      "app/__init__.py": "from .«a|b» import helper\n",
      "app/a.py": "def helper(): return 1\n",
      "app/b.py": "def helper(): return 2\n",
    },
  ],
  [
    "14 import b as a for a",
    {
      "etl.py": "from lib import «a|b as a»\ndef run(): return a()\n",
      "lib.py": "def a(): return 1\ndef b(): return 2\n",
    },
  ],
  [
    "16 a member of a module",
    { "etl.py": "import lib\ndef run(): return lib.a()\n", "lib.py": "def a(): return «1|2»\n" },
  ],
  [
    "16 a member of a module in a package",
    {
      "etl.py": "import app.deep.lib as lib\ndef run(): return lib.a()\n",
      "app/__init__.py": "",
      "app/deep/__init__.py": "",
      "app/deep/lib.py": "def a(): return «1|2»\n",
    },
  ],
  [
    "16 a member by the dotted name of its module",
    {
      "etl.py": "import app.lib\ndef run(): return app.lib.a()\n",
      "app/__init__.py": "",
      "app/lib.py": "def a(): return «1|2»\n",
    },
  ],
  [
    "16 a module that is passed on",
    { "etl.py": "import lib\ndef run(name): return getattr(lib, name)()\n", "lib.py": "def a(): return «1|2»\n" },
  ],
  [
    "17 the target of an import in a function",
    { "etl.py": "def run():\n    from lib import a\n    return a()\n", "lib.py": "def a(): return «1|2»\n" },
  ],
  [
    "17 the target of import_module with a literal",
    {
      "etl.py": 'import importlib\ndef run(): return importlib.import_module("lib").a()\n',
      "lib.py": "def a(): return «1|2»\n",
    },
  ],
  [
    "17 the target of __import__",
    { "etl.py": 'def run(): return __import__("lib").a()\n', "lib.py": "def a(): return «1|2»\n" },
  ],
  [
    "24 a function by its place in a table",
    { "etl.py": 'def a(): return «1|2»\nOPS = {"a": a}\ndef run(k): return OPS[k]()\n' },
  ],
  ["32 the name of a variable of the environment", { "etl.py": 'import os\ndef run(): return os.environ["«A|B»"]\n' }],
  [
    "36 one of two functions that call each other",
    {
      "etl.py":
        "def run(n): return n and odd(n - 1)\ndef odd(n): return n and even(n - «1|2»)\ndef even(n): return n and odd(n - 1)\n",
    },
  ],
  ["43 any edit in a module with eval", { "etl.py": "x = «1|2»\ndef run(s): return eval(s)\n" }],
  ["43 any edit in a module with exec", { "etl.py": "def other(): return «1|2»\ndef run(s): exec(s)\n" }],
  [
    "43 any edit in a module with globals()",
    { "etl.py": "def a(): return «1|2»\ndef run(k): return globals()[k]()\n" },
  ],
  [
    "43 any edit in a module that looks itself up",
    { "etl.py": "import sys\ndef a(): return «1|2»\ndef run(k): return getattr(sys.modules[__name__], k)()\n" },
  ],
  [
    "43 what a module with eval imports",
    { "etl.py": "from lib import a\ndef run(s): return eval(s)\n", "lib.py": "def a(): return «1|2»\n" },
  ],
  ["46 a function becomes a coroutine", { "etl.py": "«|async »def run(): return 1\n" }],
  ["46 a function becomes a generator", { "etl.py": "def run(x): «return|yield» x\n" }],
  ["P a helper of a lambda", { "etl.py": "def a(x): return «1|2»\nf = lambda x: a(x)\ndef run(x): return f(x)\n" }],
  ["P a name in a comprehension", { "etl.py": "K = «1|2»\ndef run(rows): return [row + K for row in rows]\n" }],
  [
    "P a name in a comprehension at the top",
    { "etl.py": "K = «1|2»\nT = [row + K for row in (1, 2)]\ndef run(): return T\n" },
  ],
  ["P a walrus at the top", { "etl.py": "if (K := «1|2»): pass\ndef run(): return K\n" }],
  ["P a loop variable at the top", { "etl.py": "for K in («1|2»,): pass\ndef run(): return K\n" }],
  ["P unpacking at the top", { "etl.py": "A, (B, *C) = 1, («2|3», 4)\ndef run(): return C, B\n" }],
  [
    "P a context at the top",
    {
      "etl.py": "from lib import c\nwith c() as K: pass\ndef run(): return K\n",
      "lib.py": "class c:\n    def __enter__(self): return «1|2»\n    def __exit__(self, *a): pass\n",
    },
  ],
  [
    "P a name defined under a condition",
    {
      "etl.py":
        "import sys\nif sys.platform == 'x':\n    def a(): return 1\nelse:\n    def a(): return «2|3»\ndef run(): return a()\n",
    },
  ],
  [
    "P the condition that a name is defined under",
    {
      "etl.py":
        "FLAG = «True|False»\nif FLAG:\n    def a(): return 1\nelse:\n    def a(): return 2\ndef run(): return a()\n",
    },
  ],
  ["P a name that is deleted", { "etl.py": "len = 1\n«|del len\n»def run(): return len\n" }],
  ["P a built-in name that the module takes", { "etl.py": "«|def len(x): return 2\n»def run(x): return len(x)\n" }],
  [
    "P a built-in name taken from import *",
    { "etl.py": "from lib import *\ndef run(x): return len(x)\n", "lib.py": "«a|len» = 1\n" },
  ],
  [
    "P a module that is there for ImportError",
    {
      "etl.py":
        "try:\n    import fast as impl\nexcept ImportError:\n    import slow as impl\ndef run(): return impl.f()\n",
      "slow.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "P a module comes that was missed",
    {
      "etl.py":
        "try:\n    import fast as impl\nexcept ImportError:\n    import slow as impl\ndef run(): return impl.f()\n",
      "slow.py": "def f(): return 1\n",
      "+fast.py": "def f(): return 1\n",
    },
  ],
  [
    "P a flag of whether an import worked",
    {
      "etl.py": "try:\n    import fast\n    HAS = True\nexcept Exception:\n    HAS = False\ndef run(): return HAS\n",
      "fast.py": "«pass|raise ValueError»\n",
    },
  ],
  [
    "P __getattr__ of a module",
    { "etl.py": "import lib\ndef run(): return lib.anything\n", "lib.py": "def __getattr__(name): return «1|2»\n" },
  ],
  [
    "P a nonlocal in a closure",
    {
      "etl.py":
        "def make():\n    n = «1|2»\n    def f():\n        nonlocal n\n        n += 1\n        return n\n    return f\ndef run(): return make()()\n",
    },
  ],
  [
    "P a global that a function assigns",
    { "etl.py": "n = 0\ndef bump():\n    global n\n    n = «1|2»\ndef run():\n    bump()\n    return n\n" },
  ],
  ["P the pattern of match", { "etl.py": "def run(x):\n    match x:\n        case «1|2»: return 1\n" }],
  ["P an assertion", { "etl.py": "def run(x):\n    assert x«|, 'no'»\n" }],
  ["P the name of a keyword argument", { "etl.py": "def f(**k): return k\ndef run(): return f(«a|b»=1)\n" }],
  ["P keyword-only by a star", { "etl.py": "def run(a, «|*, »b=1): return a\n" }],
  [
    "P a relative import of another level",
    {
      "app/__init__.py": "K = 1\n",
      "app/sub/__init__.py": "K = 2\n",
      "app/sub/m.py": "from .«|.» import K\ndef f(): return K\n",
      "etl.py": "from app.sub.m import f\ndef run(): return f()\n",
    },
  ],
  ["P a docstring that code reads", { "etl.py": 'def run():\n    """«a|b»"""\n    return run.__doc__\n' }],
  [
    "P the docstring of a module that is printed as help",
    { "etl.py": '"""«a|b»"""\nimport argparse\ndef run(): return argparse.ArgumentParser(description=__doc__)\n' },
  ],
  [
    "P a docstring that inspect reads",
    { "etl.py": 'import inspect\ndef a():\n    """«a|b»"""\ndef run(): return inspect.getdoc(a)\n' },
  ],
  [
    "P a comment that inspect.getsource reads",
    { "etl.py": "import inspect\ndef a(): return 1  # «a|b»\ndef run(): return inspect.getsource(a)\n" },
  ],
  [
    "P annotations that get_type_hints reads",
    {
      "etl.py":
        "from typing import get_type_hints\ndef a(x: «int|str»): return x\ndef run(): return get_type_hints(a)\n",
    },
  ],
  [
    "P annotations of a function that is passed on",
    {
      "etl.py": "import tool\ndef a(x: «int|str»): return x\nT = tool.Tool(a)\ndef run(): return T\n",
      "tool.py": "class Tool:\n    def __init__(self, f): self.f = f.__annotations__\n",
    },
  ],
  [
    "P the name of a module that is read",
    {
      "etl.py": "from «a|b» import f\ndef run(): return f()\n",
      "-a.py": "def f(): return __name__\n",
      "+b.py": "def f(): return __name__\n",
    },
  ],
];
