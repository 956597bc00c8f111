"""What a statement at the top of a module mentions: names of the module, with what is done to them and where."""

from __future__ import annotations

import ast
import contextlib
import re
from dataclasses import dataclass, field

from .canonical import bound_name
from .knowledge import CALLING, INTROSPECTED, NAMING_MODULES, WRITING

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Target = tuple[str, str]
"""What an import leads to: the dotted name of a module, and a name in it; an empty one for the module itself."""


@dataclass(frozen=True)
class Mention:
    """A name of the module, or a chain of attributes that begins with one."""

    chain: tuple[str, ...]
    how: str
    """`call`: it is called, or passed to what only calls it; `store`: something in it is assigned; else `read`."""
    node: ast.expr
    is_annotation: bool = False
    is_inside: bool = False
    """It is in a function, so that it does not count while the module is loaded."""
    use: str = ""
    """`call` or `item` with arguments: a variable of the environment may be read, or a module imported."""
    arguments: tuple[ast.expr, ...] = ()

    @property
    def argument(self) -> ast.expr | None:
        return self.arguments[0] if self.arguments else None


@dataclass
class Uses:
    """All that a statement mentions."""

    mentions: list[Mention] = field(default_factory=list)
    imports: dict[str, list[Target]] = field(default_factory=dict)
    """Names that are bound by imports inside of it."""
    members: set[str] = field(default_factory=set)
    """Of these the ones that a class has as its own."""
    stars: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    """Modules that are imported when the statement runs."""
    guarded: list[str] = field(default_factory=list)
    """Of these the ones whose failure is caught."""
    lazy: list[str] = field(default_factory=list)
    """Modules that are imported when a function in it runs."""
    introspects: bool = False
    finds_subclasses: bool = False
    names_modules: bool = False
    """It may hand on in which module something is defined, as pickle does."""
    writes: bool = False
    """It may write a file."""
    texts: list[str] = field(default_factory=list)
    """Literals that may be queries, which libraries look up names of the module for."""
    paths: list[ast.expr] = field(default_factory=list)
    """Expressions that may be the path of a file beside a module."""


def imported(node: ast.Import | ast.ImportFrom, package: str) -> tuple[list[tuple[str, Target]], list[str]]:
    """The names that an import binds, with what they lead to; and the modules that it loads, some of which may be names."""
    if isinstance(node, ast.Import):
        bound = [(bound_name(one), (one.name if one.asname else one.name.split(".", maxsplit=1)[0], "")) for one in node.names]
        return bound, [one.name for one in node.names]
    parts = package.split(".") if package else []
    above = parts[: len(parts) - node.level + 1] if node.level else []
    module = ".".join([*above, *([node.module] if node.module else [])])
    names = [one.name for one in node.names if one.name != "*"]
    return [(one.asname or one.name, (module, one.name)) for one in node.names if one.name != "*"], [module, *(f"{module}.{name}" for name in names)]


