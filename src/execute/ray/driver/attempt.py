"""What a worker does for one attempt: inputs in a directory of its own, the command, its outputs.

Nothing but the declared inputs is there. A generator: it gives what happens as it happens.
"""

from __future__ import annotations

import os
import platform as machine
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from typing import Any

import ray

from . import collect, content, data, report, supervisor, tools
from .refused import Refused

# Milliseconds between two looks for new output, as on inc's own machine.
INTERVAL = 100
# Of one piece of a log, in bytes.
PIECE = 256 * 1024

# By these Ray says which accelerators a task may use. A program without them takes the first, or all.
ACCELERATORS = (
    "ASCEND_RT_VISIBLE_DEVICES",
    "CUDA_VISIBLE_DEVICES",
    "FURIOSA_DEVICES",
    "HABANA_VISIBLE_MODULES",
    "HIP_VISIBLE_DEVICES",
    "NEURON_RT_VISIBLE_CORES",
    "ONEAPI_DEVICE_SELECTOR",
    "QBRUNTIME_VISIBLE_DEVICES",
    "RBLN_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "TPU_CHIPS_PER_HOST_BOUNDS",
    "TPU_HOST_BOUNDS",
    "TPU_VISIBLE_CHIPS",
    "TT_VISIBLE_DEVICES",
)

_supervisor: socket.socket | None = None


def run(spec: dict[str, Any], blobs: dict[str, bytes], given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """
    One attempt.
    @param blobs Small files, by their BLAKE3.
    @param given `code`: digest of inc's code here; `supervisor`: the source of that program; `data`: how content travels.
    """
    context = ray.get_runtime_context()
    yield {"started": {"node": context.get_node_id(), "task": context.get_task_id()}}
    channel = _channel(given["supervisor"])
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="inc-"))
    # The worker may be killed at any time: the supervisor removes what it leaves.
    supervisor.send(channel, {"scratch": scratch})
    interruption = Interruption()
    try:
        way = data.data_of(given["data"], given["code"])
        yield from _inside(scratch, spec, blobs, {**given, "data": way, "channel": channel, "interruption": interruption})
        if interruption.has_come:
            # As Ray wants to see it.
            raise KeyboardInterrupt
    except Refused as refused:
        yield {"refused": refused.answer}
    except content.Missing as missing:
        yield {"missing": missing.names}
    except content.Unusable as unusable:
        yield {"refused": unusable.answer}
    except OSError as error:
        yield {"refused": {"kind": "machine", "message": str(error)}}
    finally:
        supervisor.remove(scratch)
        interruption.close()


class Interruption:
    """
    Ray cancels a task by interrupting it once. Raised in the midst of anything, that could be lost, or keep a command from
    being ended: it is noted instead, and looked for.
    """

    def __init__(self) -> None:
        self.has_come = False
        self._before = signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: object) -> None:
        self.has_come = True

    def close(self) -> None:
        signal.signal(signal.SIGINT, self._before)


