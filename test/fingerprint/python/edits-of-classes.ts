import type { Edit } from "./edit.ts";

/** Edits of classes and decorators. The task has to run again. */
export const CLASSES: readonly Edit[] = [
  ["18 a method that is used", { "etl.py": "class C:\n    def m(self): return «1|2»\ndef run(): return C().m()\n" }],
  ["19 an attribute of a class", { "etl.py": "class C:\n    k = «1|2»\ndef run(): return C().k\n" }],
  [
    "20 an inherited method",
    {
      "etl.py": "from lib import Base\nclass C(Base): pass\ndef run(): return C().m()\n",
      "lib.py": "class Base:\n    def m(self): return «1|2»\n",
    },
  ],
  [
    "20 another base",
    { "etl.py": "class A:\n    k = 1\nclass B:\n    k = 2\nclass C(«A|B»): pass\ndef run(): return C().k\n" },
  ],
  [
    "20 the order of bases",
    { "etl.py": "class A:\n    k = 1\nclass B:\n    k = 2\nclass C(«A, B|B, A»): pass\ndef run(): return C().k\n" },
  ],
  [
    "21 the argument of a decorator",
    { "etl.py": "def times(n):\n    return lambda f: lambda: f() * n\n@times(«1|2»)\ndef run(): return 1\n" },
  ],
  [
    "21 a decorator of another module",
    {
      "etl.py": "from lib import deco\n@deco\ndef run(): return 1\n",
      "lib.py": "def deco(f):\n    return lambda: f() + «1|2»\n",
    },
  ],
  ["21 a decorator is added", { "etl.py": "def deco(f): return lambda: 2\n«|@deco\n»def run(): return 1\n" }],
  [
    "21 the order of decorators",
    {
      "etl.py":
        "def a(f): return lambda: f() + 1\ndef b(f): return lambda: f() * 2\n@«a|b»\n@«b|a»\ndef run(): return 1\n",
    },
  ],
  ["23 a property", { "etl.py": "class C:\n    @property\n    def k(self): return «1|2»\ndef run(): return C().k\n" }],
  [
    "28 a method assigned elsewhere",
    {
      "etl.py": "from lib import C\nimport patch\ndef run(): return C().m()\n",
      "lib.py": "class C:\n    def m(self): return 0\n",
      "patch.py": "from lib import C\ndef m(self): return «1|2»\nC.m = m\n",
    },
  ],
  [
    "28 a method by setattr",
    {
      "etl.py": "from lib import C\nimport patch\ndef run(): return C().m()\n",
      "lib.py": "class C: pass\n",
      "patch.py": 'import lib\nsetattr(lib.C, "m", lambda self: «1|2»)\n',
    },
  ],
  [
    "29 a method that syntax calls",
    { "etl.py": "class C:\n    def __add__(self, other): return «1|2»\ndef run(): return C() + 1\n" },
  ],
  [
    "29 a method that iteration calls",
    { "etl.py": "class C:\n    def __iter__(self): return iter([«1|2»])\ndef run(): return list(C())\n" },
  ],
  [
    "P a metaclass",
    {
      "etl.py":
        "class M(type):\n    def __call__(cls): return «1|2»\nclass C(metaclass=M): pass\ndef run(): return C()\n",
    },
  ],
  [
    "P an argument of a class statement",
    {
      "etl.py":
        "class B:\n    def __init_subclass__(cls, k): cls.k = k\nclass C(B, k=«1|2»): pass\ndef run(): return C.k\n",
    },
  ],
  [
    "P a class that registers itself by its base",
    {
      "etl.py": "from lib import Base\nimport plugins\ndef run(): return [c().f() for c in Base.all]\n",
      "lib.py": "class Base:\n    all = []\n    def __init_subclass__(cls): Base.all.append(cls)\n",
      "plugins.py": "from lib import Base\nclass A(Base):\n    def f(self): return «1|2»\n",
    },
  ],
  [
    "P a class that registers itself by its metaclass",
    {
      "etl.py": "from lib import Base, ALL\nimport plugins\ndef run(): return [c().f() for c in ALL]\n",
      "lib.py": "ALL = []\nclass M(type):\n    def __init__(cls, *a): ALL.append(cls)\nclass Base(metaclass=M): pass\n",
      "plugins.py": "from lib import Base\nclass A(Base):\n    def f(self): return «1|2»\n",
    },
  ],
  [
    "P a subclass that __subclasses__ finds",
    {
      "etl.py": "from lib import Base\nimport plugins\ndef run(): return [c().f() for c in Base.__subclasses__()]\n",
      "lib.py": "class Base: pass\n",
      "plugins.py": "from lib import Base\nclass A(Base):\n    def f(self): return «1|2»\n",
    },
  ],
  [
    "P a field of a dataclass",
    {
      "etl.py":
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\n    «|b: int = 1»\ndef run(): return C(1)\n",
    },
  ],
  [
    "P the type of a field of a dataclass",
    { "etl.py": "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: «int|str»\ndef run(): return C(1)\n" },
  ],
  [
    "P a class used in an annotation of a dataclass",
    {
      "etl.py":
        "from dataclasses import dataclass\nclass K:\n    v = «1|2»\n@dataclass\nclass C:\n    a: K\ndef run(): return C(1)\n",
    },
  ],
  [
    "P the type of a field of a model",
    {
      "etl.py": "from lib import Base\nclass C(Base):\n    a: «int|str»\ndef run(): return C()\n",
      "lib.py": "class Base:\n    def __init_subclass__(cls): cls.fields = cls.__annotations__\n",
    },
  ],
  [
    "P the type of a field of a NamedTuple",
    { "etl.py": "from typing import NamedTuple\nclass C(NamedTuple):\n    a: «int|str»\ndef run(): return C(1)\n" },
  ],
  [
    "P a member of an enumeration",
    { "etl.py": "from enum import Enum\nclass E(Enum):\n    A = «1|2»\ndef run(): return E.A.value\n" },
  ],
  [
    "P a descriptor",
    { "etl.py": "class D:\n    def __get__(self, *a): return «1|2»\nclass C:\n    d = D()\ndef run(): return C().d\n" },
  ],
  ["P __slots__", { "etl.py": 'class C:\n    __slots__ = ("«a|b»",)\ndef run(): return C()\n' }],
  [
    "P a class in a function",
    { "etl.py": "def make():\n    class C:\n        k = «1|2»\n    return C\ndef run(): return make().k\n" },
  ],
  [
    "P a handler registered by singledispatch",
    {
      "etl.py":
        "from functools import singledispatch\n@singledispatch\ndef show(x): return 0\n@show.register\ndef _(x: «int|str»): return 1\ndef run(x): return show(x)\n",
    },
  ],
  [
    "P a handler in another module registered by singledispatch",
    {
      "etl.py": "from lib import show\nimport more\ndef run(x): return show(x)\n",
      "lib.py": "from functools import singledispatch\n@singledispatch\ndef show(x): return 0\n",
      "more.py": "from lib import show\n@show.register(int)\ndef _(x): return «1|2»\n",
    },
  ],
  [
    "P a name of the module that is private to a class",
    { "etl.py": "_C__K = «1|2»\nclass C:\n    def m(self): return __K\ndef run(): return C().m()\n" },
  ],
  [
    "P a function wrapped with lru_cache",
    {
      "etl.py":
        "from functools import lru_cache\n@lru_cache(maxsize=«1|2»)\ndef a(): return 1\ndef run(): return a()\n",
    },
  ],
  [
    "P a partial",
    { "etl.py": "from functools import partial\ndef f(x): return x\ng = partial(f, «1|2»)\ndef run(): return g()\n" },
  ],
  [
    "P a function that is a value of the module",
    { "etl.py": "from functools import partial\ndef f(x): return «x|-x»\nrun = partial(f, 1)\n" },
  ],
];
