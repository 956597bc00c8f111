"""The attempts that inc has asked for: where their inputs are, what Ray says of them, how they ended."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from . import attempt, cluster, content, store
from .supervisor import GRACE

# An attempt is sent again when its node or its worker was lost: nothing of it has come into the workspace.
TRIES = 3
# Above so many bytes on one node, a task had better run there.
HEAVY = 1024 * 1024
# Seconds for which the list of nodes is believed.
FRESH = 2.0

LOST = (
    ray.exceptions.NodeDiedError,
    ray.exceptions.WorkerCrashedError,
    ray.exceptions.OwnerDiedError,
    ray.exceptions.ObjectLostError,
    ray.exceptions.RaySystemError,
    ray.exceptions.LocalRayletDiedError,
)

Message = dict[str, Any]


CANCELLED = {"type": "cancelled"}


def refused(why: Message) -> Message:
    return {"type": "refused", "refused": why}


class Lost(Exception):
    """The node or the worker of an attempt is gone, or what one of them held."""


class Runner:
    def __init__(self, give: Callable[[Message], None], code: str, temporary: str) -> None:
        self._give = give
        self._code = code
        self._temporary = temporary
        self._directory = store.directory_of(code)
        self._remote = ray.remote(attempt.run)
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "supervisor.py")
        with open(source, encoding="utf-8") as file:
            self._given = {"code": code, "supervisor": file.read()}
        # By BLAKE3: small files, sent by inc once.
        self._blobs: dict[str, bytes] = {}
        self._sending: dict[str, asyncio.Lock] = {}
        # Id of an attempt → what Ray gives of it; None: it has not come to Ray yet.
        self._running: dict[str, Any] = {}
        self._cancelled: set[str] = set()
        self._nodes: tuple[float, list[dict[str, Any]]] = (0.0, [])
        self._fetched = 0
        # Ids of nodes that Ray still takes for living.
        self._gone: set[str] = set()

    async def find(self, message: Message) -> None:
        """Which of these digests the cluster holds."""
        found = await self._directory.find.remote(message["digests"])
        self._give({"type": "found", "id": message["id"], "found": {k: list(v) for k, v in found.items()}})

    async def name(self, message: Message) -> None:
        """What a digest of SHA-256 is by BLAKE3, which inc has verified."""
        await self._directory.name.remote(message["digest"], message["sha256"], message["size"])

    async def execute(self, message: Message) -> None:
        """One attempt, until `ended` or `refused` is given. Never raises for what a command does."""
        spec = message["spec"]
        ident = spec["id"]
        self._running[ident] = None
        for digest, data in message["blobs"].items():
            self._blobs[digest] = base64.b64decode(data)
        try:
            self._give({"id": ident, **await self._until_ended(spec)})
        except content.Changed as changed:
            self._refuse(ident, {"kind": "changed", "path": str(changed)})
        except ray.exceptions.TaskCancelledError:
            self._give({"id": ident, **CANCELLED})
        except ray.exceptions.OutOfMemoryError as error:
            self._refuse(ident, {"kind": "memory", "message": str(error).split("\n")[0]})
        except (ray.exceptions.RayError, OSError) as error:
            if ident in self._cancelled:
                self._give({"id": ident, **CANCELLED})
            else:
                self._refuse(ident, {"kind": "ray", "message": str(error).strip()})
        finally:
            self._running.pop(ident, None)
            self._cancelled.discard(ident)

    def cancel(self, message: Message) -> None:
        ident = message["id"]
        if ident not in self._running:
            return
        self._cancelled.add(ident)
        generator = self._running[ident]
        if generator is None:
            return
        ray.cancel(generator, force=False)
        asyncio.get_running_loop().call_later(GRACE + 3, self._force, ident, generator)

    def _force(self, ident: str, generator: Any) -> None:
        """It did not end when it was asked to: its worker is ended, and its supervisor ends the command."""
        if self._running.get(ident) is generator:
            ray.cancel(generator, force=True)

    def _refuse(self, ident: str, why: Message) -> None:
        self._give({"id": ident, **refused(why)})

    async def _until_ended(self, spec: Message) -> Message:
        last = ""
        for _ in range(TRIES):
            if spec["id"] in self._cancelled:
                return CANCELLED
            request = cluster.request_of(spec["resources"])
            among = self._alive()
            try:
                if not cluster.fits(request, among):
                    raise cluster.Infeasible(request, among)
                return await self._once(spec, request)
            except cluster.Infeasible as infeasible:
                return refused({"kind": "infeasible", "request": infeasible.request, "nodes": infeasible.nodes})
            except (*LOST, Lost) as error:
                last = str(error).strip().split("\n")[0]
                self._nodes = (0.0, [])
        if spec["id"] in self._cancelled:
            return CANCELLED
        return refused({"kind": "lost", "tries": TRIES, "message": last})

    async def _once(self, spec: Message, request: dict[str, float]) -> Message:
        heavy = await self._hold(spec)
        options = cluster.options_of(request)
        if heavy is not None:
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(heavy, soft=True, _spill_on_unavailable=True)
        blobs = {
            item["digest"]: self._blobs[item["digest"]]
            for item in spec["inputs"]
            if item["type"] == "file" and item["digest"] in self._blobs
        }
        if spec["id"] in self._cancelled:
            return CANCELLED
        generator = self._remote.options(name=spec["name"], max_retries=0, **options).remote(spec, blobs, self._given)
        self._running[spec["id"]] = generator
        return await self._follow(spec, generator)

    async def _follow(self, spec: Message, generator: Any) -> Message:
        node = ""
        try:
            waiting = aiter(generator)
            while True:
                reference = await self._next(spec, waiting, is_placed=node != "")
                if reference is None:
                    break
                event: Message = await reference
                node = event.get("started", {}).get("node", node)
                result = await self._take(spec, event)
                if result is not None:
                    return result
        except (ray.exceptions.NodeDiedError, ray.exceptions.LocalRayletDiedError):
            # Ray lists it among the living for some more seconds.
            self._gone.add(node)
            raise
        if spec["id"] in self._cancelled:
            return CANCELLED
        raise Lost("its worker ended without a word")

    async def _next(self, spec: Message, waiting: Any, *, is_placed: bool) -> Any | None:
        """The next that Ray gives; None: that was all. Raises Infeasible when the nodes that could run it are gone meanwhile."""
        coming: asyncio.Future[Any] = asyncio.ensure_future(anext(waiting, None))
        while not is_placed:
            done, _ = await asyncio.wait({coming}, timeout=FRESH)
            if done:
                break
            request = cluster.request_of(spec["resources"])
            among = self._alive()
            if not cluster.fits(request, among):
                coming.cancel()
                ray.cancel(self._running[spec["id"]], force=False)
                raise cluster.Infeasible(request, among)
        return await coming

    async def _take(self, spec: Message, event: Message) -> Message | None:
        """Passes on what happens; returns how it ended."""
        if "log" in event:
            data = base64.b64encode(event["log"]).decode()
            self._give({"type": "log", "id": spec["id"], "data": data})
        elif "started" in event:
            self._give({"type": "started", "id": spec["id"], **self._place(event["started"])})
        elif "missing" in event:
            await self._forget(event["missing"])
            raise Lost(f"no node holds {', '.join(event['missing'])} any more")
        elif "refused" in event:
            return refused(event["refused"])
        else:
            return {"type": "ended", **await self._bring(event["ended"])}
        return None

    def _place(self, started: Message) -> Message:
        names = {node["id"]: node["name"] for node in self._alive()}
        return {**started, "host": names.get(started["node"], started["node"])}

    async def _hold(self, spec: Message) -> str | None:
        """Has the cluster hold what an attempt needs. Returns the node that has most of it, if that is much."""
        large = [item for item in spec["inputs"] if item["type"] == "file" and item["digest"] not in self._blobs]
        if not large:
            return None
        where = await self._directory.where.remote([item["sha256"] for item in large])
        alive = {node["id"] for node in self._alive()}
        weights: dict[str, int] = {}
        for item in large:
            item["holders"] = [node for node in where.get(item["sha256"], []) if node in alive]
            if not item["holders"]:
                item["holders"] = [await self._send(item)]
            for node in item["holders"]:
                weights[node] = weights.get(node, 0) + item["size"]
        heaviest = max(weights, key=lambda node: weights[node])
        return heaviest if weights[heaviest] >= HEAVY else None

    async def _send(self, item: Message) -> str:
        node: str = ray.get_runtime_context().get_node_id()
        name = item["sha256"]
        async with self._sending.setdefault(name, asyncio.Lock()):
            await asyncio.to_thread(content.put_file, item["source"], name, self._code, node)
            self._give({"type": "sent", "digest": item["digest"], "size": item["size"]})
        if item["digest"] is not None:
            await self._directory.name.remote(item["digest"], name, item["size"])
        return node

    async def _forget(self, names: list[str]) -> None:
        where = await self._directory.where.remote(names)
        for name in names:
            for node in where.get(name, []):
                await self._directory.drop.remote(name, node)

    async def _bring(self, ended: Message) -> Message:
        """Fetches the large outputs to files beside inc; the small ones have come."""
        made = ended.get("made")
        if made is None:
            return ended
        files: dict[str, str] = {}
        try:
            for item in made["items"]:
                if "data" in item:
                    item["data"] = base64.b64encode(item["data"]).decode()
                if "sha256" in item:
                    item["file"] = await self._fetch(item["sha256"], made["node"], files)
            if made["pack"] is not None:
                made["pack"] = await self._fetch(made["pack"], made["node"], files)
        except Lost:
            for path in files.values():
                os.unlink(path)
            raise
        return ended

    async def _fetch(self, name: str, node: str, files: dict[str, str]) -> str:
        if name not in files:
            self._fetched += 1
            path = os.path.join(self._temporary, f"{os.getpid()}-{self._fetched}.fetched")
            try:
                await asyncio.to_thread(content.write_file, path, 0o600, name, [node], self._code)
            except content.Missing as missing:
                raise Lost(f"what was made is gone: {missing}") from missing
            files[name] = path
        return files[name]

    def _alive(self) -> list[dict[str, Any]]:
        asked, known = self._nodes
        if time.monotonic() - asked > FRESH:
            known = [node for node in cluster.nodes() if node["id"] not in self._gone]
            self._nodes = (time.monotonic(), known)
        return known
