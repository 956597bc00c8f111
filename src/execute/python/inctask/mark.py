"""The variable by which inc finds the processes of an attempt."""

from __future__ import annotations

import os

_NAME = b"INC_ATTEMPT="


def mark(marker: str) -> None:
    """
    A process that was forked and has started no program shows its parent's variables in /proc/PID/environ, and so do those that it forks:
    the system shows the memory in which they were when the program started. So the value is put there, over a longer one that holds its
    place; programs that the process starts get it as any other variable.
    """
    os.environ["INC_ATTEMPT"] = marker
    with open("/proc/self/stat", "rb") as stat:
        fields = stat.read().rpartition(b")")[2].split()
    # proc(5): fields 50 and 51, counted from the process id.
    start, end = int(fields[47]), int(fields[48])
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        block = memory.read(end - start)
        at = 0 if block.startswith(_NAME) else block.index(b"\0" + _NAME) + 1
        room = block.index(b"\0", at) - at - len(_NAME)
        memory.seek(start + at + len(_NAME))
        memory.write(marker.encode().ljust(room, b"\0"))
