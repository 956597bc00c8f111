"""The files that decide a slice: each read once, with a record of what was read and what was looked for in vain."""

from __future__ import annotations

import hashlib
import os
import tokenize
from io import BytesIO


def digest_of(data: bytes | str) -> str:
    """SHA-256 in hexadecimal digits, of bytes or of text in UTF-8."""
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")).hexdigest()


class Trace:
    """What was looked at; absolute paths."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.absences: set[str] = set()
        self.patterns: set[str] = set()

    def add(self, other: Trace) -> None:
        self.reads |= other.reads
        self.absences |= other.absences
        self.patterns |= other.patterns


class Files:
    """Reads files for one trace; their bytes are shared by all traces."""

    def __init__(self, cache: dict[str, bytes | None] | None = None) -> None:
        self.trace = Trace()
        self.cache: dict[str, bytes | None] = {} if cache is None else cache

    def with_own_trace(self) -> Files:
        return Files(self.cache)

    def bytes(self, path: str) -> bytes | None:
        """Content of a file; None: there is no such file, or it cannot be read."""
        if path not in self.cache:
            try:
                with open(path, "rb") as file:
                    self.cache[path] = file.read()
            except OSError:
                self.cache[path] = None
        content = self.cache[path]
        (self.trace.absences if content is None else self.trace.reads).add(path)
        return content

    def text(self, path: str) -> str:
        """Of a text file that is part of Python's own bookkeeping."""
        return (self.bytes(path) or b"").decode("utf-8-sig", "replace")

    def source(self, path: str) -> str:
        """Of a module, by the encoding that it declares. Raises SyntaxError or UnicodeDecodeError."""
        data = self.bytes(path) or b""
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        return data.decode(encoding)

    def exists(self, path: str) -> bool:
        if os.path.isfile(path):
            self.trace.reads.add(path)
            return True
        self.trace.absences.add(path)
        return False

    def matching(self, directory: str, ending: str) -> list[str]:
        """Names in a directory that end so, sorted."""
        self.trace.patterns.add(f"{directory}/*{ending}")
        try:
            return sorted(name for name in os.listdir(directory) if name.endswith(ending))
        except OSError:
            return []

    def below(self, directory: str) -> list[str]:
        """Absolute paths of all files below a directory, without those that Python itself makes, sorted."""
        self.trace.patterns.add(f"{directory}/**")
        found = []
        for above, directories, names in os.walk(directory):
            directories[:] = [name for name in directories if name != "__pycache__"]
            found += [os.path.join(above, name) for name in names if not name.endswith(".pyc")]
        return sorted(found)
