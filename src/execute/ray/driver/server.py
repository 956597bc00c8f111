"""A server that answers GET, HEAD and PUT on paths, as inc's shared cache has one, by the standard library alone."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from . import content

# Seconds for which nothing may move.
STALL = 30.0
# Seconds before each further try: a server that starts anew must not fail an attempt.
PAUSES = (1.0, 4.0)
# Of the answers by which a server says what it will not do, those that another try may change.
PASSING = (408, 425, 429)

T = TypeVar("T")


class Broken(Exception):
    """There was no answer, or it broke off."""


class Unredirected(urllib.request.HTTPRedirectHandler):
    """A token is for the server that it was given for."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Server:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.address: str = settings["url"]
        self._headers = {} if settings["authorization"] is None else {"Authorization": settings["authorization"]}
        try:
            context = ssl.create_default_context()
            if settings["authorities"] is not None:
                context.load_verify_locations(cadata=settings["authorities"])
        except ssl.SSLError as error:
            raise content.Unusable(self.address, f"has no use for NODE_EXTRA_CA_CERTS: {error.reason}") from error
        # Proxies are those of this machine's environment.
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), Unredirected())

    def has(self, path: str) -> bool:
        return self._insist(lambda: self._ask("HEAD", path)) is not None

    def read(self, path: str, take: Callable[[Iterable[bytes]], bool]) -> bool:
        def get() -> bool:
            with self._open(urllib.request.Request(self.address + path, headers=self._headers)) as response:
                return take(_pieces(response))

        return self._insist(get) is True

    def write(self, path: str, size: int, coming: Callable[[], Iterable[bytes]], replaces: bool) -> None:
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        if not replaces:
            headers["If-None-Match"] = "*"

        def put() -> None:
            try:
                self._ask("PUT", path, headers, coming())
            except urllib.error.HTTPError as error:
                # Another machine has put it there meanwhile.
                if replaces or error.code != 412:
                    raise
                error.close()

        self._insist(put, "answered 404 to what was to be put there")

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: Any = None) -> bool:
        request = urllib.request.Request(self.address + path, body, headers={**self._headers, **(headers or {})}, method=method)
        with self._open(request):
            return True

    def _open(self, request: urllib.request.Request) -> Any:
        try:
            return self._opener.open(request, timeout=STALL)
        except urllib.error.HTTPError:
            raise
        except (http.client.HTTPException, OSError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise content.Unusable(self.address, f"is not trusted: {reason.verify_message}") from error
            raise Broken(f"cannot be reached: {reason}") from error

    def _insist(self, ask: Callable[[], T], absent: str | None = None) -> T | None:
        """
        What the server gives, if need be after some tries. None: it has no such object.
        @param absent In place of that, what is wrong then.
        """
        for pause in (*PAUSES, None):
            try:
                return ask()
            except urllib.error.HTTPError as error:
                error.close()
                why = f"answered {error.code} {error.reason}".rstrip()
                if error.code in (404, 410):
                    if absent is None:
                        return None
                    raise content.Unusable(self.address, absent) from error
                if error.code < 500 and error.code not in PASSING:
                    raise content.Unusable(self.address, why) from error
            except Broken as broken:
                why = str(broken)
            if pause is not None:
                time.sleep(pause)
        raise content.Unusable(self.address, why)


def _pieces(response: Any) -> Iterator[bytes]:
    while True:
        try:
            piece: bytes = response.read(content.PIECE)
        except (http.client.HTTPException, OSError) as error:
            raise Broken(f"broke off: {error}") from error
        if not piece:
            # What is cut off ends like a whole one.
            if response.length:
                raise Broken(f"broke off {response.length} bytes before the end")
            return
        yield piece
