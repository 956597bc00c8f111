"""What pieces of code refer to: each link of each piece, found once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import knowledge
from .answer import Problem
from .constants import Constants, Place
from .linker import Link, Linker
from .module import Module, Piece
from .purity import Purity
from .special import problem, special
from .uses import Mention, chain_of

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class References:
    """Of one piece."""

    links: list[tuple[Mention, Link]] = field(default_factory=list)
    env: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """Absolute paths of files beside modules that it names."""
    packages: list[str] = field(default_factory=list)
    """Distributions whose metadata it asks for; `*`: all of them."""
    loads: list[str] = field(default_factory=list)
    """Modules that it imports while a function runs."""
    introspects: bool = False
    changes_more: bool = False
    """It uses something that may change what the links do not show."""
    problems: list[Problem] = field(default_factory=list)


class Graph:
    """Pieces with what they refer to."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self.purity = Purity(linker)
        self._constants = Constants(linker)
        self._known: dict[tuple[str, int], References] = {}
        self._rich: dict[tuple[str, int], bool] = {}
        self._changes: dict[tuple[str, int], bool] = {}
        self._have_paths: dict[str, bool] = {}

    def references(self, piece: Piece) -> References:
        key = (piece.module.name, piece.index)
        if key not in self._known:
            self._known[key] = References()
            self._known[key] = self._find(piece)
        return self._known[key]

    def changes(self, piece: Piece) -> bool:
        """True when running the statement may change something beside what it binds."""
        key = (piece.module.name, piece.index)
        if key not in self._changes:
            self._changes[key] = self.purity.changes(piece)
        return self._changes[key]

    def _find(self, piece: Piece) -> References:
        found = References(introspects=piece.uses.introspects, loads=list(piece.uses.lazy))
        found.changes_more = piece.uses.writes or any(self.linker.kind(name) in ("source", "namespace") for name in found.loads)
        for mention in piece.uses.mentions:
            for link in self.linker.links(mention.chain, piece.module, piece.uses):
                found.links.append((mention, link))
                if link.kind in ("foreign", "built-in"):
                    self._see(link, mention, piece, found)
                elif link.text.startswith("__path__") and (mention.how == "store" or len(mention.chain) > 1):
                    found.problems.append(problem("search-path", mention, piece.module))
        if not piece.is_import:
            self._find_inner_imports(piece, found)
        for name in _queried(piece):
            mention = Mention((name,), "read", ast.Name(name, ast.Load()))
            found.links += [(mention, link) for link in self.linker.links((name,), piece.module)]
        if self._may_have_paths(piece.module):
            found.files = list(dict.fromkeys(self._files(piece.uses.paths, piece.module)))
        return found

    def _see(self, link: Link, mention: Mention, piece: Piece, found: References) -> None:
        dotted = link.text
        seen = special(dotted, mention, piece, self._constants)
        found.env += seen.env
        found.patterns += seen.patterns
        found.introspects |= seen.introspects
        if seen.problem is not None:
            found.problems.append(seen.problem)
        found.packages += seen.packages
        if seen.reaches_all:
            found.links.append((mention, Link("module", piece.module.name)))
        for name in seen.modules:
            found.loads.append(name)
            found.links += [(mention, link) for link in self.linker.module_links(name)]
        is_given = mention.how == "read" and not mention.use and _is_changeable(dotted, link.module)
        is_stored = mention.how == "store" or is_given
        is_known = dotted not in _CHANGING if "." not in dotted else knowledge.is_pure(dotted)
        found.changes_more |= not mention.is_annotation and (is_stored or not is_known or seen.reaches_all)

    def _find_inner_imports(self, piece: Piece, found: References) -> None:
        """An import in a compound statement decides what its name leads to."""
        mentioned = {mention.chain[0] for mention in piece.uses.mentions}
        for name in piece.uses.imports:
            if name not in mentioned and name in piece.names:
                mention = Mention((name,), "call", ast.Name(name, ast.Load()))
                found.links += [(mention, link) for link in self.linker.links((name,), piece.module, piece.uses) if link.index != piece.index]

    def _may_have_paths(self, module: Module) -> bool:
        """True when the module, or one that it imports in whatever way, says where it is."""
        if module.name not in self._have_paths:
            seen, queue = {module.name}, [module]
            while queue and not queue[-1].mentions_paths:
                uses = [piece.uses for piece in queue.pop().pieces]
                named = {target[0] for use in uses for targets in use.imports.values() for target in targets}
                for name in {*named, *(one for use in uses for one in (*use.loads, *use.lazy, *use.stars))} - seen:
                    seen.add(name)
                    other = self.linker.module(name)
                    queue += [] if other is None else [other]
            self._have_paths[module.name] = bool(queue)
        return self._have_paths[module.name]

    def _files(self, nodes: list[ast.expr], module: Module) -> Iterator[str]:
        """Of the expressions that are paths the longest ones."""
        inside: set[int] = set()
        for node in nodes:
            if id(node) in inside:
                continue
            value = self._constants.value(node, module)
            if isinstance(value, Place):
                inside |= {id(one) for one in ast.walk(node)}
                yield str(value)

    def is_rich(self, piece: Piece) -> bool:
        """True when its annotations and docstrings count, as a decorator or a base may look at them."""
        key = (piece.module.name, piece.index)
        if key not in self._rich:
            self._rich[key] = False
            self._rich[key] = any(self._looks(node, piece.module) for node in ast.walk(piece.node) if isinstance(node, DEFINITIONS))
        return self._rich[key]

    def _looks(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, module: Module) -> bool:
        for decorator in node.decorator_list:
            call = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not (isinstance(call, ast.Attribute) and call.attr in ("setter", "getter", "deleter")):
                dotted = self.purity.dotted(call, module)
                if dotted is None or not knowledge.is_lean_decorator(dotted):
                    return True
        bases = [*node.bases, *(one.value for one in node.keywords)] if isinstance(node, ast.ClassDef) else []
        return any(self._base_looks(base.value if isinstance(base, ast.Subscript) else base, module) for base in bases)

    def _base_looks(self, base: ast.expr, module: Module) -> bool:
        dotted = self.purity.dotted(base, module)
        if dotted is not None:
            return not knowledge.is_lean_base(dotted)
        found = self.linker.class_of(chain_of(base) or (), module)
        if found is None:
            return True
        hooks = [one for one in ast.walk(found.node) if getattr(one, "name", "") in ("__init_subclass__", "__new__", "__prepare__")]
        return bool(hooks) or self.is_rich(found)


def _is_changeable(dotted: str, module: str) -> bool:
    """True for a module or a class that is passed on: what gets it may patch it."""
    last = dotted.rpartition(".")[2]
    return dotted == module or (last[:1].isupper() and not last.isupper())


def _queried(piece: Piece) -> list[str]:
    """Variables of the module that a query in a text may name: pandas has `@name`, and others look for tables in the caller's names."""
    pattern = r"\w+" if piece.module.is_queried else r"(?<=@)\w+"
    words = dict.fromkeys(word for text in piece.uses.texts for word in re.findall(pattern, text))
    binders = piece.module.binders
    return [word for word in words if any(one is not piece and not isinstance(one.node, DEFINITIONS) for one in binders.get(word, []))]


# Built-in functions by which a module may change more than it names.
_CHANGING = frozenset("open eval exec __import__ compile globals vars locals input breakpoint exit quit help".split())
