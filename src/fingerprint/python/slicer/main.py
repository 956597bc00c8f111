"""The program: one request as JSON on stdin, one answer as JSON on stdout."""

from __future__ import annotations

import json
import sys

from .slicing import Slicing, version


def main() -> None:
    request = json.load(sys.stdin)
    slicing = Slicing()
    slices = [slicing.slice(entry["module"], entry["name"]).json() for entry in request["entries"]]
    json.dump({"python": list(version()), "executable": sys.executable, "slices": slices}, sys.stdout)
