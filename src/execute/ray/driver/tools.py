"""A tool counts by its content: the one of this machine has to be the one that inc has seen on its own."""

from __future__ import annotations

import os
import shutil
from typing import Any

from . import content
from .refused import Refused

# Path, size and times of a program → its SHA-256.
_known: dict[tuple[str, int, int, int], str] = {}


def check(wanted: list[dict[str, Any]], path: str) -> None:
    for tool in wanted:
        found = shutil.which(tool["name"], path=path)
        if found is None:
            raise Refused("tool-missing", tool=tool["name"])
        if _digest(os.path.realpath(found)) != tool["sha256"]:
            raise Refused("tool-differs", tool=tool["name"], path=found)


def _digest(path: str) -> str:
    stat = os.stat(path)
    key = (path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    if key not in _known:
        _known[key] = content.sha256_of(path)
    return _known[key]
