"""The content of files on its way between machines. It is named by its SHA-256, by which each reader checks it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

# Bytes that are read at once.
PIECE = 1024 * 1024

# Tells whether what some content is moved for has been cancelled: asked between pieces, and then Cancelled is raised.
IsOver = Callable[[], bool]


def never() -> bool:
    return False


class Missing(Exception):
    """Some content is not where it is said to be, or is not what it is said to be."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class Cancelled(Exception):
    """The attempt that it was for is to end."""


class Changed(Exception):
    """A file is not what it was said to be."""


class Unusable(Exception):
    """A place does not do what it has to. The message follows its address."""

    def __init__(self, address: str, message: str) -> None:
        super().__init__(message)
        self.answer = {"kind": "data", "address": address, "message": message}


class Data(Protocol):
    """A way for content between machines, as a worker and the driver use it."""

    def check(self) -> None:
        """Raises Unusable where it cannot be used on this machine."""

    def put_file(self, path: str, name: str, errand: Errand) -> None:
        """Has it hold a file. Raises Changed when the file is another one by now."""

    def put_made(self, path: str, errand: Errand) -> str:
        """Has it hold a file that is not changed any more. Returns its name."""

    def write_file(self, path: str, name: str, holders: list[str], is_over: IsOver = never) -> None:
        """
        Writes content to a new file. Raises Missing.
        @param holders Ids of the nodes that have it, where nodes have it.
        """


class Errand:
    """
    What some content is put for.
    @param replaces What may be there already was found not to be what it should be.
    """

    def __init__(self, attempt: str, is_over: IsOver = never, replaces: bool = False) -> None:
        self.attempt = attempt
        self.is_over = is_over
        self.replaces = replaces


def sha256_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        for piece in pieces(file):
            digest.update(piece)
    return digest.hexdigest()


def pieces(file: Any, size: int = PIECE) -> Iterator[bytes]:
    while piece := file.read(size):
        yield piece


def verified(path: str, name: str, is_over: IsOver, size: int = PIECE) -> Iterator[bytes]:
    """The pieces of a file. Raises Changed in place of the last one, so that what takes them never has a whole that is wrong."""
    digest = hashlib.sha256()
    held = b""
    with open(path, "rb", buffering=0) as file:
        for piece in pieces(file, size):
            if is_over():
                raise Cancelled(path)
            digest.update(piece)
            if held:
                yield held
            held = piece
    if digest.hexdigest() != name:
        raise Changed(path)
    yield held


def write_verified(path: str, name: str, coming: Iterable[bytes], is_over: IsOver) -> bool:
    """Writes content to a new file. False, and no file: it is not what its name says."""
    digest = hashlib.sha256()
    is_sound = False
    try:
        with open(path, "wb", buffering=0, opener=_private) as file:
            for piece in coming:
                if is_over():
                    raise Cancelled(name)
                digest.update(piece)
                view = memoryview(piece)
                while view:
                    view = view[file.write(view) or 0 :]
        is_sound = digest.hexdigest() == name
        return is_sound
    finally:
        if not is_sound:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
