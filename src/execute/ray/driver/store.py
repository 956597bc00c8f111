"""What a cluster holds of files: one actor for each node that has some, and one that knows which node has what.

They are detached: they outlive inc, so that what one run has sent or made is there for the next. Ray's objects die with the
process that put them, hence the actors put them anew. Content is named by its SHA-256, which the standard library has; inc
names it by BLAKE3, and the directory knows both names of what inc has verified. All that the directory says is a hint: a node
may be gone, and a store drops what was not used for long when it is full.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

NAMESPACE = "inc"
# Bytes in one object of Ray's.
CHUNK = 16 * 1024 * 1024
# The share of a node's object store that a store's content may take up.
SHARE = 0.5
# Where the node does not say how large its object store is, in bytes.
LEAST = 1024 * 1024 * 1024
# Seconds after which content whose sender is gone is dropped.
ABANDONED = 600.0
# Seconds for which an attempt keeps content that it needs, unless it says sooner that it has ended: its inc may be gone.
LEASE = 3600.0


class Store:
    """The content that one node holds."""

    def __init__(self, node: str, limit: int, code: str) -> None:
        self._node = node
        self._limit = limit
        self._directory = Known(code)
        self._size = 0
        self._held: OrderedDict[str, tuple[int, list[Any]]] = OrderedDict()
        self._coming: dict[str, tuple[float, list[Any]]] = {}
        # Attempt → until when, and what it needs.
        self._leases: dict[str, tuple[float, set[str]]] = {}

    def add(self, token: str, chunk: bytes) -> None:
        """Takes a piece of what is being sent, in order. The token names the sending."""
        _, chunks = self._coming.get(token, (0.0, []))
        chunks.append(ray.put(chunk))
        self._coming[token] = (time.monotonic(), chunks)

    def commit(self, token: str, sha256: str, size: int, attempt: str) -> None:
        """All of it has come, for an attempt."""
        _, chunks = self._coming.pop(token, (0.0, []))
        self._drop_abandoned()
        if sha256 not in self._held:
            self._held[sha256] = (size, chunks)
            self._size += size
        self.lease(attempt, [sha256])
        self._make_room()
        self._directory.tell("hold", sha256, self._node)

    def abandon(self, token: str) -> None:
        """The rest will not come."""
        self._coming.pop(token, None)

    def lease(self, attempt: str, names: list[str]) -> list[str]:
        """Keeps what an attempt needs until it has ended. Returns what of that is here."""
        held = [name for name in names if name in self._held]
        for name in held:
            self._held.move_to_end(name)
            # A directory that was begun anew knows of nothing.
            self._directory.tell("hold", name, self._node)
        _, before = self._leases.get(attempt, (0.0, set()))
        self._leases[attempt] = (time.monotonic() + LEASE, before.union(held))
        return held

    def release(self, attempt: str) -> None:
        """It has ended."""
        self._leases.pop(attempt, None)
        self._make_room()

    def chunks(self, sha256: str) -> list[Any] | None:
        """Its pieces, as references. None: it is not here."""
        held = self._held.get(sha256)
        if held is None:
            return None
        self._held.move_to_end(sha256)
        return held[1]

    def _make_room(self) -> None:
        """Lets go of what was not used for longest. What is needed may be more: Ray spills it to a disk."""
        if self._size <= self._limit:
            return
        now = time.monotonic()
        needed = {name for until, names in self._leases.values() if until > now for name in names}
        for name in [name for name in self._held if name not in needed]:
            if self._size <= self._limit:
                return
            size, _ = self._held.pop(name)
            self._size -= size
            self._directory.tell("drop", name, self._node)

    def _drop_abandoned(self) -> None:
        now = time.monotonic()
        for token, (last, _) in list(self._coming.items()):
            if now - last > ABANDONED:
                del self._coming[token]


class Directory:
    """Which node holds what, and the two names of content."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, int]] = {}
        self._digests: dict[str, set[str]] = {}
        self._holders: dict[str, list[str]] = {}

    def find(self, digests: list[str]) -> dict[str, tuple[str, int]]:
        """BLAKE3 → SHA-256 and size, of what some node holds."""
        return {digest: self._names[digest] for digest in digests if digest in self._names}

    def where(self, names: list[str]) -> dict[str, list[str]]:
        """SHA-256 → ids of the nodes that hold it."""
        return {name: self._holders[name] for name in names if name in self._holders}

    def name(self, digest: str, sha256: str, size: int) -> None:
        """Says that two digests name the same content, which has been verified."""
        if sha256 not in self._holders:
            return
        self._names[digest] = (sha256, size)
        self._digests.setdefault(sha256, set()).add(digest)

    def hold(self, sha256: str, node: str) -> None:
        holders = self._holders.setdefault(sha256, [])
        if node not in holders:
            holders.append(node)

    def drop(self, sha256: str, node: str) -> None:
        """The node does not hold it any more."""
        holders = [holder for holder in self._holders.get(sha256, []) if holder != node]
        if holders:
            self._holders[sha256] = holders
            return
        self._holders.pop(sha256, None)
        for digest in self._digests.pop(sha256, ()):
            self._names.pop(digest, None)


class Known:
    """The directory, begun anew when its node is lost: it has only hints. @param code Digest of the code of all this."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._actor = _directory_of(code)

    def tell(self, method: str, *args: Any) -> Any:
        try:
            return ray.get(self._call(method, args))
        except ray.exceptions.RayActorError:
            return ray.get(self._anew(method, args))

    async def ask(self, method: str, *args: Any) -> Any:
        try:
            return await self._call(method, args)
        except ray.exceptions.RayActorError:
            return await self._anew(method, args)

    def _call(self, method: str, args: tuple[Any, ...]) -> Any:
        return getattr(self._actor, method).remote(*args)

    def _anew(self, method: str, args: tuple[Any, ...]) -> Any:
        self._actor = _directory_of(self._code)
        return self._call(method, args)


def _directory_of(code: str) -> Any:
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    return ray.remote(Directory).options(name=f"inc-directory-{code}", scheduling_strategy=here, **_kept()).remote()


def store_of(code: str, node: str) -> Any:
    """The store of a node, begun if there is none. Fails, when it is used, if the node is gone."""
    limit = LEAST
    for info in ray.nodes():
        if info["NodeID"] == node:
            limit = int(info["Resources"].get("object_store_memory", LEAST / SHARE) * SHARE)
    strategy = NodeAffinitySchedulingStrategy(node, soft=False)
    return (
        ray.remote(Store)
        .options(name=f"inc-store-{code}-{node}", scheduling_strategy=strategy, **_kept())
        .remote(node, limit, code)
    )


def known_store(code: str, node: str) -> Any:
    """The store of a node that has one. Raises ValueError when it is gone."""
    return ray.get_actor(f"inc-store-{code}-{node}", namespace=NAMESPACE)


def _kept() -> dict[str, Any]:
    return {
        "namespace": NAMESPACE,
        "get_if_exists": True,
        "lifetime": "detached",
        "num_cpus": 0,
        "max_restarts": 0,
    }
