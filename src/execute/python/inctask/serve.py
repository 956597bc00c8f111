"""
The process that forks tasks: it has imported what they import first, and gives each a child of its own. Requests and answers are lines
of JSON on stdin and stdout. It ends with inc, and its children with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
from typing import Any

from .ahead import RECENT, Ahead
from .attempt import attempt
from .mark import mark
from .uses import hook_looks

_CHUNK = 65_536


class Server:
    def __init__(self, ahead: Ahead, answers: int) -> None:
        self._ahead = ahead
        self._answers = answers
        self._children: dict[int, int] = {}

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
        if not self._ahead.is_current():
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
            os.write(2, self._ahead.printed)
            mark(request["job"]["marker"])
            # Packages alone have run so far: a generator that begins anew is as in a process of its own.
            random = sys.modules.get("numpy.random")
            if random is not None:
                random.seed()
            code = attempt(request["job"], self._ahead.uses)
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


def serve() -> None:
    # Whatever is printed while packages are imported must not come among the answers.
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    hook_looks()
    ahead = Ahead(json.loads(_first_line()))
    server = Server(ahead, answers)
    refused = ahead.load()
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


def _how(status: int) -> dict[str, Any]:
    if os.WIFSIGNALED(status):
        return {"signal": signal.Signals(os.WTERMSIG(status)).name}
    return {"exit": os.WEXITSTATUS(status)}
