"""By which way content travels: `--ray-data`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from . import content
from .objects import Objects, ObjectTransport
from .places import Placed, PlaceTransport, SharedDirectory
from .server import Server
from .transport import Message, Transport

_known: dict[str, content.Data] = {}


def data_of(settings: dict[str, Any], code: str) -> content.Data:
    """The same one for all attempts of a worker. @param code Digest of the code of all this."""
    key = json.dumps(settings)
    if key not in _known:
        _known[key] = Objects(code) if settings["kind"] == "objects" else _placed(settings)
    return _known[key]


def transport_of(settings: dict[str, Any], code: str, give: Callable[[Message], None]) -> Transport:
    """Raises Unusable where its place cannot be written to."""
    if settings["kind"] == "objects":
        return ObjectTransport(give, code)
    placed = _placed(settings)
    placed.prove()
    return PlaceTransport(give, placed)


def _placed(settings: dict[str, Any]) -> Placed:
    return Placed(Server(settings) if settings["kind"] == "http" else SharedDirectory(settings["directory"]))
