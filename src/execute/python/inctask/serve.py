"""
The process that forks tasks: it has imported what they import first, and gives each a child of its own. Requests and answers are lines
of JSON on stdin and stdout. It ends with inc, and its children with it.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import tempfile
import threading
import traceback
from typing import Any

from .attempt import attempt
from .mark import mark
from .origins import STDLIB, Origins, is_within
from .preload import Preload, import_all
from .uses import hook_looks

_CHUNK = 65_536
# The reason that holds for a moment only.
RECENT = "what it imports has just been written"


class Server:
    def __init__(self, hello: dict[str, Any], answers: int) -> None:
        self._origins = Origins(hello["workspace"])
        self._answers = answers
        self._children: dict[int, int] = {}
        self._hello = hello
        self._preload = self._found()
        self._printed = b""
        self._stamps: dict[str, tuple[int, ...] | None] = {}

    def prepare(self) -> str | None:
        """Imports what tasks import first. Returns why they cannot be forked; None: they can."""
        sys.path.insert(0, self._hello["importRoot"])
        began = _now()
        read = {path: _stamp(path) for path in self._preload.read}
        self._printed = _printed_by(lambda: import_all(self._preload.imports))
        self._stamps = {**read, **{path: _stamp(path) for path in self._loaded()}}
        # Each child begins with the path as it was.
        sys.path.remove(self._hello["importRoot"])
        if any(self._origins.is_own(path) for path in self._loaded()):
            return "a package that it imports loads modules of the workspace"
        if _has_threads():
            return "what it imports starts threads"
        # What was written while it was loaded may have been loaded in an earlier state.
        if any(stamp is None or max(stamp[2:4]) >= began for stamp in self._stamps.values()):
            return RECENT
        gc.collect()
        gc.freeze()
        return None

    def serve(self) -> None:
        wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        waiting = b""
        while True:
            ready, _, _ = select.select([0, wake], [], [])
            if wake in ready:
                os.read(wake, _CHUNK)
            self._reap()
            if 0 in ready:
                data = os.read(0, _CHUNK)
                if not data:
                    break
                *lines, waiting = (waiting + data).split(b"\n")
                for line in lines:
                    self._start(json.loads(line), (wake, woken))
        for child in self._children:
            os.killpg(child, signal.SIGKILL)

    def answer(self, message: dict[str, Any]) -> None:
        os.write(self._answers, json.dumps(message).encode() + b"\n")

    def _start(self, request: dict[str, Any], ours: tuple[int, int]) -> None:
        number = request["id"]
        if not self._is_current():
            self.answer({"id": number, "stale": True})
            return
        try:
            output = os.open(request["output"], os.O_RDWR)
            began, begun = os.pipe()
            child = os.fork()
        except OSError as error:
            self.answer({"id": number, "error": str(error)})
            return
        if child == 0:
            self._be_child(request, output, (*ours, began, begun))
        os.close(output)
        os.close(begun)
        # Its end says that the child has a process group of its own, by which inc can end it.
        os.read(began, 1)
        os.close(began)
        self._children[child] = number
        self.answer({"id": number, "pid": child})

    def _be_child(self, request: dict[str, Any], output: int, ours: tuple[int, ...]) -> None:
        """Never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.setsid()
            for descriptor in (output, self._answers, *ours):
                os.close(descriptor)
            os.write(2, self._printed)
            mark(request["job"]["marker"])
            # Packages alone have run so far: a generator that begins anew is as in a process of its own.
            random = sys.modules.get("numpy.random")
            if random is not None:
                random.seed()
            code = attempt(request["job"])
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while self._children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            number = self._children.pop(child, None)
            if number is not None:
                self.answer({"id": number, **_how(status)})

    def _is_current(self) -> bool:
        """True while a process that begins now would load what this one has loaded."""
        own = [path for path in self._stamps if self._origins.is_own(path)]
        if any(_stamp(path) != stamp for path, stamp in self._stamps.items() if path not in own):
            return False
        if all(_stamp(path) == self._stamps[path] for path in own):
            return True
        now = self._found()
        if now.imports != self._preload.imports:
            return False
        for path in own:
            del self._stamps[path]
        self._stamps.update({path: _stamp(path) for path in now.read})
        return True

    def _found(self) -> Preload:
        preload = Preload(self._origins, self._hello["importRoot"], self._hello["moduleName"])
        preload.find()
        return preload

    def _loaded(self) -> list[str]:
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        return [path for path in files if isinstance(path, str) and os.path.isabs(path) and not self._is_of_python(path)]

    def _is_of_python(self, path: str) -> bool:
        own = os.path.dirname(os.path.abspath(__file__))
        return is_within(path, own) or (is_within(path, STDLIB) and "site-packages" not in path)


def serve() -> None:
    # Whatever is printed while packages are imported must not come among the answers.
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    hook_looks()
    server = Server(json.loads(_first_line()), answers)
    refused = server.prepare()
    server.answer({"id": 0, "refused": refused, "isBrief": refused == RECENT})
    if refused is None:
        server.serve()


def _first_line() -> bytes:
    """Unbuffered: what follows is waited for in another way."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        line += byte
    return line


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


def _stamp(path: str) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _now() -> int:
    """By the clock of the file system, whose tick may lag behind the system's."""
    with tempfile.TemporaryFile() as file:
        return os.fstat(file.fileno()).st_mtime_ns


def _how(status: int) -> dict[str, Any]:
    if os.WIFSIGNALED(status):
        return {"signal": signal.Signals(os.WTERMSIG(status)).name}
    return {"exit": os.WEXITSTATUS(status)}
