"""What a function gets, and what it returns."""

from __future__ import annotations

import json
import math
from typing import Any

from .uses import quiet

# The user's code may put something else in the place of functions of json.
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_LARGEST = 16 * 1024 * 1024
# The integers that JavaScript holds exactly.
_LARGEST_INTEGER = 2**53 - 1


class NotJson(Exception):
    """What was returned is no value. `pointer`: where in it, as JSON Pointer (RFC 6901); empty: all of it."""

    def __init__(self, pointer: str, what: str, help: str | None = None) -> None:
        super().__init__(what)
        self.pointer = pointer
        self.what = what
        self.help = help

    @property
    def end(self) -> dict[str, Any]:
        """As it is reported."""
        return {"end": "not-json", "pointer": self.pointer, "what": self.what, "help": self.help}


def argument(given: dict[str, Any]) -> Any:
    """A path, or what the JSON is."""
    kind = given["kind"]
    if kind == "file":
        return given["path"]
    if kind == "value":
        return given["value"]
    if kind == "nothing":
        return None
    if kind == "json":
        with quiet(), open(given["path"], encoding="utf-8") as file:
            return _decode(file.read())
    return {name: argument(inner) for name, inner in given["entries"]}


def json_of(value: Any) -> str:
    """Raises NotJson."""
    try:
        _check(value, "", set())
        text = _encode(value)
    except RecursionError:
        raise NotJson("", "an object that is nested too deeply") from None
    if len(text) > _LARGEST or len(text.encode()) > _LARGEST:
        raise NotJson("", "more than 16 MiB", "write it to a file, and declare that as an output")
    return text


def _check(value: Any, pointer: str, around: set[int]) -> None:
    if value is None or type(value) is bool:
        return
    if type(value) is str:
        _check_text(value, pointer)
    elif type(value) is int:
        if abs(value) > _LARGEST_INTEGER:
            raise NotJson(pointer, "an integer that not every reader of JSON holds exactly", "return it as text: str(n)")
    elif type(value) is float:
        if not math.isfinite(value):
            raise NotJson(pointer, str(value), "return None, or text, in its place")
    elif isinstance(value, (dict, list, tuple)):
        _check_members(value, pointer, around)
    else:
        raise NotJson(pointer, _name_of(value), _help_with(value))


def _check_members(value: dict[Any, Any] | list[Any] | tuple[Any, ...], pointer: str, around: set[int]) -> None:
    if id(value) in around:
        raise NotJson(pointer, "an object that it is in itself")
    around.add(id(value))
    for key, member in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict):
            if type(key) is not str:
                raise NotJson(pointer, f"a dict with the key {key!r}", "keys of JSON are text: {str(k): v for k, v in …}")
            _check_text(key, pointer)
        step = str(key).replace("~", "~0").replace("/", "~1")
        _check(member, f"{pointer}/{step}", around)
    around.discard(id(value))


def _check_text(text: str, pointer: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotJson(pointer, "text with half of a character") from None


def _name_of(value: Any) -> str:
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _help_with(value: Any) -> str | None:
    module = type(value).__module__.partition(".")[0]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return 'return text: value.decode(), or base64.b64encode(value).decode("ascii")'
    if isinstance(value, (set, frozenset)):
        return "return a list: sorted(value)"
    if hasattr(value, "isoformat"):
        return "return text: value.isoformat()"
    if module == "numpy" or hasattr(value, "dtype"):
        return "return what Python has for it: value.item(), or array.tolist()"
    if module in ("pandas", "polars"):
        return "return a list of records, such as frame.to_dict(orient='records'), or write it to an output"
    if hasattr(value, "__dataclass_fields__"):
        return "return a dict: dataclasses.asdict(value)"
    if hasattr(value, "__await__"):
        return "call a plain function: asyncio.run(…) inside of it"
    return None
