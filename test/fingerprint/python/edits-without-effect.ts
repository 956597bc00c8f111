import { type Edit, USES_HELPER } from "./edit.ts";

/** Edits that change nothing for the function. The task must not run again. */
export const UNCHANGED: readonly Edit[] = [
  ["47 a comment", { "etl.py": "«|# one\n»def run():\n    return 1«|  # two»\n" }],
  ["48 a docstring", { "etl.py": 'def run():\n    «|"""What it does."""\n    »return 1\n' }],
  [
    "48 the docstring of a module",
    {
      "etl.py": "«|'''One.'''\n»from lib import f\ndef run(): return f()\n",
      "lib.py": "«|'''Two.'''\n»def f(): return 1\n",
    },
  ],
  [
    "48 the docstring of a class",
    {
      "etl.py":
        "class C:\n    '''«a|b»'''\n    def m(self):\n        '''«a|b»'''\n        return 1\ndef run(): return C().m()\n",
    },
  ],
  ["49 layout", { "etl.py": "def run(a, b): return «a+b|(a +\n    b)»\n" }],
  ["49 quotes", { "etl.py": "def run(): return «'a'|\"a\"»\n" }],
  ["49 how a number is written", { "etl.py": "def run(): return «1000|1_000»\n" }],
  ["49 line ends", { "etl.py": "def run():«\n|\r\n»    return 1«\n|\r\n»" }],
  ["49 texts side by side", { "etl.py": "def run(): return «'ab'|'a' 'b'»\n" }],
  ["49 indentation", { "etl.py": "def run():\n«    |  »return 1\n" }],
  ["50 an annotation", { "etl.py": "def run(x«|: int») «|-> str »: return x\n" }],
  ["50 an annotation of a helper", { "etl.py": USES_HELPER, "lib.py": "def helper(x«|: 'list[int]'»): return x\n" }],
  ["50 a class in a quoted annotation", { "etl.py": "class T:\n    a = «1|2»\ndef run(x: 'T'): return x\n" }],
  ["50 an annotation of a variable", { "etl.py": "def run(x):\n    y«|: int» = x\n    return y\n" }],
  [
    "50 an annotation of a method",
    { "etl.py": "class C:\n    def m(self, x«|: int»): return x\ndef run(x): return C().m(x)\n" },
  ],
  [
    "51 an import for types",
    { "etl.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import «a|b»\ndef run(): return 1\n" },
  ],
  [
    "51 what only types use",
    {
      "etl.py": "from __future__ import annotations\nfrom lib import T\ndef run(x: T): return x\n",
      "lib.py": "class T:\n    a = «1|2»\n",
    },
  ],
  ["52 a type", { "etl.py": "from typing import Union\nT = Union[int, «str|bytes»]\ndef run(x: T): return x\n" }],
  ["53 another function of the module", { "etl.py": "def run(): return 1\ndef other(): return «1|2»\n" }],
  [
    "53 another class of the module",
    { "etl.py": "def run(): return 1\nclass Other:\n    def m(self): return «1|2»\n" },
  ],
  [
    "53 another class with a property",
    {
      "etl.py":
        "def run(): return 1\nclass Other:\n    @property\n    def m(self): return «1|2»\n    @m.setter\n    def m(self, v): self.v = «1|2»\n",
    },
  ],
  [
    "53 another dataclass of the module",
    {
      "etl.py":
        "from dataclasses import dataclass, field\ndef run(): return 1\n@dataclass(frozen=True)\nclass Other:\n    a: int = «1|2»\n    b: list = field(default_factory=list)\n",
    },
  ],
  [
    "53 another enumeration of the module",
    { "etl.py": "import enum\ndef run(): return 1\nclass Other(enum.Enum):\n    A = «1|2»\n" },
  ],
  [
    "53 another model of the module",
    { "etl.py": "from pydantic import BaseModel\ndef run(): return 1\nclass Other(BaseModel):\n    a: int = «1|2»\n" },
  ],
  ["53 another constant of the module", { "etl.py": "A = «1|2»\nB = {'a': [«1|2»]}\ndef run(): return 1\n" }],
  [
    "53 another compiled expression of the module",
    {
      "etl.py":
        "import re, logging\nfrom pathlib import Path\nlog = logging.getLogger(__name__)\nP = re.compile('«a|b»')\nHERE = Path('«a|b»') / 'x'\ndef run(): return 1\n",
    },
  ],
  [
    "53 what runs when the module is the program",
    { "etl.py": "import sys\ndef run(): return 1\nif __name__ == '__main__':\n    sys.exit(«1|2»)\n" },
  ],
  [
    "54 another function of an imported module",
    { "etl.py": USES_HELPER, "lib.py": "def helper(x): return x\ndef other(): return «1|2»\n" },
  ],
  [
    "54 a module of a package beside the one that is used",
    {
      "etl.py": "from app.a import f\ndef run(): return f()\n",
      "app/__init__.py": "",
      "app/a.py": "def f(): return 1\n",
      "app/b.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "54 a helper of another function of an imported module",
    {
      "etl.py": USES_HELPER,
      "lib.py": "import deep\ndef helper(x): return x\ndef other(): return deep.f()\n",
      "deep.py": "def f(): return «1|2»\n",
    },
  ],
  [
    "55 functions in another order",
    {
      "etl.py":
        "«def a(): return 1\n|def b(): return 2\n»«def b(): return 2\n|def a(): return 1\n»def run(): return a() + b()\n",
    },
  ],
  ["55 constants in another order", { "etl.py": "«A = 1\n|B = 2\n»«B = 2\n|A = 1\n»def run(): return A + B\n" }],
  [
    "55 imports in another order",
    {
      "etl.py": "«import a\n|import b\n»«import b\n|import a\n»def run(): return a.f() + b.f()\n",
      "a.py": "def f(): return 1\n",
      "b.py": "def f(): return 2\n",
    },
  ],
  [
    "56 another task's function, with a decorator of its own",
    { "etl.py": "from functools import lru_cache\ndef run(): return 1\n@lru_cache\ndef other(): return «1|2»\n" },
  ],
  [
    "56 another function that a local decorator wraps",
    {
      "etl.py":
        "from functools import wraps\ndef deco(f):\n    @wraps(f)\n    def g(*a): return f(*a)\n    return g\ndef run(): return 1\n@deco\ndef other(): return «1|2»\n",
    },
  ],
  [
    "58 a module moved, imports rewritten",
    {
      "etl.py": "from «lib|app.lib» import helper\ndef run(x): return helper(x)\n",
      "-lib.py": "def helper(x): return x + 1\n",
      "+app/__init__.py": "",
      "+app/lib.py": "def helper(x): return x + 1\n",
    },
  ],
  [
    "58 a module moved that has a logger",
    {
      "etl.py": "from «lib|other» import helper\ndef run(x): return helper(x)\n",
      "-lib.py": "import logging\nlog = logging.getLogger(__name__)\ndef helper(x): log.info(x)\n",
      "+other.py": "import logging\nlog = logging.getLogger(__name__)\ndef helper(x): log.info(x)\n",
    },
  ],
  [
    "58 an import in a function, rewritten",
    {
      "etl.py": "def run(x):\n    from «lib|other» import helper\n    return helper(x)\n",
      "-lib.py": "def helper(x): return x\n",
      "+other.py": "def helper(x): return x\n",
    },
  ],
  [
    "58 a relative import becomes absolute",
    {
      "etl.py": "from app.a import f\ndef run(): return f()\n",
      "app/__init__.py": "",
      "app/a.py": "from «.b|app.b» import g\ndef f(): return g()\n",
      "app/b.py": "def g(): return 1\n",
    },
  ],
  ["59 a global that a local hides", { "etl.py": "x = «1|2»\ndef run():\n    x = 3\n    return x\n" }],
  ["59 a global that a parameter hides", { "etl.py": "x = «1|2»\ndef run(x): return x\n" }],
  ["59 a global that a comprehension hides", { "etl.py": "x = «1|2»\ndef run(y): return [x for x in y]\n" }],
  [
    "60 an attribute named like an edited function",
    { "etl.py": "def helper(): return «1|2»\ndef run(o): return o.helper()\n" },
  ],
  ["60 a keyword named like an edited constant", { "etl.py": "limit = «1|2»\ndef run(f): return f(limit=3)\n" }],
  [
    "60 a method named like an edited function",
    {
      "etl.py":
        "def helper(): return «1|2»\nclass C:\n    def helper(self): return 3\ndef run(): return C().helper()\n",
    },
  ],
  ["61 blank lines above", { "etl.py": "«|\n\n\n»def run(): return 1\n" }],
  ["62 an import of the standard library that nothing uses", { "etl.py": "«|import json\n»def run(): return 1\n" }],
  [
    "62 an import of a module that nothing uses",
    { "etl.py": "«|import lib\n»def run(): return 1\n", "lib.py": "def f(): return 1\n" },
  ],
  ["70 a test", { "etl.py": "def run(): return 1\n", "test_etl.py": "«|import etl\n»" }],
  [
    "70 a stub of types",
    { "etl.py": USES_HELPER, "lib.py": "def helper(x): return x\n", "lib.pyi": "def helper(x: «int|str»): ...\n" },
  ],
  [
    "P a branch for type checkers is added to a module",
    {
      "etl.py": USES_HELPER,
      "lib.py":
        "import typing\n«|if typing.TYPE_CHECKING:\n    from collections.abc import Sized\n»def helper(x): return x\n",
    },
  ],
  [
    "P an overload is added",
    {
      "etl.py":
        "import typing\ndef run(): return 1\n«|@typing.overload\ndef f(x: int) -> int: ...\n»def f(x): return x\n",
    },
  ],
  [
    "P a type variable",
    { "etl.py": "from typing import TypeVar\nT = TypeVar('T'«|, bound=int»)\ndef run(x: T) -> T: return x\n" },
  ],
];
