"""What inc learns of an attempt: lines of JSON in a file, which processes that the function forks add to as well."""

from __future__ import annotations

import json
import os
from typing import Any

# The user's code may put something else in the place of functions of json.
_encode = json.JSONEncoder().encode


class Report:
    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def give(self, record: dict[str, Any]) -> None:
        """One write for a line: what several processes write does not mix."""
        data = memoryview(_encode(record).encode() + b"\n")
        while data:
            data = data[os.write(self._file, data) :]
