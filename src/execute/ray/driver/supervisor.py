"""Starts the commands of one worker and ends them with all that they started.

A program of its own, with the standard library alone: the worker gives it to `python -I -S -` and keeps one end of a socket. When
that end closes, as the worker or its node's raylet was killed, the command is ended and its scratch directory removed. Messages
are JSON behind its length; a request to start carries three descriptors.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from typing import Any

# From SIGTERM to SIGKILL, in seconds, as on inc's own machine; of a command without a worker, less: nobody waits for it.
GRACE = 5.0
ABANDONED_GRACE = 1.0
# prctl(2): orphans of the command become children of this process, also those that have left its group.
PR_SET_CHILD_SUBREAPER = 36
# Of a command line in a message, in characters.
LONGEST_COMMAND = 60


def main(channel: socket.socket) -> None:
    _detach()
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)
    scratch = None
    while True:
        message, files = receive(channel, 3)
        if message is None:
            break
        scratch = message.get("scratch", scratch)
        if "start" in message:
            Command(channel, wake, message["start"], files).run()
    if scratch is not None:
        remove(scratch)


class Abandoned(Exception):
    """The worker is gone."""


class Command:
    """One command, from its start until nothing of it is left."""

    def __init__(self, channel: socket.socket, wake: int, request: dict[str, Any], files: list[int]) -> None:
        self._channel = channel
        self._wake = wake
        self._request = request
        self._files = files
        self._leader = 0
        # Of the leader, as waitpid(2) gives it.
        self._status: int | None = None

    def run(self) -> None:
        try:
            process = self._start()
        except OSError as error:
            send(self._channel, {"error": errno.errorcode.get(error.errno or 0, str(error)), "path": error.filename})
            return
        finally:
            for file in self._files:
                os.close(file)
        self._leader = process.pid
        # Popen must not wait for it: its status comes with those of the orphans.
        process.returncode = 0
        try:
            answer = self._supervise()
        except Abandoned:
            self._end(ABANDONED_GRACE)
            return
        with contextlib.suppress(ConnectionError):
            send(self._channel, answer)

    def _start(self) -> subprocess.Popen[bytes]:
        request = self._request
        # A signal that this process ignores is ignored by what it starts.
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(kind, signal.SIG_DFL)
        try:
            return subprocess.Popen(
                request["args"],
                executable=request["file"],
                cwd=request["cwd"],
                env=request["env"],
                stdin=self._files[0],
                stdout=self._files[1],
                stderr=self._files[2],
                start_new_session=True,
                umask=0o022,
            )
        finally:
            for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(kind, signal.SIG_IGN)

    def _supervise(self) -> dict[str, Any]:
        timeout = self._request["timeout"]
        deadline = None if timeout is None else time.monotonic() + timeout
        cause = None
        while self._status is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                cause = "timeout"
            elif self._wait(left) == "cancel":
                cause = "cancelled"
            if cause is not None:
                self._end(GRACE)
                break
        strays = [] if cause is not None else self._strays()
        if cause is None and self._is_left():
            self._end(GRACE)
        return {"ended": how(self._status), "cause": cause, "strays": strays}

    def _wait(self, seconds: float | None) -> str | None:
        """Waits for a child to end or for the worker to speak."""
        ready, _, _ = select.select([self._channel.fileno(), self._wake], [], [], seconds)
        if self._channel.fileno() in ready:
            message, _ = receive(self._channel, 0)
            if message is None:
                raise Abandoned
            return "cancel"
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
            self._reap()
        return None

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
                if ended[0] == self._leader:
                    self._status = ended[1]

    def _strays(self) -> list[dict[str, Any]]:
        """What left the command's group and runs on."""
        if not has_children():
            return []
        return [{"pid": pid, "command": command_of(pid)} for pid, group in descendants().items() if group != self._leader]

    def _end(self, grace: float) -> None:
        """Ends all that is left: SIGTERM once, SIGKILL after the grace. Returns when nothing is left."""
        for kind in (signal.SIGTERM, signal.SIGCONT):
            kill_all(self._leader, kind)
        if self._gone(grace):
            return
        while True:
            kill_all(self._leader, signal.SIGKILL)
            if self._gone(0.05):
                return

    def _is_left(self) -> bool:
        if has_children():
            return True
        # Elsewhere, orphans are the system's children.
        return sys.platform != "linux" and group_exists(self._leader)

    def _gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            self._reap()
            if not self._is_left():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            # The worker may go, or ask once more: neither changes anything by now.
            select.select([self._wake], [], [], left)
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)


def _detach() -> None:
    """Leaves the worker, which kills its children when it is ended, before those could end theirs."""
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def how(status: int | None) -> dict[str, Any]:
    if status is None:
        return {}
    code = os.waitstatus_to_exitcode(status)
    return {"exit": code} if code >= 0 else {"signal": signal_name(-code)}


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


def descendants() -> dict[int, int]:
    """All processes below this one, with their groups. Linux only."""
    parents: dict[int, tuple[int, int]] = {}
    with contextlib.suppress(OSError):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
                if fields[0] != b"Z":
                    parents[int(name)] = (int(fields[1]), int(fields[2]))
    found: dict[int, int] = {}
    open_ids = {os.getpid()}
    while open_ids:
        inner = {pid for pid, (parent, _) in parents.items() if parent in open_ids and pid not in found}
        found.update({pid: parents[pid][1] for pid in inner})
        open_ids = inner
    return found


def kill_all(leader: int, kind: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.killpg(leader, kind)
    for pid, group in descendants().items():
        if group != leader:
            with contextlib.suppress(OSError):
                os.kill(pid, kind)


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
        text = file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return text if len(text) <= LONGEST_COMMAND else f"{text[:LONGEST_COMMAND]}…"
    return ""


def remove(scratch: str) -> None:
    """Removes a directory with all that is in it, also what its owner may not look into or change."""
    shutil.rmtree(scratch, ignore_errors=True)
    for directory, names, _ in os.walk(scratch):
        for path in (os.path.join(directory, name) for name in names):
            with contextlib.suppress(OSError):
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
    shutil.rmtree(scratch, ignore_errors=True)


def send(channel: socket.socket, message: dict[str, Any], files: list[int] | None = None) -> None:
    payload = json.dumps(message).encode()
    data = struct.pack(">I", len(payload)) + payload
    if files:
        data = data[socket.send_fds(channel, [data], files) :]
    channel.sendall(data)


def receive(channel: socket.socket, most: int) -> tuple[dict[str, Any] | None, list[int]]:
    """The next message with its descriptors; None: the other end is closed."""
    files: list[int] = []
    data, size = b"", 4
    while len(data) < size:
        try:
            piece, received, _, _ = socket.recv_fds(channel, size - len(data), most)
        except ConnectionError:
            return None, files
        files += received
        if not piece:
            return None, files
        data += piece
        if len(data) == 4 and size == 4:
            size += int(struct.unpack(">I", data)[0])
    return json.loads(data[4:]), files


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
