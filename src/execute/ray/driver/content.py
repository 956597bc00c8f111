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


def put_file(path: str, sha256: str, code: str, node: str) -> None:
    """Has the store of a node hold a file. Raises Changed when the file is another one by now."""
    target = _store(code, node)
    if ray.get(target.holds.remote(sha256)):
        return
    token = uuid.uuid4().hex
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb", buffering=0) as file:
        for piece in pieces(file, store.CHUNK):
            digest.update(piece)
            size += len(piece)
            ray.get(target.add.remote(token, piece))
    if digest.hexdigest() != sha256:
        raise Changed(path)
    ray.get(target.commit.remote(token, sha256, size))


def write_file(path: str, mode: int, name: str, holders: list[str], code: str) -> None:
    """Writes content of the cluster to a new file. Raises Missing when no holder gives it whole."""
    for holder in holders:
        with open(path, "wb", buffering=0, opener=_opener(mode)) as file:
            if _copy(file.write, name, holder, code):
                return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    raise Missing([name])


def _opener(mode: int) -> Callable[[str, int], int]:
    return lambda path, flags: os.open(path, flags, mode)


def _copy(write: Callable[[memoryview], int], name: str, holder: str, code: str) -> bool:
    digest = hashlib.sha256()
    try:
        chunks = ray.get(store.known_store(code, holder).chunks.remote(name))
        if chunks is None:
            return False
        for chunk in chunks:
            data: bytes = ray.get(chunk)
            digest.update(data)
            view = memoryview(data)
            while view:
                view = view[write(view) :]
    except (ray.exceptions.RayError, ValueError):
        return False
    return digest.hexdigest() == name


def _store(code: str, node: str) -> Any:
    key = (code, node)
    if key not in _stores:
        _stores[key] = store.store_of(code, node)
    return _stores[key]
