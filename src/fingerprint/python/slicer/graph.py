"""What pieces of code refer to: each link of each piece, found once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import knowledge
from .answer import Problem
from .constants import Constants, Place
from .files import Memory
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


_NOTHING = References()


class Graph:
    """Pieces with what they refer to."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self.purity = Purity(linker)
        self._constants = Constants(linker)
        self._known: Memory[tuple[str, int], References] = Memory(linker.files)
        self._rich: Memory[tuple[str, int], bool] = Memory(linker.files)
        self._changes: Memory[tuple[str, int], bool] = Memory(linker.files)
        self._have_paths: Memory[str, bool] = Memory(linker.files)

    def references(self, piece: Piece) -> References:
        return self._known.get((piece.module.name, piece.index), _NOTHING, lambda: self._find(piece))

    def changes(self, piece: Piece) -> bool:
        """True when running the statement may change something beside what it binds."""
        return self._changes.get((piece.module.name, piece.index), False, lambda: self.purity.changes(piece))

    def _find(self, piece: Piece) -> References:
        found = References(introspects=piece.uses.introspects, loads=list(piece.uses.lazy))
        found.changes_more = piece.uses.writes or any(self.linker.kind(name) in ("source", "namespace") for name in found.loads)
        for mention in piece.uses.mentions:
            for link in self.linker.links(mention.chain, piece.module, piece.uses):
                found.links.append((mention, link))
                if link.kind in ("foreign", "built-in"):
                    self._see(link, mention, piece, found)
                elif link.text.startswith("__path__") and (mention.how == "store" or "__path__" in mention.chain[:-1]):
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
        found.introspects |= seen.introspects
        if seen.problem is not None:
            found.problems.append(seen.problem)
        found.packages += seen.packages
        if seen.reaches_all:
            found.links.append((mention, Link("module", piece.module.name)))
        found.loads += seen.modules
        for name in (*seen.modules, *seen.sought):
            found.links += [(mention, link) for link in self.linker.module_links(name)]
        is_given = mention.how == "read" and not mention.use and _is_changeable(dotted, link.module)
        is_stored = mention.how == "store" or is_given
        is_known = dotted not in _CHANGING if "." not in dotted else knowledge.is_pure(dotted)
        found.changes_more |= not mention.is_annotation and (is_stored or not is_known or seen.reaches_all)

    def _find_inner_imports(self, piece: Piece, found: References) -> None:
        """Imports that count though nothing uses their names: in a compound statement, for a class, of packages in a function."""
        mentioned = {mention.chain[0] for mention in piece.uses.mentions}
        for name in piece.uses.imports:
            if name in piece.uses.members or (name in piece.names and name not in mentioned):
                links = self.linker.links((name,), piece.module, piece.uses)
                found.links += [(_importing(name), link) for link in links if link.kind != "piece" or self.linker.piece(link) is not piece]
        for name in piece.uses.lazy:
            if self.linker.kind(name.partition(".")[0]) in ("installed", "missing"):
                found.links += [(_importing(name), link) for link in self.linker.module_links(name)]

    def _may_have_paths(self, module: Module) -> bool:
        """True when the module, or one that it imports in whatever way, says where it is."""
        return self._have_paths.get(module.name, False, lambda: self._find_paths(module))

    def _find_paths(self, module: Module) -> bool:
        seen, queue = {module.name}, [module]
        while queue and not queue[-1].mentions_paths:
            names = queue.pop().imported
            for name in dict.fromkeys(names):
                other = None if name in seen else self.linker.module(name)
                queue += [] if other is None else [other]
            seen.update(names)
        return bool(queue)

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
        return self._rich.get((piece.module.name, piece.index), False, lambda: self._is_looked_at(piece))

    def _is_looked_at(self, piece: Piece) -> bool:
        return any(self._looks(node, piece.module) for node in ast.walk(piece.node) if isinstance(node, DEFINITIONS))

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


def _importing(name: str) -> Mention:
    return Mention((name,), "call", ast.Name(name, ast.Load()))


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
