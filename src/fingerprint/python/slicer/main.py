"""The program: one request as JSON on stdin, one answer as JSON on stdout."""

from __future__ import annotations

import json
import sys
import threading

from .slicing import Slicing, version

# Sources may be nested deeply: a text that is put together of a thousand parts.
_DEPTH = 50_000
_STACK = 512 << 20


def main() -> None:
    sys.setrecursionlimit(_DEPTH)
    threading.stack_size(_STACK)
    if hasattr(sys, "set_int_max_str_digits"):
        # A number may be written in hexadecimal digits, of which any number is allowed.
        sys.set_int_max_str_digits(0)
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(_answer(sys.stdin.read())))
    thread.start()
    thread.join()
    if not answers:
        # The thread has said on stderr why.
        sys.exit(1)
    sys.stdout.write(answers[0])


def _answer(request: str) -> str:
    slicing = Slicing()
    slices = [slicing.slice(entry["module"], entry["name"]).json() for entry in json.loads(request)["entries"]]
    return json.dumps({"python": list(version()), "executable": sys.executable, "slices": slices})
