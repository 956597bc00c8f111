"""The files that decide a slice: each read once, with a record of what was read and what was looked for in vain."""

from __future__ import annotations

import hashlib
import os
import tokenize
from collections.abc import Callable
from io import BytesIO
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


def digest_of(data: bytes | str) -> str:
    """SHA-256 in hexadecimal digits, of bytes or of text in UTF-8."""
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")).hexdigest()


class Trace:
    """What was looked at, and the traces of what that was found out from. It may be in itself, as modules import each other."""

    __slots__ = ("_inner", "_marks")

    def __init__(self) -> None:
        self._marks: set[tuple[str, str]] = set()
        self._inner: set[Trace] = set()

    def note(self, kind: str, what: str) -> None:
        """@param kind `read`, `absence` or `pattern`, of absolute paths; `broken`, of a dotted name."""
        self._marks.add((kind, what))

    def add(self, other: Trace) -> None:
        if other is not _NOTHING:
            self._inner.add(other)

    def reduced(self) -> Trace:
        """The same in fewer steps: most of what is found out looks at nothing, or at one thing that was found out before."""
        if self._marks or len(self._inner) > 1:
            return self
        return next(iter(self._inner), _NOTHING)

    def whole(self) -> dict[str, list[str]]:
        """All of it by kind, sorted."""
        marks: set[tuple[str, str]] = set()
        seen, queue = {self}, [self]
        while queue:
            one = queue.pop()
            marks |= one._marks
            queue += one._inner - seen
            seen |= one._inner
        found: dict[str, list[str]] = {"read": [], "absence": [], "pattern": [], "broken": []}
        for kind, what in sorted(marks):
            found[kind].append(what)
        return found


_NOTHING = Trace()


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
        self.trace.note("absence" if content is None else "read", path)
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
        is_there = os.path.isfile(path)
        self.trace.note("read" if is_there else "absence", path)
        return is_there

    def matching(self, directory: str, ending: str) -> list[str]:
        """Names in a directory that end so, sorted."""
        self.trace.note("pattern", f"{directory}/*{ending}")
        try:
            return sorted(name for name in os.listdir(directory) if name.endswith(ending))
        except OSError:
            return []

    def below(self, directory: str) -> list[str]:
        """Absolute paths of all files below a directory, without those that Python itself makes, sorted."""
        self.trace.note("pattern", f"{directory}/**")
        found = []
        for above, directories, names in os.walk(directory):
            directories[:] = [name for name in directories if name != "__pycache__"]
            found += [os.path.join(above, name) for name in names if not name.endswith(".pyc")]
        return sorted(found)


class Memory(Generic[K, V]):
    """What was found out, each with what was looked at for that: it counts wherever the same is asked again."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: dict[K, tuple[V, Trace]] = {}

    def get(self, key: K, meanwhile: V, find: Callable[[], V]) -> V:
        """@param meanwhile What is answered to who asks while it is being found out."""
        known = self._known.get(key)
        if known is None:
            known = self._find(key, meanwhile, find)
        self._files.trace.add(known[1])
        return known[0]

    def _find(self, key: K, meanwhile: V, find: Callable[[], V]) -> tuple[V, Trace]:
        outer, own = self._files.trace, Trace()
        self._known[key] = (meanwhile, own)
        self._files.trace = own
        try:
            found = find()
        finally:
            self._files.trace = outer
        self._known[key] = (found, own.reduced())
        return self._known[key]
