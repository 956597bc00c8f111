"""Taking what a worker made to this machine."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Awaitable, Callable

from . import content
from .transport import Lost, Message, Whose

Choose = Callable[[list[Message]], Awaitable[list[str]]]


class Fetching:
    def __init__(self, data: content.Data, temporary: str) -> None:
        self._data = data
        self._temporary = temporary
        self._fetched = 0

    async def bring(self, ended: Message, whose: Whose, choose: Choose) -> Message:
        """
        Fetches large outputs to files beside inc; the small ones have come.
        @param choose Is told of the large ones, and says which are wanted, by their names.
        """
        made = ended.get("made")
        if made is None:
            return ended
        whose.nodes.add(made["node"])
        files: dict[str, str] = {}
        large = [item for item in made["items"] if "sha256" in item]
        wanted = await choose([{key: item[key] for key in ("path", "sha256", "size")} for item in large]) if large else []
        try:
            for name in [*wanted, *([] if made["pack"] is None else [made["pack"]])]:
                if name not in files:
                    files[name] = await self._fetch(name, made["node"], whose)
        except (Lost, content.Cancelled, content.Unusable):
            for path in files.values():
                os.unlink(path)
            raise
        for item in made["items"]:
            if "data" in item:
                item["data"] = base64.b64encode(item["data"]).decode()
            if item.get("sha256") in files:
                item["file"] = files[item["sha256"]]
        if made["pack"] is not None:
            made["pack"] = files[made["pack"]]
        return ended

    async def _fetch(self, name: str, node: str, whose: Whose) -> str:
        self._fetched += 1
        path = os.path.join(self._temporary, f"{os.getpid()}-{self._fetched}.fetched")
        try:
            await asyncio.to_thread(self._data.write_file, path, name, [node], whose.is_over)
        except content.Missing as missing:
            raise Lost(f"what was made is gone: {missing}") from missing
        return path
