"""A module taken apart: its statements, what each binds and mentions."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .canonical import canonical
from .files import digest_of
from .uses import FUNCTIONS, UseFinder, Uses


@dataclass
class Piece:
    """One statement at the top of a module."""

    module: Module
    index: int
    node: ast.stmt
    names: tuple[str, ...]
    """What it binds in the module."""
    uses: Uses
    _digests: dict[bool, str] = field(default_factory=dict)

    @property
    def is_import(self) -> bool:
        """True for a statement that does nothing but import: where it leads is followed instead of its text."""
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @property
    def lines(self) -> tuple[int, int]:
        return (first_line(self.node), self.node.end_lineno or self.node.lineno)

    def digest(self, is_rich: bool) -> str:
        if is_rich not in self._digests:
            self._digests[is_rich] = digest_of(canonical(self.node, is_rich))
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
    pieces: list[Piece] = field(default_factory=list)
    binders: dict[str, list[Piece]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    assigned_inside: set[str] = field(default_factory=set)
    """Names that functions assign, as `global` lets them."""

    @cached_property
    def mentions_paths(self) -> bool:
        """True when an expression in it may be the path of a file beside a module."""
        return re.search(r"__file__|resources|get_data", self.source) is not None

    @cached_property
    def is_queried(self) -> bool:
        """True when a library may look up its names for a query in a text."""
        return re.search(r"\b(duckdb|polars|numexpr|pandasql|ibis)\b", self.source) is not None

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Names that its statements mention."""
        return frozenset(mention.chain[0] for piece in self.pieces for mention in piece.uses.mentions)


def take_apart(path: str, name: str, source: str) -> Module:
    """Raises SyntaxError, or ValueError for a source with null bytes."""
    tree = ast.parse(source, path)
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    module = Module(path, name, package, source, tree)
    has_globals = re.search(r"\bglobal\b", source) is not None
    tables = [(one.get_lineno(), set(_globals(one))) for one in symtable.symtable(source, path, "exec").get_children()]
    for statement in _statements(tree.body):
        first, last = first_line(statement), statement.end_lineno or statement.lineno
        nested = {each for line, names in tables if first <= line <= last for each in names}
        uses = UseFinder(package, nested).find(statement)
        names = tuple(dict.fromkeys(bound(statement)))
        piece = Piece(module, len(module.pieces), statement, names, uses)
        module.pieces.append(piece)
        module.stars += uses.stars
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
        for outer in (*node.decorator_list, *getattr(node, "bases", [])):
            yield from bound(outer)
        return
    if isinstance(node, FUNCTIONS):
        return
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (one.asname or (one.name.split(".")[0] if isinstance(node, ast.Import) else one.name) for one in node.names if one.name != "*")
        return
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    if type(node).__name__ in ("MatchAs", "MatchStar", "TypeAlias"):
        name = getattr(node, "name", None)
        yield from [name] if isinstance(name, str) else []
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    if isinstance(node, ast.comprehension):
        yield from (each for inner in (node.iter, *node.ifs) for each in bound(inner))
        return
    for child in ast.iter_child_nodes(node):
        yield from bound(child)
