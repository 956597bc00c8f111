"""Which node an attempt is sent to: one that holds much of its inputs, as long as there is room.

Delay scheduling (Zaharia et al., EuroSys 2010): an attempt waits a moment for the node that has its data, then goes anywhere.
Whether a node has room is decided by what this driver has running there. Ray's own word lags behind: for a moment, a node
whose task has just ended counts as full, and the next task would leave its data.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

# Bytes on one node below which a task may as well run elsewhere.
HEAVY = 1024 * 1024
# Seconds that an attempt waits for a node which has room as far as this driver knows: a worker process may have to start there.
PATIENCE = 10.0
# Seconds for which a node is left to the other programs that keep it busy.
AVOIDED = 60.0


class Placement:
    """What the attempts of this driver take up of each node."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        # Id of an attempt → the node that it is on its way to or runs on, and what it takes up there.
        self._taken: dict[str, tuple[str, dict[str, float]]] = {}
        # Node → until when.
        self._avoided: dict[str, float] = {}

    def choose(self, held: dict[str, int], request: dict[str, float], among: list[dict[str, Any]]) -> str | None:
        """
        The node with room that has most of the inputs; None: none has much of them.
        @param held Node → bytes of the inputs there.
        """
        heavy = [node for node in among if held.get(node["id"], 0) >= HEAVY and self._has_room(node, request)]
        return max((node["id"] for node in heavy), key=lambda node: held[node], default=None)

    def take(self, attempt: str, node: str, request: dict[str, float]) -> None:
        self._taken[attempt] = (node, request)

    def began(self, attempt: str, node: str, request: dict[str, float]) -> None:
        """It runs there, wherever it was sent to."""
        self._avoided.pop(node, None)
        self.take(attempt, node, request)

    def leave(self, attempt: str) -> None:
        """Nothing of it runs any more."""
        self._taken.pop(attempt, None)

    def avoid(self, node: str) -> None:
        """It did not begin what it was sent in time."""
        self._avoided[node] = self._now() + AVOIDED

    def _has_room(self, node: dict[str, Any], request: dict[str, float]) -> bool:
        if self._avoided.get(node["id"], 0.0) > self._now():
            return False
        taken = [request for where, request in self._taken.values() if where == node["id"]]
        return all(
            amount + sum(each.get(name, 0) for each in taken) <= node["resources"].get(name, 0)
            for name, amount in request.items()
            if amount > 0
        )
