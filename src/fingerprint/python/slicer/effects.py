"""Which statements that run while modules are loaded may change what a function reaches."""

from __future__ import annotations

import ast

from .files import Memory, Trace
from .graph import DEFINITIONS, Graph
from .linker import Link
from .module import Piece
from .purity import INERT
from .uses import Mention

Key = tuple[str, int]


class Effects:
    """Looks through what a statement mentions, and what that mentions, and so on."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._touched: Memory[Key, tuple[bool, set[Link]]] = Memory(graph.linker.files)
        # Pieces that lead to what may change more than is shown, with what was looked at to find that out.
        self._leading: dict[Key, Trace] = {}

    def concerns(self, piece: Piece, reached: set[Key], absent: set[Link]) -> bool:
        """True when the statement may change one of these pieces, or set a name that was looked for in vain, or change what is not known."""
        changes_more, touched = self._touch(piece)
        return changes_more or any((link.module, link.index) in reached if link.kind == "piece" else link in absent for link in touched)

    def _touch(self, piece: Piece) -> tuple[bool, set[Link]]:
        return self._touched.get((piece.module.name, piece.index), (False, set()), lambda: self._find(piece))

    def _find(self, piece: Piece) -> tuple[bool, set[Link]]:
        start = (piece.module.name, piece.index)
        touched: set[Link] = set()
        reached_from: dict[Key, Key | None] = {start: None}
        queue = [piece]
        while queue:
            current = queue.pop()
            at = (current.module.name, current.index)
            references = self._graph.references(current)
            if references.changes_more or at in self._leading:
                self._lead(at, reached_from)
                return True, set()
            for mention, link in references.links:
                if mention.is_annotation:
                    continue
                for other in self._pieces(link):
                    key = (other.module.name, other.index)
                    if key != start and self._may_change(mention, other, link):
                        touched.add(Link("piece", *key))
                    if key not in reached_from:
                        reached_from[key] = at
                        queue.append(other)
                if link.kind == "absent" and mention.how == "store":
                    touched.add(link)
        return False, touched

    def _lead(self, at: Key, reached_from: dict[Key, Key | None]) -> None:
        """Looking through later statements ends at any piece on the way."""
        trace = self._graph.linker.files.trace
        if at in self._leading:
            trace.add(self._leading[at])
        key: Key | None = at
        while key is not None:
            self._leading.setdefault(key, trace)
            key = reached_from[key]

    def _pieces(self, link: Link) -> list[Piece]:
        linker = self._graph.linker
        if link.kind == "piece":
            return [linker.piece(link)]
        module = linker.module(link.module) if link.kind == "module" else None
        return [] if module is None else module.pieces

    def _may_change(self, mention: Mention, piece: Piece, link: Link) -> bool:
        if mention.how == "store" or link.kind == "module":
            return True
        if isinstance(piece.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return mention.how != "call" or self._graph.changes(piece)
        purity = self._graph.purity
        return isinstance(piece.node, DEFINITIONS) or not all(purity.kind_of_name(piece.module, name) == INERT for name in piece.names)
