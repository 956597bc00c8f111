"""What inc starts: `serve`; `versions`; or `call`, one attempt, which its standard input describes."""

from __future__ import annotations

import json
import os
import sys

from .attempt import attempt
from .uses import hook_looks
from .versions import versions


def main() -> None:
    # Packages keep their compiled modules as always; this program, which has none, is loaded by now.
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
    what = sys.argv.pop(1)
    if what == "serve":
        from .serve import serve

        serve()
        return
    given = json.loads(sys.stdin.buffer.read())
    if what == "versions":
        print(json.dumps(versions(given)))
        return
    # On another machine they are known from its working directory on.
    job = {**given, **{name: os.path.abspath(given[name]) for name in ("workspace", "cwd", "importRoot", "report")}}
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    hook_looks()
    os._exit(attempt(job))
