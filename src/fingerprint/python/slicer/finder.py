"""Which file an import leads to, by the rules of Python's own path finder."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from dataclasses import dataclass

from .files import Files
from .search_path import SearchPath

_EXTENSIONS = tuple(importlib.machinery.EXTENSION_SUFFIXES)
_SUFFIXES = (*_EXTENSIONS, ".py", ".pyc")


@dataclass(frozen=True)
class Located:
    """What a dotted name of a module leads to."""

    kind: str
    """`source`, `binary` (compiled, in the workspace), `namespace`, `installed`, `standard` or `missing`."""
    name: str
    """Dotted."""
    path: str = ""
    """Absolute, of the file; of an installed one without a file of its own: its directory."""
    directories: tuple[str, ...] = ()
    """Where the modules inside of it are: empty unless it is a package."""


def import_root(module: str, files: Files) -> tuple[str, str]:
    """The directory in which the name of a module begins, and that name: the first one above it that is no package."""
    directory, file = os.path.split(module)
    parts = [] if file == "__init__.py" else [os.path.splitext(file)[0]]
    while files.exists(os.path.join(directory, "__init__.py")) and os.path.dirname(directory) != directory:
        directory, name = os.path.split(directory)
        parts.insert(0, name)
    return directory, ".".join(parts)


class Finder:
    """Finds modules for programs that begin in one directory."""

    def __init__(self, root: str, path: SearchPath) -> None:
        self.root = root
        self.path = path
        self._known: dict[str, Located] = {}
        self._files: dict[str, Files] = {}

    def find(self, name: str, files: Files) -> Located:
        """The module of this dotted name, with what decided that in the trace of the files."""
        if name not in self._known:
            self._files[name] = files.with_own_trace()
            self._known[name] = self._find(name, self._files[name])
        files.trace.add(self._files[name].trace)
        return self._known[name]

    def pin(self, name: str, path: str) -> None:
        """Lets a name lead to a module: the one that is asked about is loaded from its file."""
        self._known[name] = self._located(name, path, (os.path.join(os.path.dirname(path), "__init__.py") == path and os.path.dirname(path)) or "")
        self._files[name] = Files()

    def _find(self, name: str, files: Files) -> Located:
        above, _, last = name.rpartition(".")
        if above == "":
            return self._find_top(name, files)
        parent = self.find(above, files)
        if parent.kind in ("standard", "installed"):
            return Located(parent.kind, name, parent.path)
        return self._search(name, last, parent.directories, files)

    def _find_top(self, name: str, files: Files) -> Located:
        if name in sys.builtin_module_names:
            return Located("standard", name)
        places = (self.root, *self.path.standard, *self.path.sites, *self.path.added)
        found = self._search(name, name, places, files)
        mapped = self.path.mapped.get(name)
        if found.kind != "missing" or mapped is None:
            return found
        return self._search(name, os.path.basename(mapped).split(".")[0], (os.path.dirname(mapped),), files)

    def _search(self, name: str, last: str, places: tuple[str, ...], files: Files) -> Located:
        portions = []
        for place in places:
            directory = os.path.join(place, last)
            is_directory = os.path.isdir(directory)
            for path in _candidates(place, last):
                # What the standard library holds is decided by Python's version.
                if place in self.path.standard:
                    if os.path.isfile(path):
                        return Located("standard", name, path)
                elif files.exists(path):
                    return self._located(name, path, directory)
            if is_directory and place not in self.path.standard:
                portions.append(directory)
        if not portions:
            return Located("missing", name)
        if all(self.path.is_installed(one) for one in portions):
            return Located("installed", name, portions[0])
        return Located("namespace", name, directories=tuple(portions))

    def _located(self, name: str, path: str, directory: str) -> Located:
        if self.path.is_installed(path):
            return Located("installed", name, path)
        kind = "source" if path.endswith(".py") else "binary"
        is_package = os.path.dirname(path) == directory
        return Located(kind, name, path, (directory,) if is_package else ())


def _candidates(place: str, name: str) -> list[str]:
    inside = [os.path.join(place, name, "__init__" + suffix) for suffix in _SUFFIXES]
    return inside + [os.path.join(place, name + suffix) for suffix in _SUFFIXES]
