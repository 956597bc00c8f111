"""Packages that are imported ahead of the tasks, and whether a process that begins now would come to the same."""

from __future__ import annotations

import errno
import gc
import os
import re
import sys
import tempfile
import threading
from types import FrameType
from typing import Any

from .origins import STDLIB, Origins, is_within
from .preload import Preload, import_all
from .uses import watch

Stamp = tuple[int, ...]

# The reason that holds for a moment only.
RECENT = "what it imports has just been written"

# Their files have no times that mean anything.
_TIMELESS = re.compile(r"/(?:dev|proc|run|sys)(?:/|$)")
_CONNECTIONS = ("socket:", "anon_inode:[eventpoll]", "anon_inode:inotify")


class Ahead:
    def __init__(self, hello: dict[str, Any]) -> None:
        self._hello = hello
        self._root: str = hello["importRoot"]
        self._origins = Origins(hello["workspace"])
        # What was written from here on may have been read in an earlier state.
        self._began = _now()
        self._preload = self._found()
        self.printed = b""
        self.uses: list[tuple[str, str]] = []
        """What importing them does with files: as each task would do it by itself."""
        # Workspace modules: an edit is of no consequence as long as they import the same.
        self._sources = _stamps_of(self._preload.read)
        self._others = _stamps_of(self._surroundings())

    def load(self) -> str | None:
        """Imports them. Returns why tasks cannot be forked from this process; None: they can."""
        connections = _connections()
        learned = _Learned(self._origins)
        sys.path.insert(0, self._root)
        self.printed = _printed_by(lambda: learned.learn(lambda: import_all(self._preload.imports)))
        # Each child begins with the path as it was.
        sys.path.remove(self._root)
        self.uses = list(learned.uses)
        loaded = self._loaded()
        read = _stamps_of([*loaded, *(path for use, path in self.uses if _is_telling(use, path))])
        self._others.update(read)
        refused = self._refusal(loaded, learned, _connections() - connections)
        if refused is None and any(_is_after(self._began, stamp) for stamp in (*self._sources.values(), *read.values())):
            return RECENT
        gc.collect()
        gc.freeze()
        return refused

    def is_current(self) -> bool:
        """True while a process that begins now would load what this one has loaded."""
        if any(_stamp(path) != stamp for path, stamp in self._others.items()):
            return False
        if all(_stamp(path) == stamp for path, stamp in self._sources.items()):
            return True
        began = _now()
        now = self._found()
        self._sources = _stamps_of(now.read)
        return now.imports == self._preload.imports and not any(_is_after(began, stamp) for stamp in self._sources.values())

    def _refusal(self, loaded: list[str], learned: _Learned, connections: set[str]) -> str | None:
        if not all(map(self._origins.is_installed, loaded)):
            return "a package that it imports loads modules that can be edited"
        if learned.has_written:
            return "a package that it imports writes into the workspace"
        if connections:
            return "what it imports opens connections"
        return "what it imports starts threads" if _has_threads() else None

    def _found(self) -> Preload:
        preload = Preload(self._origins, self._root, self._hello["moduleName"])
        preload.find()
        return preload

    def _surroundings(self) -> list[str]:
        """What decides where a new process finds packages: the interpreter, its path, and what would hide them."""
        beside = os.path.dirname(sys.executable)
        configs = [os.path.join(directory, "pyvenv.cfg") for directory in (beside, os.path.dirname(beside))]
        names = {name.partition(".")[0] for name, _ in self._preload.imports}
        hiding = [os.path.join(self._root, name + ending) for name in sorted(names) for ending in ("", ".py")]
        return [sys.executable, *configs, *(path for path in sys.path if os.path.isdir(path)), *hiding]

    def _loaded(self) -> list[str]:
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        return [path for path in files if isinstance(path, str) and os.path.isabs(path) and not _is_of_python(path)]


class _Learned:
    """Learns what packages do with files when they are imported."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._written: set[str] = set()
        self.uses: dict[tuple[str, str], None] = {}
        self.has_written = False
        """True once one wanted to write into the workspace."""

    def learn(self, act: Any) -> None:
        watch(self)
        try:
            act()
        finally:
            watch(None)

    def note(self, use: str, path: str, _frame: FrameType) -> None:
        path = os.path.abspath(path)
        if self._origins.is_installed(path) or path in self._written:
            return
        if use in ("write", "make"):
            if is_within(path, self._origins.root):
                self.has_written = True
                raise PermissionError(errno.EACCES, "packages write nothing there when they are imported", path)
            self._written.add(path)
        # What lies in a directory elsewhere no later run could compare: of a package that is of no concern.
        if use != "list" or is_within(path, self._origins.root):
            self.uses[use, path] = None


def _is_telling(use: str, path: str) -> bool:
    """True for a use of which the state of the path decides the outcome: of a directory only that it was listed."""
    return use in ("read", "look", "list") and not _TIMELESS.match(path) and (use == "list" or not os.path.isdir(path))


def _is_of_python(path: str) -> bool:
    own = os.path.dirname(os.path.abspath(__file__))
    return is_within(path, own) or (is_within(path, STDLIB) and "site-packages" not in path)


def _printed_by(act: Any) -> bytes:
    """What is printed meanwhile, on whichever stream: each task has it in its log, as if it had imported that itself."""
    with tempfile.TemporaryFile() as file:
        saved = os.dup(1), os.dup(2)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            act()
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        finally:
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)
            os.close(saved[0])
            os.close(saved[1])
        file.seek(0)
        return file.read()


def _has_threads() -> bool:
    """
    A child has the thread alone that forked it: what another one held stays locked. Libraries that are ready for this end their threads
    before a fork and start them again later (OpenBLAS), so they are counted after one that does nothing.
    """
    if threading.active_count() > 1:
        return True
    if len(os.listdir("/proc/self/task")) == 1:
        return False
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return len(os.listdir("/proc/self/task")) > 1


def _connections() -> set[str]:
    """Open descriptors that children would share: what one of them reads from there is lost for the others."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            # That of the listing itself.
            continue
    return {one for one in found if one.startswith(_CONNECTIONS)}


def _stamps_of(paths: list[str]) -> dict[str, Stamp | None]:
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> Stamp | None:
    """None: there is nothing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_after(began: int, stamp: Stamp | None) -> bool:
    return stamp is not None and max(stamp[2:4]) >= began


def _now() -> int:
    """By the clock of the file system, whose tick may lag behind the system's."""
    with tempfile.TemporaryFile() as file:
        return os.fstat(file.fileno()).st_mtime_ns
