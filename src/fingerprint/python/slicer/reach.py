"""All that a function reaches: pieces of modules, files, installed packages, and in which order it is loaded."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Union

from .distributions import Distributions
from .effects import Effects, Key
from .graph import DEFINITIONS, Graph
from .knowledge import INTROSPECTED
from .linker import Link
from .loading import Loading
from .module import Piece
from .purity import INERT
from .uses import Mention

Node = tuple[str, Union[Key, str]]
"""`piece` with its key; `file` or `binary` with a path; `package` with the dotted name of a module."""


@dataclass
class Item:
    """Something that is reached."""

    node: Node
    via: int | None
    links: list[tuple[str, list[int | str]]] = field(default_factory=list)
    """By the names as the code has them: indices of items, or texts."""


class Reach:
    """Grows from the statements that bind a function, until nothing more belongs to it."""

    def __init__(self, graph: Graph, effects: Effects, distributions: Distributions) -> None:
        self.graph = graph
        self._effects = effects
        self._distributions = distributions
        self.items: list[Item] = []
        self.rich: set[Key] = set()
        self.all_rich = False
        self.order: list[object] = []
        self._index: dict[Node, int] = {}
        self._queue: list[int] = []
        self._absent: set[Link] = set()
        self._loaded: list[Piece] = []
        self.loaded: set[str] = set()
        """Absolute paths of the modules that are loaded."""
        self._stored: set[tuple[str, str]] = set()

    def grow(self, start: list[Piece], begins: list[str]) -> None:
        """@param begins Dotted names of modules that are loaded first, in this order."""
        for piece in start:
            self._add(("piece", key_of(piece)), None)
        while True:
            self._expand_all()
            loading = Loading(self.graph.linker)
            for name in [*begins, *self._lazy()]:
                loading.load(name)
            self._loaded = loading.pieces
            self.loaded = loading.paths
            if not self._add_effects():
                break
        self._find_order()

    def piece(self, item: Item) -> Piece | None:
        kind, key = item.node
        return self.graph.linker.piece(Link("piece", *key)) if kind == "piece" and isinstance(key, tuple) else None

    def is_rich(self, piece: Piece) -> bool:
        return self.all_rich or key_of(piece) in self.rich or self.graph.is_rich(piece)

    def pieces(self) -> list[Piece]:
        return [piece for piece in map(self.piece, self.items) if piece is not None]

    def takes(self, beginnings: tuple[str, ...]) -> bool:
        """True when it uses something foreign whose dotted name begins with one of these."""
        return any(isinstance(one, str) and one.startswith(beginnings) for item in self.items for _, links in item.links for one in links)

    def _add(self, node: Node, via: int | None) -> int:
        if node not in self._index:
            self._index[node] = len(self.items)
            self.items.append(Item(node, via))
            self._queue.append(self._index[node])
        return self._index[node]

    def _expand_all(self) -> None:
        position = 0
        while position < len(self._queue):
            self._expand(self._queue[position])
            position += 1
        self._queue.clear()

    def _expand(self, index: int) -> None:
        item = self.items[index]
        piece = self.piece(item)
        if piece is None:
            return
        references = self.graph.references(piece)
        if references.introspects and not self.all_rich:
            self.all_rich = True
            self._queue += range(len(self.items))
        is_rich = self.is_rich(piece)
        by_name: dict[str, list[int | str]] = {}
        for mention, link in references.links:
            if is_rich or not mention.is_annotation:
                into = by_name.setdefault(".".join(mention.chain), [])
                into += [one for one in self._refer(mention, link, index) if one not in into]
        for path in references.files:
            by_name.setdefault("files", []).append(self._add(("file", path), index))
        for name in references.packages:
            by_name.setdefault("metadata", []).append(self._add(("metadata", name), index))
        for name in piece.uses.guarded:
            # Whether loading it fails can be seen.
            by_name.setdefault("guarded", []).extend(self._all_of(name, index))
        item.links = sorted(by_name.items())

    def _refer(self, mention: Mention, link: Link, via: int) -> list[int | str]:
        if link.kind == "piece":
            piece = self.graph.linker.piece(link)
            self._may_be_looked_at(mention, link, piece)
            return [self._add(("piece", key_of(piece)), via)]
        if link.kind == "module":
            return ["all", *self._all_of(link.module, via)]
        if link.kind == "binary":
            located = self.graph.linker.finder.find(link.text, self.graph.linker.files)
            return [self._add(("binary", located.path), via)]
        if link.kind == "absent":
            self._absent.add(link)
            return [link.text]
        if link.kind == "foreign" and self.graph.linker.kind(link.module) == "installed":
            return [self._add(("package", self._distributions.owned(link.text)), via), link.text]
        if link.kind != "foreign":
            return []
        return [f"absent {link.text}" if self.graph.linker.kind(link.module) == "missing" else link.text]

    def _all_of(self, name: str, via: int) -> list[int | str]:
        module = self.graph.linker.module(name)
        pieces = [] if module is None else [one for one in module.pieces if not one.is_import]
        imported = [] if module is None else [one for one in module.pieces if one.is_import]
        found: list[int | str] = [self._add(("piece", key_of(one)), via) for one in pieces]
        for one in imported:
            for bound in one.names:
                mention = Mention((bound,), "read", ast.Name(bound, ast.Load()))
                if module is not None:
                    links = [link for link in self.graph.linker.links((bound,), module) if link.kind != "module"]
                    found += [each for link in links for each in self._refer(mention, link, via)]
        return found

    def _may_be_looked_at(self, mention: Mention, link: Link, piece: Piece) -> None:
        """A function that is passed on may be asked for its annotations and docstring."""
        is_taken = mention.how == "read" and (not link.attributes or link.attributes[-1] in INTROSPECTED)
        if is_taken and isinstance(piece.node, DEFINITIONS) and key_of(piece) not in self.rich:
            self.rich.add(key_of(piece))
            if ("piece", key_of(piece)) in self._index:
                self._queue.append(self._index["piece", key_of(piece)])

    def _lazy(self) -> list[str]:
        return list(dict.fromkeys(name for piece in self.pieces() for name in self.graph.references(piece).loads))

    def _add_effects(self) -> bool:
        reached = {key_of(piece) for piece in self.pieces()}
        finds_subclasses = any(piece.uses.finds_subclasses for piece in self.pieces())
        before = len(self.items)
        for piece in self._loaded:
            for package in self._unused(piece):
                self._add(("package", package), None)
            if key_of(piece) in reached:
                continue
            is_found = finds_subclasses and any(isinstance(node, ast.ClassDef) for node in ast.walk(piece.node))
            if is_found or (self.graph.changes(piece) and self._effects.concerns(piece, reached, self._absent)):
                self._add(("piece", key_of(piece)), None)
        return len(self.items) > before

    def _unused(self, piece: Piece) -> list[str]:
        """Packages that a statement imports and nothing in its module uses: for what loading them does."""
        module, linker = piece.module, self.graph.linker
        if not (piece.is_import or module.has_imports) or piece.is_definition:
            return []
        targets = [(name, target) for name in piece.names for target in piece.uses.imports.get(name, ())]
        unused = [target for name, target in targets if linker.kind(target[0]) == "installed" and not module.mentions(name)]
        return [self._distributions.owned(".".join(target).rstrip(".")) for target in unused]

    def _find_order(self) -> None:
        """Of what is loaded the statements of which it matters what ran before them."""
        self._stored = self._find_stored()
        for piece in self._loaded:
            self.order += [["load", self._index["package", package]] for package in self._unused(piece)]
            index = self._index.get(("piece", key_of(piece)))
            if piece.is_import:
                taken = [link for name in piece.names for link in self.graph.linker.links((name,), piece.module)]
                moving = [link for link in taken if link.kind == "piece" and not link.attributes and self._is_rebound(self.graph.linker.piece(link))]
                found = [self._index.get(("piece", (link.module, link.index))) for link in moving]
                self.order += [["import", one] for one in found if one is not None]
            elif index is not None and (self.graph.changes(piece) or self._is_rebound(piece) or self._reads_state(piece)):
                self.order.append(index)

    def _is_rebound(self, piece: Piece) -> bool:
        module = piece.module
        return any(len(module.binders[name]) > 1 or name in module.assigned_inside or (module.name, name) in self._stored for name in piece.names)

    def _find_stored(self) -> set[tuple[str, str]]:
        """Names of modules that reached code assigns from elsewhere."""
        found = set()
        for piece in self.pieces():
            for mention, link in self.graph.references(piece).links:
                if mention.how == "store" and link.kind == "piece" and not link.attributes and len(mention.chain) > 1:
                    found.add((link.module, mention.chain[-1]))
        return found

    def _reads_state(self, piece: Piece) -> bool:
        for mention, link in self.graph.references(piece).links:
            if not (mention.is_inside or mention.is_annotation) and link.kind == "piece":
                other = self.graph.linker.piece(link)
                is_variable = not isinstance(other.node, DEFINITIONS)
                if is_variable and any(self.graph.purity.kind_of_name(other.module, name) != INERT for name in other.names):
                    return True
        return False


def key_of(piece: Piece) -> Key:
    return (piece.module.name, piece.index)
