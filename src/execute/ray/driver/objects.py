"""Content by way of Ray's object store: each node's store has some, and a directory knows which node has what."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ray

from . import content, store
from .transport import Message, Whose

_stores: dict[tuple[str, str], Any] = {}
_waiting: ThreadPoolExecutor | None = None


class Objects:
    """The stores of the nodes. @param code Digest of the code of all this."""

    def __init__(self, code: str) -> None:
        self._code = code

    def check(self) -> None:
        """Ray has checked its nodes."""

    def put_file(self, path: str, name: str, errand: content.Errand) -> None:
        """Has the store of this node hold a file, and keep it for an attempt."""
        target = _store(self._code, ray.get_runtime_context().get_node_id())
        if _get(target.lease.remote(errand.attempt, [name])):
            return
        token = uuid.uuid4().hex
        size = 0
        try:
            for piece in content.verified(path, name, errand.is_over, store.CHUNK):
                size += len(piece)
                _get(target.add.remote(token, piece))
        except (content.Cancelled, content.Changed):
            target.abandon.remote(token)
            raise
        _get(target.commit.remote(token, name, size, errand.attempt))

    def put_made(self, path: str, errand: content.Errand) -> str:
        """Reads it once: the store takes a piece while that is digested."""
        target = _store(self._code, ray.get_runtime_context().get_node_id())
        token = uuid.uuid4().hex
        digest = hashlib.sha256()
        size = 0
        with open(path, "rb", buffering=0) as file:
            for piece in content.pieces(file, store.CHUNK):
                adding = target.add.remote(token, piece)
                digest.update(piece)
                size += len(piece)
                _get(adding)
        name = digest.hexdigest()
        _get(target.commit.remote(token, name, size, errand.attempt))
        return name

    def write_file(self, path: str, name: str, holders: list[str], is_over: content.IsOver = content.never) -> None:
        for holder in holders:
            with contextlib.suppress(ray.exceptions.RayError, ValueError):
                chunks = _get(store.known_store(self._code, holder).chunks.remote(name))
                if chunks is not None and content.write_verified(path, name, _each(chunks), is_over):
                    return
        raise content.Missing([name])


def _get(reference: Any) -> Any:
    """
    What a reference leads to. While a task waits for it in its main thread, Ray counts its CPU as free, starts another worker
    for what else is to run there (over a second of processor time), and has more run than the node has CPUs.
    """
    global _waiting
    if threading.current_thread() is not threading.main_thread():
        return ray.get(reference)
    if _waiting is None:
        _waiting = ThreadPoolExecutor(1)
    return _waiting.submit(ray.get, reference).result()


def _each(chunks: list[Any]) -> Iterator[bytes]:
    for chunk in chunks:
        piece: bytes = _get(chunk)
        yield piece


def _store(code: str, node: str) -> Any:
    key = (code, node)
    if key not in _stores:
        _stores[key] = store.store_of(code, node)
    return _stores[key]


class ObjectTransport:
    """This machine's side: what it sends is in the store of its own node."""

    def __init__(self, give: Callable[[Message], None], code: str) -> None:
        self.data = Objects(code)
        self._give = give
        self._code = code
        self._directory = store.Known(code)
        self._sending: dict[str, asyncio.Lock] = {}

    async def find(self, digests: list[str]) -> dict[str, tuple[str, int]]:
        found: dict[str, tuple[str, int]] = await self._directory.ask("find", digests)
        return found

    async def name(self, digest: str, sha256: str, size: int) -> None:
        await self._directory.ask("name", digest, sha256, size)

    async def hold(self, large: list[Message], alive: set[str], whose: Whose) -> dict[str, int]:
        where = await self._held(large, alive, whose)
        weights: dict[str, int] = {}
        for item in large:
            item["holders"] = where.get(item["sha256"]) or [await self._send(item, whose)]
            for node in item["holders"]:
                weights[node] = weights.get(node, 0) + item["size"]
        return weights

    async def _held(self, large: list[Message], alive: set[str], whose: Whose) -> dict[str, list[str]]:
        """Name → the nodes that hold it, and keep it for the attempt."""
        where = await self._directory.ask("where", [item["sha256"] for item in large])
        by_node: dict[str, list[str]] = {}
        for name, nodes in where.items():
            for node in nodes:
                if node in alive:
                    by_node.setdefault(node, []).append(name)
        held: dict[str, list[str]] = {}
        for node, names in by_node.items():
            try:
                kept = await store.known_store(self._code, node).lease.remote(whose.attempt, names)
            except (ray.exceptions.RayError, ValueError):
                continue
            whose.nodes.add(node)
            for name in kept:
                held.setdefault(name, []).append(node)
        return held

    async def _send(self, item: Message, whose: Whose) -> str:
        node: str = ray.get_runtime_context().get_node_id()
        name = item["sha256"]
        whose.nodes.add(node)
        async with self._sending.setdefault(name, asyncio.Lock()):
            errand = content.Errand(whose.attempt, whose.is_over)
            await asyncio.to_thread(self.data.put_file, item["source"], name, errand)
            self._give({"type": "sent", "digest": item["digest"], "size": item["size"]})
        await self._directory.ask("name", item["digest"], name, item["size"])
        return node

    def release(self, whose: Whose) -> None:
        for node in whose.nodes:
            with contextlib.suppress(ray.exceptions.RayError, ValueError):
                store.known_store(self._code, node).release.remote(whose.attempt)

    async def forget(self, names: list[str]) -> None:
        where = await self._directory.ask("where", names)
        for name in names:
            for node in where.get(name, []):
                await self._directory.ask("drop", name, node)
