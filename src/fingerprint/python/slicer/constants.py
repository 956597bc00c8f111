"""Values of expressions that the source alone tells: texts, and paths beside a module."""

from __future__ import annotations

import ast
import os
from typing import Union

from .linker import Linker
from .module import Module, Piece
from .uses import chain_of

Value = Union[str, "Place", None]
_PATH_MAKERS = frozenset(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.path.join", "os.fspath", "builtins.str"))
_SAME = frozenset("resolve absolute expanduser as_posix __str__ __fspath__".split())
_SAME_CALLS = frozenset("os.path.abspath os.path.realpath os.path.normpath os.path.expanduser os.fspath str".split())
_RESOURCES = frozenset(
    "importlib.resources.read_text importlib.resources.read_binary importlib.resources.open_text importlib.resources.open_binary "
    "importlib.resources.path importlib.resources.contents pkgutil.get_data".split()
)


class Place(str):
    """An absolute path that begins with the place of a module."""

    __slots__ = ()


class Constants:
    """Evaluates without running code: undefined parts give None."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self._open: set[tuple[str, str]] = set()

    def text(self, node: ast.expr | None, module: Module) -> str | None:
        """Of a name of a variable, or of a module."""
        value = self.value(node, module)
        return value if isinstance(value, str) and not isinstance(value, Place) else None

    def value(self, node: ast.expr | None, module: Module) -> Value:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self._of_name(node.id, module)
        if isinstance(node, ast.BinOp):
            return self._joined(node, module)
        if isinstance(node, ast.JoinedStr):
            return self._formatted(node, module)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            above = self.value(node.value.value, module)
            steps = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return _above(above, steps + 1) if isinstance(above, Place) and isinstance(steps, int) else None
        if isinstance(node, ast.Attribute):
            base = self.value(node.value, module)
            if isinstance(base, Place) and node.attr == "parent":
                return _above(base, 1)
            return self._of_attribute(node, module)
        return self._of_call(node, module) if isinstance(node, ast.Call) else None

    def _of_name(self, name: str, module: Module) -> Value:
        if name == "__file__" and name not in module.binders:
            return Place(module.path)
        if name in ("__package__", "__name__") and name not in module.binders:
            return module.package if name == "__package__" else module.name
        binders = module.binders.get(name, [])
        if len(binders) != 1 or name in module.assigned_inside or (module.name, name) in self._open:
            return None
        self._open.add((module.name, name))
        value = self._of_binder(binders[0], name)
        self._open.discard((module.name, name))
        return value

    def _of_binder(self, piece: Piece, name: str) -> Value:
        if piece.is_import:
            target, attribute = piece.uses.imports[name][0]
            other = self.linker.module(target) if attribute else None
            return None if other is None else self._of_name(attribute, other)
        node = piece.node
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or any(not isinstance(one, ast.Name) for one in getattr(node, "targets", [])):
            return None
        return self.value(node.value, piece.module)

    def _of_attribute(self, node: ast.Attribute, module: Module) -> Value:
        chain = chain_of(node)
        if chain is None or len(chain) != 2:
            return None
        for target, attribute in (each for piece in module.binders.get(chain[0], []) for each in piece.uses.imports.get(chain[0], [])):
            other = self.linker.module(f"{target}.{attribute}" if attribute else target)
            if other is not None:
                return self._of_name(chain[1], other)
        return None

    def _joined(self, node: ast.BinOp, module: Module) -> Value:
        left, right = self.value(node.left, module), self.value(node.right, module)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Div) and isinstance(left, Place):
            return Place(os.path.join(left, right))
        return (Place if isinstance(left, Place) else str)(left + right) if isinstance(node.op, ast.Add) else None

    def _formatted(self, node: ast.JoinedStr, module: Module) -> Value:
        """Of an f-string of texts and names alone."""
        parts = [one.value if isinstance(one, ast.FormattedValue) and _is_bare(one) else one for one in node.values]
        values = [self.value(one, module) for one in parts]
        if None in values or not values:
            return None
        return (Place if isinstance(values[0], Place) else str)("".join(str(one) for one in values))

    def _of_call(self, node: ast.Call, module: Module) -> Value:
        chain = chain_of(node.func)
        dotted = None if chain is None else self.linker.foreign(chain, module)
        values = [self.value(one, module) for one in node.args]
        if dotted is not None:
            return self._of_known(dotted, values)
        if not isinstance(node.func, ast.Attribute):
            return None
        base, method = self.value(node.func.value, module), node.func.attr
        if not isinstance(base, Place) or any(one is None for one in values):
            return None
        rest = [one for one in values if one is not None]
        if method in _SAME:
            return base
        if method == "joinpath":
            return Place(os.path.join(base, *rest))
        return Place(os.path.join(os.path.dirname(base), *rest)) if method == "with_name" and rest else None

    def _of_known(self, dotted: str, values: list[Value]) -> Value:
        first = values[0] if values else None
        if first is None:
            return None
        if dotted == "importlib.resources.files":
            return self._package(first)
        if dotted in _RESOURCES and len(values) > 1 and values[1] is not None:
            directory = self._package(first)
            return None if directory is None else Place(os.path.join(directory, values[1]))
        if not isinstance(first, Place):
            return None
        if dotted == "os.path.dirname":
            return _above(first, 1)
        if dotted in _SAME_CALLS:
            return first
        return Place(os.path.join(*[str(one) for one in values])) if dotted in _PATH_MAKERS and None not in values else None

    def _package(self, name: str) -> Place | None:
        located = self.linker.finder.find(name, self.linker.files)
        return Place(located.directories[0]) if located.directories else None


def _is_bare(part: ast.FormattedValue) -> bool:
    """True for a part of an f-string that is put in as it is."""
    return part.conversion == -1 and part.format_spec is None


def _above(path: str, steps: int) -> Place:
    for _ in range(steps):
        path = os.path.dirname(path)
    return Place(path)
