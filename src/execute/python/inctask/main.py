"""What inc starts: `serve`, or one attempt, which its standard input describes."""

from __future__ import annotations

import json
import os
import sys

from .attempt import attempt
from .serve import serve
from .uses import hook_looks


def main() -> None:
    # Packages keep their compiled modules as always; this program, which has none, is loaded by now.
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
    if sys.argv.pop(1) == "serve":
        serve()
        return
    job = json.loads(sys.stdin.buffer.read())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    hook_looks()
    os._exit(attempt(job))
