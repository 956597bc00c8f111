"""What travels between the machine that inc runs on and the cluster."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from collections.abc import Callable
from typing import Any

import ray

from . import content, store

# Above so many bytes on one node, a task had better run there.
HEAVY = 1024 * 1024

Message = dict[str, Any]


class Lost(Exception):
    """The node or the worker of an attempt is gone, or what one of them held."""


class Whose:
    """
    The attempt that something travels for.
    @param is_over Tells whether it has been cancelled.
    """

    def __init__(self, attempt: str, is_over: Callable[[], bool]) -> None:
        self.attempt = attempt
        self.is_over = is_over
        # Whose stores keep something for it.
        self.nodes: set[str] = set()


class Transfers:
    def __init__(self, give: Callable[[Message], None], code: str, temporary: str, directory: store.Known) -> None:
        self._give = give
        self._code = code
        self._temporary = temporary
        self._directory = directory
        self._sending: dict[str, asyncio.Lock] = {}
        self._fetched = 0

    async def hold(self, large: list[Message], alive: set[str], whose: Whose) -> str | None:
        """
        Has the cluster hold what an attempt needs. Returns the node that has most of it, if that is much.
        @param alive Ids of nodes.
        """
        if not large:
            return None
        where = await self._held(large, alive, whose)
        weights: dict[str, int] = {}
        for item in large:
            item["holders"] = where.get(item["sha256"]) or [await self._send(item, whose)]
            for node in item["holders"]:
                weights[node] = weights.get(node, 0) + item["size"]
        heaviest = max(weights, key=lambda node: weights[node])
        return heaviest if weights[heaviest] >= HEAVY else None

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

    def release(self, whose: Whose) -> None:
        """The attempt has ended: what it needed may go."""
        for node in whose.nodes:
            with contextlib.suppress(ray.exceptions.RayError, ValueError):
                store.known_store(self._code, node).release.remote(whose.attempt)

    async def _send(self, item: Message, whose: Whose) -> str:
        node: str = ray.get_runtime_context().get_node_id()
        name = item["sha256"]
        whose.nodes.add(node)
        async with self._sending.setdefault(name, asyncio.Lock()):
            await asyncio.to_thread(self._put, item, node, whose)
            self._give({"type": "sent", "digest": item["digest"], "size": item["size"]})
        if item["digest"] is not None:
            await self._directory.ask("name", item["digest"], name, item["size"])
        return node

    def _put(self, item: Message, node: str, whose: Whose) -> None:
        content.put_file(item["source"], item["sha256"], content.Target(self._code, node, whose.attempt, whose.is_over))

    async def forget(self, names: list[str]) -> None:
        where = await self._directory.ask("where", names)
        for name in names:
            for node in where.get(name, []):
                await self._directory.ask("drop", name, node)

    async def bring(self, ended: Message, whose: Whose) -> Message:
        """Fetches the large outputs to files beside inc; the small ones have come."""
        made = ended.get("made")
        if made is None:
            return ended
        files: dict[str, str] = {}
        whose.nodes.add(made["node"])

        def source(name: str) -> content.Source:
            return content.Source(name, [made["node"]], self._code, whose.is_over)

        try:
            for item in made["items"]:
                if "data" in item:
                    item["data"] = base64.b64encode(item["data"]).decode()
                if "sha256" in item:
                    item["file"] = await self._fetch(source(item["sha256"]), files)
            if made["pack"] is not None:
                made["pack"] = await self._fetch(source(made["pack"]), files)
        except (Lost, content.Cancelled):
            for path in files.values():
                os.unlink(path)
            raise
        return ended

    async def _fetch(self, source: content.Source, files: dict[str, str]) -> str:
        if source.name not in files:
            self._fetched += 1
            path = os.path.join(self._temporary, f"{os.getpid()}-{self._fetched}.fetched")
            try:
                await asyncio.to_thread(content.write_file, path, 0o600, source)
            except content.Missing as missing:
                raise Lost(f"what was made is gone: {missing}") from missing
            files[source.name] = path
        return files[source.name]
