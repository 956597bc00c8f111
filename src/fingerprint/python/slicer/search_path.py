"""Where the interpreter finds modules, learned without running what its `site` module would run."""

from __future__ import annotations

import ast
import os
import site
import sys
from dataclasses import dataclass, field

from .files import Files


@dataclass
class SearchPath:
    """The places of modules beside the directory of the program itself; absolute paths."""

    standard: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    """Directories into which distributions are installed."""
    added: list[str] = field(default_factory=list)
    """Directories that `.pth` files add, in most cases those of editable installs."""
    mapped: dict[str, str] = field(default_factory=dict)
    """Top-level modules of editable installs, by name: file or directory."""
    hooks: list[str] = field(default_factory=list)
    """Lines of `.pth` files that run when the interpreter starts."""

    def is_standard(self, path: str) -> bool:
        return not self.is_installed(path) and any(is_below(path, one) for one in self.standard)

    def is_installed(self, path: str) -> bool:
        return any(is_below(path, one) for one in self.sites)


def is_below(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip(os.sep) + os.sep)


def search_path(files: Files) -> SearchPath:
    """The search path of this interpreter, which has been started without `site`."""
    found = SearchPath(standard=[os.path.abspath(path) for path in sys.path if path and os.path.isdir(path)])
    config = _environment_config(files)
    prefixes = [sys.prefix, sys.exec_prefix] if config is None else [os.path.dirname(config)]
    is_isolated = config is not None
    if config is not None and _includes_system(files, config):
        prefixes += [sys.base_prefix, sys.base_exec_prefix]
        is_isolated = False
    places = site.getsitepackages(list(dict.fromkeys(prefixes)))
    if not is_isolated:
        places = [site.getusersitepackages(), *places]
    for place in dict.fromkeys(os.path.abspath(one) for one in places):
        if os.path.isdir(place):
            found.sites.append(place)
            _read_added(found, place, files)
    return found


def _environment_config(files: Files) -> str | None:
    """The `pyvenv.cfg` of a virtual environment, which lies beside its interpreter or one level higher."""
    beside = os.path.dirname(sys.executable)
    for directory in (beside, os.path.dirname(beside)):
        path = os.path.join(directory, "pyvenv.cfg")
        if files.exists(path):
            return path
    return None


def _includes_system(files: Files, config: str) -> bool:
    for line in files.text(config).splitlines():
        key, _, value = line.partition("=")
        if key.strip().lower() == "include-system-site-packages":
            return value.strip().lower() == "true"
    return False


def _read_added(found: SearchPath, place: str, files: Files) -> None:
    for name in files.matching(place, ".pth"):
        if name.startswith("."):
            continue
        for line in files.text(os.path.join(place, name)).splitlines():
            text = line.strip()
            if text.startswith(("import ", "import\t")):
                _read_hook(found, place, text, files)
            elif text and not text.startswith("#"):
                directory = os.path.abspath(os.path.join(place, text))
                if os.path.isdir(directory) and directory not in found.sites:
                    found.added.append(directory)


def _read_hook(found: SearchPath, place: str, line: str, files: Files) -> None:
    """Of an editable install by setuptools: where its modules are. Any other hook counts by its text."""
    module = line[len("import") :].split(";", maxsplit=1)[0].strip()
    path = os.path.join(place, module + ".py")
    if not (module.startswith("__editable__") and files.exists(path)):
        found.hooks.append(line)
        return
    for statement in ast.parse(files.text(path)).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        if isinstance(targets[0], ast.Name) and targets[0].id == "MAPPING" and value is not None:
            found.mapped.update({str(key): str(where) for key, where in ast.literal_eval(value).items()})
