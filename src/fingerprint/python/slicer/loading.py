"""The order in which modules are loaded, statement by statement."""

from __future__ import annotations

from collections.abc import Iterable

from .linker import Linker
from .module import Module, Piece
from .uses import FUNCTIONS


class Loading:
    """What has been loaded so far."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self.pieces: list[Piece] = []
        self._seen: set[str] = set()
        self.paths: set[str] = set()
        """Absolute, of the modules."""

    def load(self, name: str) -> None:
        """A module, by its dotted name, with the packages that it is in and all that it imports."""
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            self._load(".".join(parts[:length]))

    def _load(self, name: str) -> None:
        """Iterative: a chain of imports may be long."""
        if name in self._seen:
            return
        stack = [iter(self._steps(name))]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
            elif isinstance(step, Piece):
                self.pieces.append(step)
            elif step not in self._seen:
                stack.append(iter(self._steps(step)))

    def _steps(self, name: str) -> list[Piece | str]:
        self._seen.add(name)
        module = self._linker.module(name)
        if module is None:
            return []
        self.paths.add(module.path)
        return list(self._steps_of(module))

    def _steps_of(self, module: Module) -> Iterable[Piece | str]:
        for piece in module.pieces:
            # What a function imports is loaded when it is called.
            if not isinstance(piece.node, FUNCTIONS):
                named = [name for star in piece.uses.stars for name in self._linker.named_modules(star)]
                for name in (*piece.uses.loads, *named):
                    parts = name.split(".")
                    yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
            yield piece
