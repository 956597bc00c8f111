"""Content by way of a place that all machines reach: a directory that they share, or a server (`server.py`)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from . import content
from .transport import Message, Whose

# What each place has once inc has used it: a machine that does not find it there looks at another place.
PROBE = b"inc puts this here to see that all machines look at the same place\n"
PROBE_NAME = hashlib.sha256(PROBE).hexdigest()


class Place(Protocol):
    """Objects by their paths. One appears whole or not at all. Methods raise Unusable."""

    address: str

    def has(self, path: str) -> bool: ...

    def read(self, path: str, take: Callable[[Iterable[bytes]], bool]) -> bool:
        """What `take` says of its bytes, which may be given to it anew. False: there is no such object."""

    def write(self, path: str, size: int, coming: Callable[[], Iterable[bytes]], replaces: bool) -> None:
        """@param coming Gives the bytes, perhaps anew. What it raises is passed on, and nothing is there then."""


class SharedDirectory:
    """A directory that all machines have under the same path."""

    def __init__(self, root: str) -> None:
        self.address = root
        # Of temporary files, as inc names its own there, and removes them when they are old.
        self._token = secrets.token_hex(8)
        self._serial = itertools.count(1)

    def has(self, path: str) -> bool:
        return os.path.isfile(os.path.join(self.address, path))

    def read(self, path: str, take: Callable[[Iterable[bytes]], bool]) -> bool:
        try:
            with self._checked():
                file = open(os.path.join(self.address, path), "rb", buffering=0)
        except FileNotFoundError:
            return False
        with file:
            return take(self._pieces(file))

    def _pieces(self, file: Any) -> Iterator[bytes]:
        while True:
            with self._checked():
                piece: bytes = file.read(content.PIECE)
            if not piece:
                return
            yield piece

    def write(self, path: str, size: int, coming: Callable[[], Iterable[bytes]], replaces: bool) -> None:
        if not os.path.isdir(self.address):
            raise content.Unusable(self.address, "is no directory there")
        target = os.path.join(self.address, path)
        temporary = os.path.join(self.address, "v1/tmp", f"{self._token}-{next(self._serial)}")
        try:
            with self._checked():
                for each in (target, temporary):
                    os.makedirs(os.path.dirname(each), exist_ok=True)
                file = open(temporary, "xb", buffering=0)
            with file:
                for piece in coming():
                    view = memoryview(piece)
                    while view:
                        with self._checked():
                            view = view[file.write(view) or 0 :]
            with self._checked():
                os.replace(temporary, target)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(temporary)

    @contextlib.contextmanager
    def _checked(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise content.Unusable(self.address, f"refused an operation: {error.strerror or error}") from error


class Placed:
    """Content in such a place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._is_checked = False

    def check(self) -> None:
        if not self._is_checked and not self.has(PROBE_NAME):
            raise content.Unusable(self._place.address, "does not have what inc has put there")
        self._is_checked = True

    def prove(self) -> None:
        """Puts there what `check` looks for."""
        self._place.write(path_of(PROBE_NAME), len(PROBE), lambda: [PROBE], True)

    def has(self, name: str) -> bool:
        return self._place.has(path_of(name))

    def put_file(self, path: str, name: str, errand: content.Errand) -> None:
        if not errand.replaces and self.has(name):
            return
        size = os.path.getsize(path)
        self._place.write(path_of(name), size, lambda: content.verified(path, name, errand.is_over), errand.replaces)

    def put_made(self, path: str, errand: content.Errand) -> str:
        name = content.sha256_of(path)
        self.put_file(path, name, errand)
        return name

    def write_file(self, path: str, name: str, _: list[str], is_over: content.IsOver = content.never) -> None:
        if not self._place.read(path_of(name), lambda coming: content.write_verified(path, name, coming, is_over)):
            raise content.Missing([name])


def path_of(name: str) -> str:
    """As inc's shared cache knows it (`store/remote/backends/backend.ts`)."""
    return f"v1/data/{name[:2]}/{name}"


class PlaceTransport:
    """This machine's side: what it sends is in the place, for all nodes alike."""

    def __init__(self, give: Callable[[Message], None], data: Placed) -> None:
        self.data = data
        self._give = give
        self._sending: dict[str, asyncio.Lock] = {}
        # By SHA-256: what is there, and what was not what it should be.
        self._there: set[str] = set()
        self._damaged: set[str] = set()

    async def find(self, _: list[str]) -> dict[str, tuple[str, int]]:
        return {}

    async def name(self, digest: str, sha256: str, size: int) -> None:
        """A place knows one name of what it has."""

    async def hold(self, large: list[Message], _: set[str], whose: Whose) -> dict[str, int]:
        for item in large:
            name = item["sha256"]
            item["holders"] = []
            async with self._sending.setdefault(name, asyncio.Lock()):
                if name not in self._there:
                    await asyncio.to_thread(self._send, item, whose)
                    self._there.add(name)
        return {}

    def _send(self, item: Message, whose: Whose) -> None:
        name = item["sha256"]
        replaces = name in self._damaged
        if not replaces and self.data.has(name):
            return
        self.data.put_file(item["source"], name, content.Errand(whose.attempt, whose.is_over, replaces))
        self._damaged.discard(name)
        self._give({"type": "sent", "digest": item["digest"], "size": item["size"]})

    def release(self, whose: Whose) -> None:
        """The place keeps what it has."""

    async def forget(self, names: list[str]) -> None:
        self._there.difference_update(names)
        self._damaged.update(names)
