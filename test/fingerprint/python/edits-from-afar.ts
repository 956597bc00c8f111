import type { Edit } from "./edit.ts";

/** A module with what statements elsewhere change. */
export const TABLE = { "lib.py": "table = []\nreg = {}\ndef f(): return 0\nx = 0\nclass C:\n    all = []\n" };

/** A module whose function reads all of it. */
export const READS = "import other\nimport lib\ndef run(): return lib.table, lib.reg, lib.f(), lib.x, lib.C().all\n";

/** A function reads all of lib.py, which a statement of other.py changes. */
function changing(name: string, other: string): Edit {
  return [
    `P ${name}`,
    { "etl.py": READS, ...TABLE, "other.py": `import lib\nfrom lib import table, reg, C\n${other}\n` },
  ];
}

/** Edits of statements that change another module. The task has to run again. */
export const FROM_AFAR: readonly Edit[] = [
  changing("__dict__ of a module", "lib.__dict__['x'] = «1|2»"),
  changing("vars() of a module", "vars(lib)['x'] = «1|2»"),
  changing("a module by sys.modules", "import sys\nsys.modules['lib'].x = «1|2»"),
  changing("exec in the names of another module", "exec('x = «1|2»', lib.__dict__)"),
  changing("a function's attribute", "lib.f.k = «1|2»"),
  changing("a module under another name", "m = lib\nm.x = «1|2»"),
  changing("a module in a list", "for m in [lib]:\n    m.x = «1|2»"),
  changing("a call by map", "list(map(table.append, [«1|2»]))"),
  changing("a call in a comprehension", "[table.append(i) for i in [«1|2»]]"),
  changing("a call in a generator that any() runs", "any(table.append(i) for i in [«1|2»])"),
  changing("a call in a condition", "table.append(«1|2») or None"),
  changing("a call in an assertion", "assert table.append(«1|2») is None"),
  changing("a call in an f-string", "s = f'{table.append(«1|2»)}'"),
  changing("a call in a default of a lambda", "g = lambda x=table.append(«1|2»): x"),
  changing("a call in an argument of print", "print(table.append(«1|2»))"),
  changing("a call in a test", "if table.append(«1|2»): pass"),
  changing("a call in a loop", "while len(table) < «1|2»: table.append(0)"),
  changing("a call in a partial", "import functools\nfunctools.partial(table.append, «1|2»)()"),
  changing("a call in a with", "import contextlib\nwith contextlib.suppress(Exception):\n    table.append(«1|2»)"),
  changing("a call in a try", "try:\n    table.append(«1|2»)\nexcept ValueError: pass"),
  changing("a call after a try", "try:\n    pass\nfinally:\n    table.append(«1|2»)"),
  changing("a call in a match", "match «1|2»:\n    case y: table.append(y)"),
  changing("a call in a base", "class D(type(table.append(«1|2»))): pass"),
  changing("a call in a decorator", "@(lambda f: table.append(«1|2»))\ndef g(): pass"),
  changing("a method as a decorator", "@table.append\ndef g(): return «1|2»"),
  changing("a call whose result is bound", "n = table.append(«1|2»)"),
  changing("an entry by operator", "import operator\noperator.setitem(reg, 'a', «1|2»)"),
  changing("an entry by another entry", "reg['a'] = {}\nreg['a']['b'] = «1|2»"),
  changing("an entry as the target of a loop", "for reg['a'] in [«1|2»]: pass"),
  changing("an entry as the target of unpacking", "(reg['a'], b) = («1|2», 1)"),
  changing("an entry with an operator", "reg['a'] = 0\nreg['a'] += «1|2»"),
  changing("an entry that is deleted", "reg['a'] = 1\n«|del reg['a']»"),
  changing("a slice", "table[:] = [«1|2»]"),
  changing("an attribute with a type", "lib.x: int = «1|2»"),
  changing("update by a keyword", "reg.update(a=«1|2»)"),
  changing("a function that gets the table", "def fill(t): t.append(«1|2»)\nfill(table)"),
  changing("a function that gets the table by its name", "def fill(t): t.append(«1|2»)\nfill(t=table)"),
  changing("a function that returns the table", "def get(): return table\nget().append(«1|2»)"),
  changing("a method that returns the table", "class D:\n    def get(self): return table\nD().get().append(«1|2»)"),
  changing(
    "a closure that holds the table",
    "def make():\n    t = table\n    return lambda: t.append(«1|2»)\nmake()()",
  ),
  changing("a generator that holds the table", "def g():\n    table.append(«1|2»)\n    yield\nlist(g())"),
  changing("a list of functions that are called", "def g(): table.append(«1|2»)\nfor f in [g]: f()"),
  changing("a class attribute through a subclass", "class D(C): pass\nD.all.append(«1|2»)"),
  changing("a class attribute through an instance", "C().all.append(«1|2»)"),
  changing("a class made by type()", "D = type('D', (C,), {})\nD.all.append(«1|2»)"),
  changing("a class replaced", "lib.C = type('C', (), {'all': «1|2»})"),
  changing("__setattr__", "object.__setattr__(lib, 'x', «1|2»)"),
  changing(
    "a subscript of a class that runs code",
    "class M:\n    def __class_getitem__(cls, k): table.append(k)\nM[«1|2»]",
  ),
  changing("a comparison that runs code", "class M:\n    def __eq__(self, o): table.append(o)\nM() == «1|2»"),
  changing(
    "a membership that runs code",
    "class M:\n    def __contains__(self, o): table.append(o)\nm = M()\n«1|2» in m",
  ),
  changing("truth that runs code", "class M:\n    def __bool__(self): table.append(«1|2»)\nm = M()\nnot m"),
  changing(
    "unpacking that runs code",
    "class M:\n    def __iter__(self):\n        table.append(«1|2»)\n        return iter('ab')\nm = M()\na, b = m",
  ),
  changing(
    "a star that runs code",
    "class M:\n    def __iter__(self):\n        table.append(«1|2»)\n        return iter('ab')\nm = M()\na = [*m]",
  ),
  changing(
    "formatting that runs code",
    "class M:\n    def __format__(self, s):\n        table.append(«1|2»)\n        return ''\nm = M()\ns = f'{m}'",
  ),
  changing(
    "__set_name__ of a descriptor",
    "class D:\n    def __set_name__(self, o, n): table.append(«1|2»)\nclass E:\n    d = D()",
  ),
  changing(
    "__init_subclass__ of a base of a base",
    "class A:\n    def __init_subclass__(cls): table.append(cls)\nclass B(A): pass\nclass E(B):\n    k = «1|2»",
  ),
  changing(
    "a metaclass of a base",
    "class M(type):\n    def __init__(cls, *a): table.append(cls)\nclass A(metaclass=M): pass\nclass E(A):\n    k = «1|2»",
  ),
  changing(
    "an import in a function that is called",
    "def setup():\n    import deep\nsetup()\nimport etl as e\n«|table.append(1)»",
  ),
  changing("a list that is added to by another name", "table += [«1|2»]"),
  changing("a dict that takes more by another name", "reg |= {'a': «1|2»}"),
  changing("a list that is added to in a loop", "for i in range(«1|2»):\n    table += [i]"),
  changing("a list that is added to in the body of a class", "class E:\n    table += [«1|2»]"),
];
