"""What a function does with files, by Python's audit events (PEP 578) and the calls that have none, such as os.stat."""

from __future__ import annotations

import errno
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

from .origins import STDLIB, Origins, is_within
from .report import Report

if sys.version_info < (3, 11):
    # It holds functions of os in a class, from the moment on in which it is imported.
    import pathlib

# Event → what it does with which of its arguments, and which argument is the directory that a relative path begins at.
_EVENTS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "os.listdir": (("list", 0, -1),),
    "os.scandir": (("list", 0, -1),),
    "os.mkdir": (("make", 0, 2),),
    "os.remove": (("write", 0, 1),),
    "os.rmdir": (("write", 0, 1),),
    "os.truncate": (("write", 0, -1),),
    "os.chmod": (("write", 0, 2),),
    "os.chown": (("write", 0, 3),),
    "os.utime": (("write", 0, 3),),
    "os.setxattr": (("write", 0, -1),),
    "os.removexattr": (("write", 0, -1),),
    "os.rename": (("write", 0, 2), ("write", 1, 3)),
    "os.link": (("read", 0, 2), ("write", 1, 3)),
    "os.symlink": (("write", 1, 2),),
    "sqlite3.connect": (("read", 0, -1),),
    "ctypes.dlopen": (("read", 0, -1),),
}
_LOOKS = ("stat", "lstat", "access", "readlink")
_LOOKS_AT_LINES = {f"{STDLIB}/{name}.py" for name in ("linecache", "tokenize")}
_SHOWS_LINES = {f"{STDLIB}/{name}.py" for name in ("traceback", "warnings")}
# Of Python 3.9 it is no package, but one module.
_METADATA = f"{STDLIB}{os.sep}importlib{os.sep}metadata"
_FINDS_PACKAGES = (f"{_METADATA}{os.sep}", f"{_METADATA}.py", f"{os.sep}pkg_resources{os.sep}__init__.py")
_MOST_FRAMES = 30
# What was noted of a path says all that a weaker use of it would.
_STRENGTH = {"look": 1, "read": 2, "list": 3}

# O_TMPFILE of open(2), which Linux alone has.
_NAMELESS = getattr(os, "O_TMPFILE", -1)

_readlink = os.readlink
_open = os.open
_quiet = threading.local()
_watching: Watcher | None = None
_is_hooked = False


class Watcher(Protocol):
    """What learns of each use of a path. It may raise an OSError, for what must not be."""

    def note(self, use: str, path: str, frame: FrameType) -> None: ...


@contextmanager
def quiet() -> Iterator[None]:
    """What happens meanwhile in this thread is not the function's."""
    before = getattr(_quiet, "on", False)
    _quiet.on = True
    try:
        yield
    finally:
        _quiet.on = before


class Uses:
    """What one attempt does with paths that its task does not declare. All paths absolute."""

    def __init__(self, job: dict[str, Any], origins: Origins, report: Report) -> None:
        def absolute(path: str) -> str:
            return os.path.normpath(os.path.join(job["cwd"], path))

        self._task: str = job["task"]
        self._origins = origins
        self._report = report
        # Which of several units a use is for cannot be seen.
        every = [job, *job.get("units", ())]
        made = [path for one in every for _, path in one["outputs"]]
        self._outputs = [absolute(path) for path in [*made, *job["mutates"]]]
        inputs = [absolute(path) for one in every for _, given in one["inputs"] for path in _paths_of(given)]
        # Files, and directories with all that is in them.
        self._declared = {*self._outputs, *inputs}
        self._seen: dict[str, int] = {}

    def note(self, use: str, path: str, frame: FrameType) -> None:
        """Raises PermissionError for what the function must not do."""
        path = os.path.abspath(path)
        if self._origins.is_installed(path):
            return
        if use in ("write", "make"):
            if self._refuses(use, path):
                self._report.give({"refused": path, "place": self.place(frame)})
                raise PermissionError(errno.EACCES, f'it is no output of task "{self._task}"', path)
            # One that is there already may hold what others have made.
            if not os.path.isdir(path):
                self._declared.add(path)
        elif _STRENGTH[use] > self._seen.get(path, 0) and not self._is_declared(path):
            self._seen[path] = _STRENGTH[use]
            self._report.give({"use": use, "path": path})

    def place(self, frame: FrameType | None) -> list[Any] | None:
        """The nearest line of the workspace's own code."""
        while frame is not None:
            if self._origins.is_own(frame.f_code.co_filename):
                return [frame.f_code.co_filename, frame.f_lineno]
            frame = frame.f_back
        return None

    def is_own(self, path: str) -> bool:
        return self._origins.is_own(path)

    def _is_declared(self, path: str) -> bool:
        """It is an input, an output or what the function has written, or lies in one of them."""
        while path not in self._declared:
            above = os.path.dirname(path)
            if above == path:
                return False
            path = above
        return True

    def _refuses(self, use: str, path: str) -> bool:
        if not is_within(path, self._origins.root) or any(is_within(path, output) for output in self._outputs):
            return False
        # The directories of outputs are there; many make sure of it.
        is_above = any(is_within(os.path.dirname(output), path) for output in self._outputs)
        return not (use == "make" and (is_above or os.path.isdir(path)))


