"""The connection to a cluster: what it is, what it has, and whether a request fits it."""

from __future__ import annotations

import logging
import os
import platform
import socket
import time
from typing import Any

import ray

from . import store

# Seconds in which the address of a cluster has to accept a connection.
PATIENCE = 5.0
# Seconds for which the list of nodes is believed.
FRESH = 2.0


class Unreachable(Exception):
    """Why there is no cluster to work with. `kind`: by this inc knows which message it is."""

    def __init__(self, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.answer = {"kind": kind, "message": message, **details}


class Infeasible(Exception):
    """No node has what is asked for."""

    def __init__(self, request: dict[str, float], among: list[dict[str, Any]]) -> None:
        super().__init__("infeasible")
        self.request = request
        self.nodes = among


def connect(given: str | None) -> None:
    """@param given As `--ray-address` has it; None: as Ray finds one."""
    address = given or os.environ.get("RAY_ADDRESS") or "auto"
    # By the name `local` Ray would start a cluster of its own.
    if "://" in address or address == "local":
        raise Unreachable("scheme", f"{address} is not the address of a cluster's head", address=address)
    is_there = _knock(address)
    try:
        ray.init(
            address=address,
            namespace=store.NAMESPACE,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        text = " ".join(str(error).split())
        kind = "version" if "ersion mismatch" in text else "silent" if is_there else "unreachable"
        raise Unreachable(kind, text, address=address) from error


def _knock(address: str) -> bool:
    """Whether something listens there, if that can be told. Ray tries for half a minute to reach what does not answer."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return False
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
        return True
    except OSError as error:
        raise Unreachable("unreachable", f"{address}: {error.strerror or error}", address=address) from error


def versions() -> dict[str, str]:
    return {"ray": ray.__version__, "python": platform.python_version()}


def place() -> dict[str, Any]:
    return {"gcs": ray.get_runtime_context().gcs_address, "nodes": nodes()}


def nodes() -> list[dict[str, Any]]:
    """The nodes that live."""
    return [
        {
            "id": node["NodeID"],
            "name": node["NodeName"],
            "address": node["NodeManagerAddress"],
            "resources": {
                name: amount for name, amount in node["Resources"].items() if not name.startswith(("node:", "object_"))
            },
        }
        for node in ray.nodes()
        if node["Alive"]
    ]


class Nodes:
    """The nodes that live, as Ray and the attempts on them say."""

    def __init__(self) -> None:
        self._asked = 0.0
        self._known: list[dict[str, Any]] = []
        # Ids of those that Ray lists among the living for some more seconds.
        self._lost: set[str] = set()

    def alive(self) -> list[dict[str, Any]]:
        if time.monotonic() - self._asked > FRESH:
            self._known = [node for node in nodes() if node["id"] not in self._lost]
            self._asked = time.monotonic()
        return self._known

    def look_anew(self) -> None:
        self._asked = 0.0

    def lost(self, node: str) -> None:
        """An attempt has seen its end."""
        self._lost.add(node)

    def name_of(self, node: str) -> str:
        return next((str(each["name"]) for each in self.alive() if each["id"] == node), node)


def request_of(resources: dict[str, float]) -> dict[str, float]:
    """Names of inc's → names of Ray's."""
    names = {"cpu": "CPU", "gpu": "GPU", "memory": "memory"}
    return {names.get(name, name): amount for name, amount in {"cpu": 1, **resources}.items()}


def fits(request: dict[str, float], among: list[dict[str, Any]]) -> bool:
    """True when some node has all that is asked for. Ray waits forever for what none has."""
    return any(all(amount <= node["resources"].get(name, 0) for name, amount in request.items() if amount > 0) for node in among)


def options_of(request: dict[str, float]) -> dict[str, Any]:
    """A request as Ray takes it."""
    known = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
    options: dict[str, Any] = {known[name]: amount for name, amount in request.items() if name in known}
    options["resources"] = {name: amount for name, amount in request.items() if name not in known and amount > 0}
    return options
