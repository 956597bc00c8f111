"""A module taken apart: its statements, what each binds and mentions."""

from __future__ import annotations

import ast
import re
import symtable
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from .canonical import canonical
from .files import digest_of
from .uses import FUNCTIONS, UseFinder, Uses, imported

# Fields in which patterns have the names that they bind; by their names, as Python 3.9 has no such classes.
_TAKEN = {"MatchAs": "name", "MatchStar": "name", "MatchMapping": "rest"}


@dataclass
class Piece:
    """One statement at the top of a module."""

    module: Module
    index: int
    node: ast.stmt
    names: tuple[str, ...]
    """What it binds in the module."""
    _digests: dict[bool, str] = field(default_factory=dict)

    @cached_property
    def uses(self) -> Uses:
        """Found once it is asked for: of most functions of a module it never is."""
        names: set[str] = set() if self.is_import else self.module.used_between(*self.lines)
        return UseFinder(self.module.package, names).find(self.node, self.module.has_imports)

    @property
    def is_definition(self) -> bool:
        return isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))

    @property
    def is_import(self) -> bool:
        """True for a statement that does nothing but import: where it leads is followed instead of its text."""
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @property
    def lines(self) -> tuple[int, int]:
        return (first_line(self.node), self.node.end_lineno or self.node.lineno)

    def digest(self, is_rich: bool) -> str:
        if is_rich not in self._digests:
            self._digests[is_rich] = digest_of(canonical(self.node, is_rich) + (self.module.features if is_rich else ""))
        return self._digests[is_rich]


@dataclass
class Module:
    """A module of the workspace."""

    path: str
    name: str
    """Dotted."""
    package: str
    """Dotted name of the package that its relative imports begin in."""
    source: str
    tree: ast.Module
    has_imports: bool
    """False: it has none but at its top."""
    table: symtable.SymbolTable
    pieces: list[Piece] = field(default_factory=list)
    binders: dict[str, list[Piece]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    assigned_inside: set[str] = field(default_factory=set)
    """Names that functions assign, as `global` lets them."""

    @cached_property
    def _scopes(self) -> list[tuple[int, symtable.SymbolTable]]:
        """Of the functions, classes and the like at its top, by the lines on which they begin."""
        return sorted(((one.get_lineno(), one) for one in self.table.get_children()), key=itemgetter(0))

    @cached_property
    def _lines(self) -> list[int]:
        return [line for line, _ in self._scopes]

    def used_between(self, first: int, last: int) -> set[str]:
        """Names of the module that functions on these lines use."""
        scopes = self._scopes[bisect_left(self._lines, first) : bisect_right(self._lines, last)]
        return {name for _, scope in scopes for name in _globals(scope)}

    def mentions(self, name: str) -> bool:
        """True when a statement mentions a name of the module. Most names that are mentioned the symbol table shows as well, and sooner."""
        return name in self._used or name in self._mentioned

    @cached_property
    def _used(self) -> frozenset[str]:
        at_top = (symbol.get_name() for symbol in self.table.get_symbols() if symbol.is_referenced())
        return frozenset(at_top).union(*(_globals(scope) for _, scope in self._scopes))

    @cached_property
    def imported(self) -> list[str]:
        """Dotted names of all modules that it may import, some of which may be names in them."""
        nodes = [node for piece in self.pieces for node in (ast.walk(piece.node) if self.has_imports else [piece.node])]
        found = [imported(node, self.package) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
        return [name for bound, modules in found for name in (*(target[0] for _, target in bound), *modules)]

    @cached_property
    def features(self) -> str:
        """What it imports from `__future__`, which decides what annotations are."""
        futures = [one for one in self.tree.body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
        return " ".join(sorted({each.name for one in futures for each in one.names}))

    @cached_property
    def mentions_paths(self) -> bool:
        """True when an expression in it may be the path of a file beside a module."""
        return re.search(r"__file__|resources|get_data", self.source) is not None

    @cached_property
    def is_queried(self) -> bool:
        """True when a library may look up its names for a query in a text."""
        return re.search(r"\b(duckdb|polars|numexpr|pandasql|ibis)\b", self.source) is not None

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        return frozenset(mention.chain[0] for piece in self.pieces for mention in piece.uses.mentions)


def take_apart(path: str, name: str, source: str) -> Module:
    """Raises SyntaxError, or ValueError for a source with null bytes."""
    tree = ast.parse(source, path)
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    # As most modules have none but at the top, it pays to know.
    has_imports = len(re.findall(r"\bimport\b", source)) > sum(isinstance(one, (ast.Import, ast.ImportFrom)) for one in tree.body)
    module = Module(path, name, package, source, tree, has_imports, symtable.symtable(source, path, "exec"))
    has_globals = re.search(r"\bglobal\b", source) is not None
    for statement in _statements(tree.body):
        names = tuple(dict.fromkeys(bound(statement)))
        piece = Piece(module, len(module.pieces), statement, names)
        module.pieces.append(piece)
        module.stars += piece.uses.stars if piece.is_import or (has_imports and not piece.is_definition) else []
        inside = [one for node in ast.walk(statement) if isinstance(node, ast.Global) for one in node.names] if has_globals else []
        module.assigned_inside.update(inside)
        for each in dict.fromkeys([*names, *inside]):
            module.binders.setdefault(each, []).append(piece)
    return module


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Those that run, one by one: without what only a type checker or a program that is started sees."""
    for statement in body:
        skipped = _skipped(statement)
        if skipped is None:
            yield statement
        else:
            yield from _statements(skipped)


def _skipped(statement: ast.stmt) -> list[ast.stmt] | None:
    """What runs instead of an `if`; None: it is none that is decided."""
    if not isinstance(statement, ast.If):
        return None
    test = ast.unparse(statement.test) if isinstance(statement.test, (ast.Name, ast.Attribute, ast.Compare)) else ""
    if re.fullmatch(r"(\w+\.)?TYPE_CHECKING", test):
        return statement.orelse
    is_main = test in ("__name__ == '__main__'", "'__main__' == __name__")
    return statement.orelse if is_main else None


def first_line(statement: ast.stmt) -> int:
    """With its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_global():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def bound(node: ast.AST) -> Iterator[str]:
    """Names that a statement binds in the module when it runs."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        # Defaults, decorators and bases are evaluated here, and may hold a walrus.
        outside = [one for name, value in ast.iter_fields(node) if name not in ("body", "type_params") for one in _nodes(value)]
        yield from (each for one in outside for each in bound(one))
        return
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (one.asname or (one.name.split(".")[0] if isinstance(node, ast.Import) else one.name) for one in node.names if one.name != "*")
        return
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    # What a pattern takes is text: `case {"a": x, **rest}`.
    taken = getattr(node, _TAKEN.get(type(node).__name__, ""), None)
    if isinstance(taken, str):
        yield taken
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    if isinstance(node, ast.comprehension):
        yield from (each for inner in (node.iter, *node.ifs) for each in bound(inner))
        return
    for child in ast.iter_child_nodes(node):
        yield from bound(child)


def _nodes(value: object) -> list[ast.AST]:
    """Of a field of a node."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST)]
