"""The attempts that inc has asked for: where their inputs are, what Ray says of them, how they ended."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import math
import os
import time
from collections.abc import Callable
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from . import attempt, cluster, content
from .data import transport_of
from .fetching import Fetching
from .placement import PATIENCE, Placement
from .supervisor import GRACE
from .transport import Lost, Message, Whose

# An attempt is sent again when its node or its worker was lost: nothing of it has come into the workspace.
TRIES = 3
# Seconds between two looks whether what an attempt waits for may still come.
INTERVAL = 2.0

LOST = (
    ray.exceptions.NodeDiedError,
    ray.exceptions.WorkerCrashedError,
    ray.exceptions.OwnerDiedError,
    ray.exceptions.ObjectLostError,
    ray.exceptions.RaySystemError,
    ray.exceptions.LocalRayletDiedError,
)

CANCELLED = {"type": "cancelled"}


class Busy(Exception):
    """An attempt has not begun on the node that it was sent to."""


def refused(why: Message) -> Message:
    return {"type": "refused", "refused": why}


class Runner:
    """
    @param hello What inc says first: `data`: how content travels; `temporary`: a directory for what is fetched.
    Raises Unusable when it cannot travel so.
    """

    def __init__(self, give: Callable[[Message], None], code: str, hello: Message) -> None:
        self._give = give
        self._transport = transport_of(hello["data"], code, give)
        self._fetching = Fetching(self._transport.data, hello["temporary"])
        self._remote = ray.remote(attempt.run)
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "supervisor.py")
        with open(source, encoding="utf-8") as file:
            self._given = {"code": code, "data": hello["data"], "supervisor": file.read()}
        # By BLAKE3: small files, sent by inc once.
        self._blobs: dict[str, bytes] = {}
        # Id of an attempt → what Ray gives of it; None: it has not come to Ray yet.
        self._running: dict[str, Any] = {}
        self._cancelled: set[str] = set()
        # Id of an attempt → what inc answers to a question about it.
        self._asked: dict[str, asyncio.Future[Any]] = {}
        # Attempts that have made something, and hold their turn no more.
        self._vacated: set[str] = set()
        self._nodes = cluster.Nodes()
        self._placement = Placement()

    async def find(self, message: Message) -> None:
        """Which of these digests the cluster holds, as far as it says so."""
        found: dict[str, tuple[str, int]] = {}
        with contextlib.suppress(ray.exceptions.RayError):
            found = await self._transport.find(message["digests"])
        self._give({"type": "found", "id": message["id"], "found": {k: list(v) for k, v in found.items()}})

    async def name(self, message: Message) -> None:
        """What a digest of SHA-256 is by BLAKE3, which inc has verified."""
        await self._transport.name(message["digest"], message["sha256"], message["size"])

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
        except content.Unusable as unusable:
            self._refuse(ident, unusable.answer)
        except (ray.exceptions.TaskCancelledError, content.Cancelled):
            self._give({"id": ident, **CANCELLED})
        except ray.exceptions.OutOfMemoryError as error:
            self._refuse(ident, {"kind": "memory", "message": str(error).split("\n")[0]})
        except ray.exceptions.RuntimeEnvSetupError as error:
            self._refuse(ident, {"kind": "runtime-env", "message": str(error).strip()})
        except (ray.exceptions.RayError, OSError) as error:
            if ident in self._cancelled:
                self._give({"id": ident, **CANCELLED})
            else:
                self._refuse(ident, {"kind": "ray", "message": str(error).strip()})
        except Exception as error:
            # Such as an amount of a resource that Ray does not take. An attempt of which inc hears nothing would never end.
            self._refuse(ident, {"kind": "ray", "message": f"{type(error).__name__}: {error}"})
        finally:
            self._running.pop(ident, None)
            self._cancelled.discard(ident)
            self._vacated.discard(ident)

    def answer(self, message: Message) -> None:
        asked = self._asked.get(message["id"])
        if asked is not None and not asked.done():
            asked.set_result(message.get("names"))

    async def _ask(self, ident: str, question: Message) -> Any:
        self._asked[ident] = asyncio.get_running_loop().create_future()
        self._give({"id": ident, **question})
        try:
            return await self._asked[ident]
        finally:
            del self._asked[ident]

    async def _choose(self, ident: str, files: list[Message]) -> list[str]:
        """Which of the files that an attempt has made are to come, by their names."""
        self._vacated.add(ident)
        names: list[str] = await self._ask(ident, {"type": "made", "files": files})
        return names

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
        for attempted in range(TRIES):
            if spec["id"] in self._vacated:
                # Others have begun meanwhile: inc says when its turn has come again.
                self._vacated.discard(spec["id"])
                await self._ask(spec["id"], {"type": "again"})
            if spec["id"] in self._cancelled:
                return CANCELLED
            request = cluster.request_of(spec["resources"])
            among = self._nodes.alive()
            try:
                if not cluster.fits(request, among):
                    raise cluster.Infeasible(request, among)
                # What was made and is gone, or is not what it should be, is put anew.
                return await self._once({**spec, "replaces": attempted > 0}, request)
            except cluster.Infeasible as infeasible:
                return refused(
                    {"kind": "infeasible", "request": infeasible.request, "nodes": infeasible.nodes, "lost": last or None}
                )
            except (*LOST, Lost) as error:
                last = str(error).strip().split("\n")[0]
                self._nodes.look_anew()
        if spec["id"] in self._cancelled:
            return CANCELLED
        return refused({"kind": "lost", "tries": TRIES, "message": last})

    async def _once(self, spec: Message, request: dict[str, float]) -> Message:
        whose = Whose(spec["id"], lambda: spec["id"] in self._cancelled)
        try:
            return await self._for(whose, spec, request)
        finally:
            self._transport.release(whose)

    async def _for(self, whose: Whose, spec: Message, request: dict[str, float]) -> Message:
        alive = self._nodes.alive()
        large = [item for item in spec["inputs"] if item["type"] == "file" and item["digest"] not in self._blobs]
        held = await self._transport.hold(large, {node["id"] for node in alive}, whose) if large else {}
        node = self._placement.choose(held, request, alive)
        try:
            if node is not None:
                self._placement.take(spec["id"], node, request)
                with contextlib.suppress(Busy):
                    return await self._follow(whose, spec, self._submit(spec, request, node), time.monotonic() + PATIENCE)
                self._placement.avoid(node)
                self._placement.leave(spec["id"])
            return await self._follow(whose, spec, self._submit(spec, request, None), math.inf)
        finally:
            self._placement.leave(spec["id"])

    def _submit(self, spec: Message, request: dict[str, float], node: str | None) -> Any:
        """Asks Ray for an attempt, on a node if one is given and lives. Raises Cancelled."""
        if spec["id"] in self._cancelled:
            raise content.Cancelled(spec["id"])
        options = cluster.options_of(request)
        if node is not None:
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(node, soft=True)
        if spec["runtimeEnv"] is not None:
            options["runtime_env"] = spec["runtimeEnv"]
        blobs = {
            item["digest"]: self._blobs[item["digest"]]
            for item in spec["inputs"]
            if item["type"] == "file" and item["digest"] in self._blobs
        }
        generator = self._remote.options(name=spec["name"], max_retries=0, **options).remote(spec, blobs, self._given)
        self._running[spec["id"]] = generator
        return generator

    async def _follow(self, whose: Whose, spec: Message, generator: Any, until: float) -> Message:
        """@param until When it has to have begun. Raises Busy."""
        node = ""
        try:
            waiting = aiter(generator)
            while True:
                reference = await self._next(spec, waiting, node, until)
                if reference is None:
                    break
                event: Message = await reference
                node = event.get("started", {}).get("node", node)
                result = await self._take(whose, spec, event)
                if result is not None:
                    return result
        except (ray.exceptions.NodeDiedError, ray.exceptions.LocalRayletDiedError):
            self._nodes.lost(node)
            raise
        if spec["id"] in self._cancelled:
            return CANCELLED
        raise Lost("its worker ended without a word")

    async def _next(self, spec: Message, waiting: Any, node: str, until: float) -> Any | None:
        """
        The next that Ray gives; None: that was all. Raises Infeasible when the nodes that could run it are gone meanwhile.
        @param node Where it runs; empty: nowhere yet. Raises Lost once that is gone, which Ray may tell later, or never.
        """
        coming: asyncio.Future[Any] = asyncio.ensure_future(anext(waiting, None))
        while True:
            done, _ = await asyncio.wait({coming}, timeout=INTERVAL)
            if done:
                return await coming
            among = self._nodes.alive()
            request = cluster.request_of(spec["resources"])
            if node != "" and all(each["id"] != node for each in among):
                error: Exception = Lost("its node is gone")
            elif node == "" and not cluster.fits(request, among):
                error = cluster.Infeasible(request, among)
            elif node == "" and time.monotonic() > until:
                error = Busy()
            else:
                continue
            coming.cancel()
            # It may begin at this moment, and must not go on beside another one.
            ray.cancel(self._running[spec["id"]], force=True)
            raise error

    async def _take(self, whose: Whose, spec: Message, event: Message) -> Message | None:
        """Passes on what happens; returns how it ended."""
        if "log" in event:
            data = base64.b64encode(event["log"]).decode()
            self._give({"type": "log", "id": spec["id"], "data": data})
        elif "progress" in event:
            done, total = event["progress"]
            self._give({"type": "progress", "id": spec["id"], "done": done, "total": total})
        elif "started" in event:
            started = event["started"]
            self._placement.began(spec["id"], started["node"], cluster.request_of(spec["resources"]))
            self._give({"type": "started", "id": spec["id"], **started, "host": self._nodes.name_of(started["node"])})
        elif "missing" in event:
            await self._transport.forget(event["missing"])
            raise Lost(f"no node holds {', '.join(event['missing'])} any more")
        elif "refused" in event:
            return refused(event["refused"])
        else:
            self._placement.leave(spec["id"])
            ended = await self._fetching.bring(event["ended"], whose, lambda files: self._choose(spec["id"], files))
            return {"type": "ended", **ended}
        return None
