"""Moving the content of files between a disk and the stores of a cluster, verified by SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import ray

from . import store

_stores: dict[tuple[str, str], Any] = {}


class Missing(Exception):
    """No node that is said to hold some content gives it."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class Cancelled(Exception):
    """The attempt that it was for is to end."""


class Changed(Exception):
    """A file is not what it was said to be."""


def sha256_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        for piece in pieces(file):
            digest.update(piece)
    return digest.hexdigest()


def pieces(file: Any, size: int = 1024 * 1024) -> Iterator[bytes]:
    while piece := file.read(size):
        yield piece


class Target:
    """
    The store of a node, which keeps what an attempt needs.
    @param is_over Tells whether the attempt is to end: asked between pieces, and then Cancelled is raised.
    """

    def __init__(self, code: str, node: str, attempt: str, is_over: Callable[[], bool] = lambda: False) -> None:
        self.store = _store(code, node)
        self.attempt = attempt
        self.is_over = is_over


def put_file(path: str, sha256: str, to: Target) -> None:
    """Has a store hold a file. Raises Changed when the file is another one by now."""
    target = to.store
    if ray.get(target.lease.remote(to.attempt, [sha256])):
        return
    token = uuid.uuid4().hex
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb", buffering=0) as file:
        for piece in pieces(file, store.CHUNK):
            digest.update(piece)
            size += len(piece)
            if to.is_over():
                target.abandon.remote(token)
                raise Cancelled(path)
            ray.get(target.add.remote(token, piece))
    if digest.hexdigest() != sha256:
        target.abandon.remote(token)
        raise Changed(path)
    ray.get(target.commit.remote(token, sha256, size, to.attempt))


class Source:
    """Where some content of the cluster is, by its SHA-256."""

    def __init__(self, name: str, holders: list[str], code: str, is_over: Callable[[], bool] = lambda: False) -> None:
        self.name = name
        self.holders = holders
        self.code = code
        self.is_over = is_over


def write_file(path: str, mode: int, source: Source) -> None:
    """Writes content of the cluster to a new file. Raises Missing when no holder gives it whole."""
    try:
        for holder in source.holders:
            with open(path, "wb", buffering=0, opener=_opener(mode)) as file:
                if _copy(file.write, holder, source):
                    return
        raise Missing([source.name])
    except (Missing, Cancelled, OSError):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        raise


def _opener(mode: int) -> Callable[[str, int], int]:
    return lambda path, flags: os.open(path, flags, mode)


def _copy(write: Callable[[memoryview], int], holder: str, source: Source) -> bool:
    digest = hashlib.sha256()
    try:
        chunks = ray.get(store.known_store(source.code, holder).chunks.remote(source.name))
        if chunks is None:
            return False
        for chunk in chunks:
            if source.is_over():
                raise Cancelled(source.name)
            data: bytes = ray.get(chunk)
            digest.update(data)
            view = memoryview(data)
            while view:
                view = view[write(view) :]
    except (ray.exceptions.RayError, ValueError):
        return False
    return digest.hexdigest() == source.name


def _store(code: str, node: str) -> Any:
    key = (code, node)
    if key not in _stores:
        _stores[key] = store.store_of(code, node)
    return _stores[key]
