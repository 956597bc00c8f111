"""
The packages that a module imports before anything else happens, imported ahead of the tasks. Where other code comes first it may decide
what an import does (os.environ["OMP_NUM_THREADS"] = "1"), so the walk ends there: what follows, each task imports by itself. Modules of
the workspace are only read here.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import os
from collections.abc import Iterator

from .origins import Origins


class _Uncertain(Exception):
    """Other code comes next."""


class Preload:
    def __init__(self, origins: Origins, root: str, name: str) -> None:
        """@param root Absolute path of the directory from which the module of that name is imported."""
        self._origins = origins
        self._root = root
        self._name = name
        self._visited: set[str] = set()
        # Absolute paths of the workspace's modules that were read.
        self.read: list[str] = []
        # In their order.
        self.imports: list[tuple[str, tuple[str, ...]]] = []

    def find(self) -> None:
        with contextlib.suppress(_Uncertain):
            self._visit_all(self._root, self._name)

    def _visit_all(self, root: str, name: str) -> None:
        """A module, after the packages that it is in."""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            stem = os.path.join(root, *parts[:count])
            package = os.path.join(stem, "__init__.py")
            inner = ".".join(parts[:count])
            if os.path.isfile(package):
                self._visit(root, inner, package, inner)
            elif os.path.isfile(f"{stem}.py"):
                self._visit(root, inner, f"{stem}.py", inner.rpartition(".")[0])

    def _visit(self, root: str, name: str, path: str, package: str) -> None:
        if path in self._visited:
            return
        self._visited.add(path)
        self.read.append(path)
        try:
            with open(path, "rb") as file:
                tree = ast.parse(file.read(), path)
        except (OSError, SyntaxError, ValueError):
            raise _Uncertain(name) from None
        for statement in tree.body:
            for imported, names in _imports_of(statement, package):
                self._take(root, imported, names)

    def _take(self, root: str, name: str, names: tuple[str, ...]) -> None:
        top = name.partition(".")[0]
        if not self._is_of_workspace(root, top):
            self.imports.append((name, names))
            return
        self._visit_all(root, name)
        for inner in names:
            self._visit_all(root, f"{name}.{inner}")

    def _is_of_workspace(self, root: str, top: str) -> bool:
        stem = os.path.join(root, top)
        if os.path.isdir(stem) or os.path.isfile(f"{stem}.py"):
            return True
        try:
            spec = importlib.util.find_spec(top)
        except (ImportError, ValueError, AttributeError):
            raise _Uncertain(top) from None
        if spec is None:
            raise _Uncertain(top)
        places = [spec.origin or "", *(spec.submodule_search_locations or [])]
        if any(os.path.isabs(place) and not self._origins.is_installed(place) for place in places):
            # It can be edited: its files are elsewhere than those of packages.
            raise _Uncertain(top)
        return False


def import_all(imports: list[tuple[str, tuple[str, ...]]]) -> None:
    for name, names in imports:
        try:
            module = importlib.import_module(name)
            for inner in names:
                if hasattr(module, "__path__") and not hasattr(module, inner):
                    importlib.import_module(f"{name}.{inner}")
        except BaseException:
            # The task meets it again, at its own line.
            return


def _imports_of(statement: ast.stmt, package: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.name, ()
    elif isinstance(statement, ast.ImportFrom):
        if statement.module == "__future__":
            return
        names = tuple(alias.name for alias in statement.names if alias.name != "*")
        above = package.split(".")[: len(package.split(".")) - statement.level + 1] if statement.level > 0 else []
        yield ".".join([*above, *([statement.module] if statement.module else [])]), names
    elif not _does_nothing(statement):
        raise _Uncertain(ast.dump(statement)[:40])


def _does_nothing(statement: ast.stmt) -> bool:
    """True for what only gives names to constants, functions and the like."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        around = [*statement.decorator_list, *statement.args.defaults, *(one for one in statement.args.kw_defaults if one)]
        return all(_is_plain(one) for one in around) and not statement.decorator_list
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, ast.Name) for target in statement.targets) and _is_plain(statement.value)
    if isinstance(statement, ast.AnnAssign):
        return isinstance(statement.target, ast.Name) and (statement.value is None or _is_plain(statement.value))
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass)


def _is_plain(value: ast.expr) -> bool:
    return all(
        isinstance(node, (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Name, ast.Load, ast.UnaryOp, ast.unaryop))
        for node in ast.walk(value)
    )