def _inside(scratch: str, spec: dict[str, Any], blobs: dict[str, bytes], given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    _check_platform(spec["platform"])
    root = os.path.join(scratch, "work")
    temporary = os.path.join(scratch, "tmp")
    for directory in (root, temporary, os.path.join(scratch, "lists")):
        os.mkdir(directory)
    env = environment(spec, root, temporary)
    tools.check(spec["tools"], env["PATH"])
    given["data"].check()
    place(spec, root, blobs, given["data"])
    for each in spec["lists"]:
        with open(os.path.join(scratch, "lists", each["name"]), "w", encoding="utf-8") as file:
            file.write(each["text"])
    log = os.open(os.path.join(scratch, "log"), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    files = [log]
    reported = report.Report(scratch) if spec["isPython"] else None
    try:
        started = time.monotonic()
        files += _open_streams(spec, root, log)
        ended = yield from _supervise(_request(spec, scratch, env), files, {**given, "report": reported})
        if "error" in ended:
            raise Refused("unstarted", error=ended["error"], path=ended["path"], cwd=spec["cwd"])
        ended["duration"] = round((time.monotonic() - started) * 1000)
        ended["root"] = root
        if reported is not None:
            ended["report"] = reported.text()
        if ended["cause"] is None and ended["ended"].get("exit") == 0:
            ended["made"] = collect.outputs(spec, root, scratch, given["data"])
        yield {"ended": ended}
    finally:
        for descriptor in files:
            os.close(descriptor)


def _check_platform(wanted: str | None) -> None:
    systems = {"linux": "linux", "darwin": "darwin"}
    processors = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    kind = machine.machine().lower()
    here = f"{systems.get(sys.platform, sys.platform)}-{processors.get(kind, kind)}"
    if wanted is not None and wanted != here:
        raise Refused("platform", here=here, wanted=wanted)


def environment(spec: dict[str, Any], root: str, temporary: str) -> dict[str, str]:
    """What is declared, and the short list that every command gets: of this machine, not of inc's."""
    path = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    env = {name: os.environ[name] for name in ("HOME", "USER", "LOGNAME", *ACCELERATORS) if name in os.environ}
    env["TMPDIR"] = temporary
    env["PATH"] = os.pathsep.join([*(os.path.join(root, each) for each in spec["bins"]), path])
    env.update(spec["env"])
    for name in spec["unset"]:
        env.pop(name, None)
    env.setdefault("PATH", path)
    return env


def place(spec: dict[str, Any], root: str, blobs: dict[str, bytes], way: content.Data) -> None:
    """Puts the inputs in place, and makes the directories that a command finds there."""
    missing: list[str] = []
    for item in spec["inputs"]:
        path = os.path.join(root, item["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if item["type"] == "directory":
            os.makedirs(path, exist_ok=True)
        elif item["type"] == "symlink":
            os.symlink(item["text"], path)
        elif item["digest"] in blobs:
            mode = 0o755 if item["executable"] else 0o644
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as stream:
                stream.write(blobs[item["digest"]])
            os.chmod(path, mode)
        else:
            try:
                way.write_file(path, item["sha256"], item["holders"])
                os.chmod(path, 0o755 if item["executable"] else 0o644)
            except content.Missing as error:
                missing += error.names
    if missing:
        raise content.Missing(missing)
    os.makedirs(os.path.join(root, spec["cwd"]), exist_ok=True)
    for output in spec["outputs"]:
        os.makedirs(os.path.dirname(os.path.join(root, output["path"])), exist_ok=True)


def _open_streams(spec: dict[str, Any], root: str, log: int) -> list[int]:
    """Descriptors of stdin, stdout and stderr."""
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    stdin = os.open(os.devnull if spec["stdin"] is None else os.path.join(root, spec["stdin"]), os.O_RDONLY)
    outs = [
        os.dup(log) if spec[name] is None else os.open(os.path.join(root, spec[name]), write, 0o644)
        for name in ("stdout", "stderr")
    ]
    return [stdin, *outs]


def _request(spec: dict[str, Any], scratch: str, env: dict[str, str]) -> dict[str, Any]:
    # A Python function runs with what this worker runs with.
    program = sys.executable if spec["isPython"] else spec["args"][0]
    return {
        "args": [program, *spec["args"][1:]],
        "file": program,
        "cwd": os.path.join(scratch, "work", spec["cwd"]),
        "env": env,
        "timeout": spec["timeout"],
    }


def _supervise(
    request: dict[str, Any], files: list[int], given: dict[str, Any]
) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """Runs the command, and gives its log and its progress as they grow. Returns how it ended; then nothing of it is left."""
    channel: socket.socket = given["channel"]
    interruption: Interruption = given["interruption"]
    reported: report.Report | None = given["report"]
    log, *streams = files
    supervisor.send(channel, {"start": request}, streams)
    answer: dict[str, Any] | None = None
    is_cancelling = False
    offset = 0
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    try:
        while answer is None:
            if poll.poll(INTERVAL):
                answer = _answer(channel)
            elif interruption.has_come and not is_cancelling:
                is_cancelling = True
                supervisor.send(channel, {"cancel": True})
            while True:
                offset = min(offset, os.fstat(log).st_size)
                piece = os.pread(log, PIECE, offset)
                if not piece:
                    break
                offset += len(piece)
                yield {"log": piece}
            progress = None if reported is None else reported.progress()
            if progress is not None:
                yield {"progress": progress}
    finally:
        # Cancelled while it gave a piece, Ray closes the generator there.
        if answer is None:
            if not is_cancelling:
                supervisor.send(channel, {"cancel": True})
            _answer(channel)
    return answer


def _answer(channel: socket.socket) -> dict[str, Any]:
    global _supervisor
    message, _ = supervisor.receive(channel, 0)
    if message is None:
        _supervisor = None
        raise RuntimeError("inc's supervisor was killed")
    return message


def _channel(source: str) -> socket.socket:
    """To the supervisor of this worker, started if there is none."""
    global _supervisor
    if _supervisor is not None:
        return _supervisor
    here, there = socket.socketpair()
    args = [sys.executable, "-I", "-S", "-", str(there.fileno()), "inc-supervisor"]
    with there:
        subprocess.run(args, input=source.encode(), pass_fds=[there.fileno()], check=True, stdout=subprocess.DEVNULL)
    _supervisor = here
    return here
