"""How content comes from this machine to the cluster, as the driver sees it: one interface for all ways."""

from __future__ import annotations

from typing import Any, Protocol

from . import content

Message = dict[str, Any]


class Lost(Exception):
    """The node or the worker of an attempt is gone, or what one of them held."""


class Whose:
    """
    The attempt that something travels for.
    @param is_over Tells whether it has been cancelled.
    """

    def __init__(self, attempt: str, is_over: content.IsOver) -> None:
        self.attempt = attempt
        self.is_over = is_over
        # Whose stores keep something for it.
        self.nodes: set[str] = set()


class Transport(Protocol):
    """Methods raise Unusable where the way itself does not work."""

    @property
    def data(self) -> content.Data: ...

    async def find(self, digests: list[str]) -> dict[str, tuple[str, int]]:
        """BLAKE3 → SHA-256 and size, of what is there by both names."""

    async def name(self, digest: str, sha256: str, size: int) -> None:
        """Notes what some content is by BLAKE3, which inc has verified."""

    async def hold(self, large: list[Message], alive: set[str], whose: Whose) -> dict[str, int]:
        """
        Has all that an attempt needs be where nodes reach it. Returns how many bytes of it each node has, where nodes hold it.
        @param large Inputs; gives each its `holders`, where nodes hold it.
        @param alive Ids of nodes.
        """

    def release(self, whose: Whose) -> None:
        """The attempt has ended: what it needed may go."""

    async def forget(self, names: list[str]) -> None:
        """A worker did not find them, whatever is said to be where."""
