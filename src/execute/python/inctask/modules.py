"""Loading the workspace's own modules: always from their sources, and in a way that says what was loaded."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from types import ModuleType
from typing import Any

from .origins import Origins
from .report import Report
from .uses import Uses, quiet


class OwnModules:
    """
    A compiled module beside its source would be told by the second in which that was written and its size: an edit within that second
    would be missed. So none is read, and none is written; nor of what lies beside the workspace and was not installed, as a package that
    is edited there.
    """

    def __init__(self, origins: Origins, report: Report, uses: Uses) -> None:
        self._origins = origins
        self._report = report
        self._uses = uses
        self._given: set[str] = set()

    def load(self, root: str, name: str) -> ModuleType:
        """@param root Where modules are looked for first: absolute, as `python script.py` takes the directory of the script."""
        sys.path.insert(0, root)
        sys.path_hooks.insert(0, self._hook)
        for known in [known for known in sys.path_importer_cache if not self._origins.is_installed(known)]:
            del sys.path_importer_cache[known]
        # One of Python's own may have that name, and has been loaded for this program: what comes first in the path hides it.
        top = name.partition(".")[0]
        if getattr(sys.modules.get(top), "__file__", None) is not None:
            for known in [known for known in sys.modules if known == top or known.startswith(f"{top}.")]:
                del sys.modules[known]
        return importlib.import_module(name)

    def give_all(self) -> None:
        """What was loaded in another way: native modules, modules beside the workspace that no package manager put there."""
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if not isinstance(path, str) or not os.path.isabs(path):
                continue
            path = os.path.normpath(path)
            if self._origins.is_installed(path):
                continue
            if self._origins.is_own(path):
                self._give(path, None)
            elif path not in self._given:
                self._given.add(path)
                self._report.give({"use": "read", "path": path})

    def _give(self, path: str, source: bytes | None) -> None:
        if path in self._given:
            return
        self._given.add(path)
        if source is None:
            with quiet(), open(path, "rb") as file:
                source = file.read()
        self._report.give({"module": path, "sha256": _sha256()(source).hexdigest()})

    def _hook(self, directory: str) -> FileFinder:
        with quiet():
            if self._origins.is_installed(directory) or not os.path.isdir(directory):
                raise ImportError(directory)
        own = self

        class OwnLoader(SourceFileLoader):
            def get_code(self, fullname: str) -> Any:
                path = self.get_filename(fullname)
                with quiet():
                    source = super().get_data(path)
                if own._origins.is_own(path):
                    own._give(path, source)
                return self.source_to_code(source, path)

            def get_data(self, path: str) -> bytes:
                """Of pkgutil.get_data: what lies beside modules is read as any other file."""
                own._uses.note("read", path, sys._getframe(1))
                with quiet():
                    return super().get_data(path)

        return FileFinder(directory, (ExtensionFileLoader, EXTENSION_SUFFIXES), (OwnLoader, SOURCE_SUFFIXES))


def _sha256() -> Any:
    """Python's own, as the module random takes it: loading OpenSSL for hashlib takes longer than all else of a short attempt."""
    for name in ("_sha2", "_sha256"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name).sha256
    return importlib.import_module("hashlib").sha256
