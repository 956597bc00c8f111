"""The process beside inc: lines of JSON on stdin and stdout, until stdin ends."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import threading
from typing import Any

# Both sides have to speak the same version: each inc starts the driver that came with it.
PROTOCOL = 3


class Line:
    """Where messages to inc go: the real stdout. What anything else prints goes to stderr."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "wb", buffering=0)
        self._lock = threading.Lock()
        os.dup2(2, 1)

    def give(self, message: dict[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        with self._lock:
            try:
                while data:
                    data = data[self._file.write(data) or 0 :]
            except BrokenPipeError:
                # inc is gone: Ray ends what this process has begun.
                os._exit(1)


def code_digest() -> str:
    """Actors that outlive this inc are found by it, so that none works by the code of another."""
    digest = hashlib.sha256()
    directory = os.path.dirname(os.path.abspath(__file__))
    for name in sorted(os.listdir(directory)):
        if name.endswith(".py"):
            with open(os.path.join(directory, name), "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()[:16]


def main() -> None:
    line = Line()
    hello = json.loads(sys.stdin.buffer.readline() or b"{}")
    if hello.get("protocol") != PROTOCOL:
        line.give({"type": "failed", "kind": "protocol", "message": f"{hello.get('protocol')}, not {PROTOCOL}"})
        return
    try:
        import ray
    except ImportError as error:
        line.give({"type": "failed", "kind": "no-ray", "message": str(error), "python": sys.executable})
        return
    from . import (
        attempt,
        cluster,
        collect,
        content,
        data,
        objects,
        places,
        refused,
        report,
        server,
        store,
        supervisor,
        tools,
        transport,
    )

    # Workers have none of these modules: they get the code with what uses it.
    given = (attempt, collect, content, data, objects, places, refused, report, server, store, supervisor, tools, transport)
    for module in given:
        ray.cloudpickle.register_pickle_by_value(module)
    try:
        cluster.connect(hello["address"])
    except cluster.Unreachable as unreachable:
        line.give({"type": "failed", **cluster.versions(), **unreachable.answer, "python": sys.executable})
        return
    asyncio.run(serve(line, hello))
    ray.shutdown()


async def serve(line: Line, hello: dict[str, Any]) -> None:
    from . import cluster, content
    from .runner import Runner

    try:
        runner = Runner(line.give, code_digest(), hello)
    except content.Unusable as unusable:
        line.give({"type": "failed", **unusable.answer})
        return
    line.give({"type": "ready", **cluster.versions(), **cluster.place(), "executable": sys.executable})
    reader = asyncio.StreamReader(limit=2**31)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    tasks: set[asyncio.Task[None]] = set()
    while data := await reader.readline():
        message = json.loads(data)
        kind = message["type"]
        if kind in ("cancel", "want", "go"):
            {"cancel": runner.cancel, "want": runner.answer, "go": runner.answer}[kind](message)
            continue
        work = {"execute": runner.execute, "find": runner.find, "name": runner.name}[kind]
        task = asyncio.create_task(work(message))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    for task in tasks:
        task.cancel()
