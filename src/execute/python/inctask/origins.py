"""Which files belong to the workspace, and which to Python and its packages."""

from __future__ import annotations

import os
import site
import sys
import sysconfig

PROGRAM = os.path.dirname(os.path.abspath(__file__))
STDLIB = sysconfig.get_path("stdlib")


def is_within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


class Origins:
    """Absolute paths, compared as they are written: Python finds modules by the paths that it is given."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._packages = tuple(_package_directories(root))
        self._answers: dict[str, bool] = {}

    def is_own(self, path: str) -> bool:
        """True for what lies in the workspace and is not installed there."""
        known = self._answers.get(path)
        if known is None:
            known = is_within(path, self.root) and not self.is_installed(path)
            self._answers[path] = known
        return known

    def is_installed(self, path: str) -> bool:
        """True for files of Python, of packages, and of what Python and packages keep beside them."""
        parts = path.split(os.sep)
        return "__pycache__" in parts or "node_modules" in parts or any(is_within(path, directory) for directory in self._packages)


def _package_directories(root: str) -> set[str]:
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found.update(getattr(site, "getsitepackages", list)())
    user = getattr(site, "getusersitepackages", str)()
    if user:
        found.add(user)
    # A virtual environment is installed as a whole; the prefix of any other Python may hold anything.
    if sys.prefix != sys.base_prefix:
        found.add(sys.prefix)
    found.add(PROGRAM)
    found.update([os.path.realpath(path) for path in found])
    return {path for path in found if path and not is_within(root, path)}
