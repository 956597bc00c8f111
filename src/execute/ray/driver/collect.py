"""Taking the outputs of a command: small files come with the answer, others go by the way of all content."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any

import ray

from . import content

# Files of up to this size come with the answer, in bytes, and of an attempt no more than that together.
SMALL = 64 * 1024
INLINE = 1024 * 1024


def outputs(spec: dict[str, Any], root: str, scratch: str, way: content.Data) -> dict[str, Any]:
    """All that is at the places of the outputs. A path that is not there is left out."""
    errand = content.Errand(spec["id"], replaces=spec["replaces"])
    collector = _Collector(root, os.path.join(scratch, "pack"), lambda path: way.put_made(path, errand))
    for output in spec["outputs"]:
        collector.visit(output["path"])
    return collector.answer()


class _Collector:
    """@param put Has the content of a file held, and returns its name."""

    def __init__(self, root: str, pack: str, put: Callable[[str], str]) -> None:
        self._root = root
        self._pack = pack
        self._put = put
        self._node = ray.get_runtime_context().get_node_id()
        self._items: list[dict[str, Any]] = []
        self._inline = 0
        self._packed = 0
        self._problems: list[dict[str, str]] = []

    def answer(self) -> dict[str, Any]:
        pack = self._put(self._pack) if self._packed > 0 else None
        return {"items": self._items, "problems": self._problems, "pack": pack, "node": self._node}

    def visit(self, top: str) -> None:
        waiting = [top]
        while waiting:
            path = waiting.pop()
            whole = os.path.join(self._root, path)
            try:
                info = os.lstat(whole)
            except OSError:
                continue
            if stat.S_ISLNK(info.st_mode):
                self._items.append({"path": path, "type": "symlink", "text": os.readlink(whole)})
            elif stat.S_ISDIR(info.st_mode):
                waiting += self._directory(top, path, whole)
            elif stat.S_ISREG(info.st_mode):
                self._file(path, whole, info)
            else:
                self._problems.append({"output": top, "path": path, "kind": "special"})

    def _directory(self, top: str, path: str, whole: str) -> list[str]:
        try:
            names = os.listdir(whole)
        except OSError:
            self._problems.append({"output": top, "path": path, "kind": "unreadable"})
            return []
        foreign = [name for name in names if not _is_utf8(name)]
        if foreign:
            shown = os.fsencode(foreign[0]).decode("utf-8", "replace")
            self._problems.append({"output": top, "path": f"{path}/{shown}", "kind": "foreign"})
            return []
        self._items.append({"path": path, "type": "directory"})
        return [f"{path}/{name}" for name in names]

    def _file(self, path: str, whole: str, info: os.stat_result) -> None:
        # Any user's permission counts, as where inc runs itself.
        item: dict[str, Any] = {"path": path, "type": "file", "mode": stat.S_IMODE(info.st_mode), "size": info.st_size}
        if info.st_size > SMALL:
            item["sha256"] = self._put(whole)
        else:
            with open(whole, "rb") as file:
                data = file.read()
            item["size"] = len(data)
            if self._inline + len(data) <= INLINE:
                self._inline += len(data)
                item["data"] = data
            else:
                with open(self._pack, "ab") as pack:
                    pack.write(data)
                item["offset"] = self._packed
                self._packed += len(data)
        self._items.append(item)


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