def _paths_of(given: dict[str, Any]) -> list[str]:
    if given["kind"] in ("file", "json"):
        return [given["path"]]
    return [path for _, inner in given.get("entries", []) for path in _paths_of(inner)]


class _Hooked:
    """A function of os. An object and no function, since some classes hold such functions and call them without themselves."""

    def __init__(self, real: Callable[..., Any], use_of: Callable[..., str]) -> None:
        self._real = real
        self._use_of = use_of
        functools.update_wrapper(self, real)
        for known in (os.supports_dir_fd, os.supports_follow_symlinks, os.supports_fd, os.supports_effective_ids):
            if real in known:
                known.add(self)

    def __call__(self, path: Any, *args: Any, **options: Any) -> Any:
        directory = options.get("dir_fd")
        # The event of os.open says nothing of a directory to begin at.
        if _watching is None or (self._real is _open and directory is None):
            return self._real(path, *args, **options)
        _note(self._use_of(*args, **options), path, directory, sys._getframe(1))
        with quiet():
            return self._real(path, *args, **options)

    def __reduce__(self) -> str:
        return self._real.__name__


def hook_looks() -> None:
    """Before any package is imported: it would keep the functions as they were."""
    for name in (*_LOOKS, "open"):
        setattr(os, name, _Hooked(getattr(os, name), _opens if name == "open" else _looks))
    if sys.version_info < (3, 11):
        accessor: Any = pathlib._NormalAccessor  # type: ignore[attr-defined]
        accessor.stat, accessor.lstat = os.stat, os.lstat


def watch(watcher: Watcher | None) -> None:
    """From here on. An audit hook stays for as long as the process lives."""
    global _watching, _is_hooked
    _watching = watcher
    if not _is_hooked:
        _is_hooked = True
        sys.addaudithook(_on_event)


def _looks(*_args: Any, **_options: Any) -> str:
    return "look"


def _opens(flags: int, *_args: Any, **_options: Any) -> str:
    return _use_of(flags)


def _use_of(flags: int) -> str:
    changes = flags & (os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    return "read" if flags & os.O_ACCMODE == os.O_RDONLY and not changes else "write"


def _on_event(event: str, args: tuple[Any, ...]) -> None:
    if event == "open":
        # A file without a name is opened by its directory.
        if _watching is not None and isinstance(args[2], int) and args[2] & _NAMELESS != _NAMELESS:
            _note(_use_of(args[2]), args[0], None, sys._getframe(1))
        return
    if event == "ctypes.dlopen" and "/" not in str(args[0]):
        # The system looks for it, as it does for those of native modules.
        return
    if event == "sqlite3.connect":
        args = (_of_database(args[0]),)
    for use, at, directory in _EVENTS.get(event, ()):
        if _watching is not None and at < len(args):
            _note(use, args[at], args[directory] if directory > 0 else None, sys._getframe(1))


def _note(use: str, path: Any, directory: int | None, frame: FrameType) -> None:
    if _watching is None or getattr(_quiet, "on", False) or _is_of_python(use, frame):
        return
    with quiet():
        named = _named(use, path, directory)
        if named is not None:
            _watching.note(use, named, frame)


def _named(use: str, path: Any, directory: int | None) -> str | None:
    """None: it is no path, but a descriptor, whose file was reported when it was opened."""
    if path is None:
        return "." if use == "list" else None
    if isinstance(path, int):
        return _of_descriptor(path) if use == "list" else None
    try:
        text = os.fsdecode(path)
    except TypeError:
        return None
    if "\0" in text or text in ("", ":memory:"):
        return None
    if directory is None or directory < 0 or os.path.isabs(text):
        return text
    base = _of_descriptor(directory)
    return None if base is None else os.path.join(base, text)


def _of_database(name: Any) -> Any:
    """The path of a database; it may be named by a URI, as in file:data.db?mode=ro."""
    text = os.fsdecode(name) if isinstance(name, (str, bytes)) else ""
    if not text.startswith("file:"):
        return name
    path, _, options = text[len("file:") :].partition("?")
    if "mode=memory" in options.split("&"):
        return None
    # An authority may stand before the path; Python's own function would decode it, and most of them need none.
    return path[path.find("/", 2) :] if path.startswith("//") else path


def _of_descriptor(descriptor: int) -> str | None:
    try:
        return _readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return None


def _is_of_python(use: str, frame: FrameType) -> bool:
    """True for what Python does itself: finding modules, finding packages, showing lines of code for an error or a warning."""
    name = frame.f_code.co_filename
    if name.startswith("<frozen "):
        return name.startswith(("<frozen importlib", "<frozen zipimport", "<frozen runpy"))
    above: FrameType | None = frame
    if name in _LOOKS_AT_LINES:
        for _ in range(_MOST_FRAMES):
            above = above.f_back if above is not None else None
            if above is not None and above.f_code.co_filename in _SHOWS_LINES:
                return True
        return False
    if use == "read" and not name.startswith(STDLIB):
        return False
    for _ in range(4):
        if above is not None and any(part in above.f_code.co_filename for part in _FINDS_PACKAGES):
            return True
        above = above.f_back if above is not None else None
    return False
