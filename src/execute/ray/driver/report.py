"""What a Python function reports while it runs: lines of JSON in a file beside its directory."""

from __future__ import annotations

import json
import os


class Report:
    def __init__(self, scratch: str) -> None:
        self._path = os.path.join(scratch, "lists", "report")
        self._offset = 0

    def progress(self) -> list[float] | None:
        """How far it has come; None: it has said nothing since."""
        with open(self._path, "rb") as file:
            file.seek(self._offset)
            data = file.read()
        end = data.rfind(b"\n") + 1
        self._offset += end
        said = [line for line in data[:end].splitlines() if line.startswith(b'{"progress"')]
        found: list[float] | None = json.loads(said[-1])["progress"] if said else None
        return found

    def text(self) -> str:
        with open(self._path, encoding="utf-8") as file:
            return file.read()