class UseFinder(ast.NodeVisitor):
    """Walks one statement. Names of functions inside of it are those that the symbol table calls global."""

    def __init__(self, package: str, nested_globals: set[str]) -> None:
        self.uses = Uses()
        self._package = package
        self._globals = nested_globals
        self._in_function = False
        self._in_class = False
        self._class = ""
        self._in_annotation = False
        self._in_try = 0
        self._how = "read"
        self._local: list[set[str]] = []

    def find(self, node: ast.AST, has_imports: bool) -> Uses:
        """@param has_imports False: it has none, at least none inside."""
        # An import may stand below the function that uses what it binds.
        for one in ast.walk(node) if has_imports else [node]:
            if isinstance(one, (ast.Import, ast.ImportFrom)):
                for name, target in imported(one, self._package)[0]:
                    self.uses.imports.setdefault(name, []).append(target)
        self.visit(node)
        return self.uses

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        bound, modules = imported(node, self._package)
        if self._in_class:
            self.uses.members.update(name for name, _ in bound)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            self.uses.stars.append(modules[0])
        (self.uses.lazy if self._in_function else self.uses.loads).extend(modules)
        if self._in_try:
            self.uses.guarded.extend(modules)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_Try(self, node: ast.Try) -> None:
        self._in_try += 1
        for one in node.body:
            self.visit(one)
        self._in_try -= 1
        for other in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(other)

    visit_TryStar = visit_Try  # noqa: N815

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        """It may catch what is raised inside, as contextlib.suppress does."""
        for item in node.items:
            self.visit(item)
        self._in_try += 1
        for one in node.body:
            self.visit(one)
        self._in_try -= 1

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer = self._in_class, self._class
        self._in_class, self._class = True, node.name
        self.generic_visit(node)
        self._in_class, self._class = outer

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_as("call", [node.type])
        self._visit_as("read", node.body)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._visit_as("call", [node.exc, node.cause])

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self._visit_as("read", getattr(node, "decorator_list", []))
        self._visit_as("read", [*node.args.defaults, *node.args.kw_defaults])
        self._visit_annotations(node)
        outer = self._in_function, self._in_class, self._in_try
        self._in_function, self._in_class, self._in_try = True, False, 0
        self._visit_as("read", node.body if isinstance(node.body, list) else [node.body])
        self._in_function, self._in_class, self._in_try = outer

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815
    visit_Lambda = visit_FunctionDef  # noqa: N815

    def _visit_annotations(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        outer, self._in_annotation = self._in_annotation, True
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        self._visit_as("read", [one.annotation for one in every if one is not None])
        self._visit_as("read", [getattr(node, "returns", None), *getattr(node, "type_params", [])])
        self._in_annotation = outer

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        outer, self._in_annotation = self._in_annotation, True
        self.visit(node.annotation)
        self._in_annotation = outer
        self._visit_as("read", [node.target, node.value])

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """A list or a dict is changed in place, whatever other names it has."""
        if isinstance(node.target, ast.Name):
            self._mention((node.target.id,), node.target, "read")
        self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        targets = {one.id for inner in node.generators for one in ast.walk(inner.target) if isinstance(one, ast.Name)}
        # The first iterable is evaluated around the comprehension.
        self.visit(node.generators[0].iter)
        self._local.append(targets)
        self.generic_visit(node)
        self._local.pop()

    visit_SetComp = visit_ListComp  # noqa: N815
    visit_DictComp = visit_ListComp  # noqa: N815
    visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_Name(self, node: ast.Name) -> None:
        self._mention((node.id,), node, "read" if isinstance(node.ctx, ast.Load) else "store")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._see(node.attr)
        self.uses.paths.append(node)
        chain = chain_of(node)
        if chain is None:
            self.visit(node.value)
        else:
            self._mention(chain, node, "read" if isinstance(node.ctx, ast.Load) else "store")

    def visit_Subscript(self, node: ast.Subscript) -> None:
        chain = chain_of(node.value)
        if chain is not None:
            is_read = isinstance(node.ctx, ast.Load)
            self._mention(chain, node.value, "read" if is_read else "store", "item" if is_read else "", (node.slice,))
        elif isinstance(node.ctx, ast.Load):
            self.visit(node.value)
        else:
            self._visit_as("store", [node.value])
        self._visit_as("read", [node.slice])

    def visit_Compare(self, node: ast.Compare) -> None:
        chain = chain_of(node.comparators[0]) if isinstance(node.ops[0], (ast.In, ast.NotIn)) else None
        if chain is not None:
            self._mention(chain, node.comparators[0], "read", "item", (node.left,))
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self.uses.paths.append(node)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.uses.paths.append(node)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, str):
            return
        self._see(node.value)
        if self._in_annotation:
            self._visit_quoted(node.value)
        if re.search(r"[\s@]", node.value):
            self.uses.texts.append(node.value)

    def _visit_quoted(self, text: str) -> None:
        """A type may be written as text, above all where it is defined further below."""
        with contextlib.suppress(SyntaxError, ValueError):
            self.visit(ast.parse(text.strip(), mode="eval").body)

    def visit_Call(self, node: ast.Call) -> None:
        self.uses.paths.append(node)
        chain = chain_of(node.func)
        arguments = [*node.args, *(one.value for one in node.keywords)]
        if chain is None:
            self.visit(node.func)
        else:
            self._mention(chain, node.func, "call", "call", tuple(arguments))
        if chain is not None and chain[-1] == "getLogger" and len(arguments) == 1 and chain_of(arguments[0]) == ("__name__",):
            # The name of a logger is seen in what it prints alone.
            return
        self._visit_as("call" if chain is not None and ".".join(chain) in CALLING else "read", arguments)

    def _see(self, name: str) -> None:
        """An attribute of whatever it may be, also by a text for `getattr`."""
        self.uses.introspects |= name in INTROSPECTED
        self.uses.finds_subclasses |= name == "__subclasses__"
        self.uses.writes |= name in WRITING
        self.uses.names_modules |= name in NAMING_MODULES

    def _visit_as(self, how: str, nodes: list[ast.AST] | list[ast.expr] | list[ast.expr | None] | list[ast.stmt] | list[ast.AST | None]) -> None:
        outer, self._how = self._how, how
        for node in nodes:
            if node is not None:
                self.visit(node)
        self._how = outer

    def _mention(self, chain: tuple[str, ...], node: ast.expr, how: str, use: str = "", arguments: tuple[ast.expr, ...] = ()) -> None:
        if chain[0].startswith("__") and not chain[0].endswith("__") and self._class.strip("_"):
            # In a class such a name is that of the class, also for the module.
            chain = (f"_{self._class.lstrip('_')}{chain[0]}", *chain[1:])
        name = chain[0]
        for attribute in chain[1:]:
            self._see(attribute)
        if any(name in names for names in self._local) and name not in self._globals:
            return
        if self._in_function and name not in self._globals and name not in self.uses.imports:
            return
        if how == "store" and len(chain) == 1 and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and not self._in_function:
            return
        how = self._how if how == "read" and self._how != "read" else how
        self.uses.mentions.append(Mention(chain, how, node, self._in_annotation, self._in_function, use, arguments))


def chain_of(node: ast.AST) -> tuple[str, ...] | None:
    """Names of a chain of attributes that begins with a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else None
