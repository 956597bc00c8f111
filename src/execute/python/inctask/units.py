"""Several units that one call of a function makes, and what it says of each."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .report import Report
from .values import NotJson, argument, json_of

End = dict[str, Any]


class Units:
    def __init__(self, job: dict[str, Any], report: Report, raised: Callable[[BaseException], End]) -> None:
        """@param raised What is reported of an exception."""
        self._returns: bool = job["returns"]
        self._report = report
        self._raised = raised
        self._units = job["units"]
        self._keys = [unit["key"] for unit in job["units"]]
        self._ended: set[str] = set()

    def given(self) -> dict[str, dict[str, Any]]:
        """By their keys, each with its inputs and outputs by name."""
        return {unit["key"]: {label: argument(one) for label, one in unit["inputs"]} | dict(unit["outputs"]) for unit in self._units}

    def conclude(self, said: Any) -> End:
        """
        How the call ended. Given one by one, it is the key of a unit that is done, or the key with a value, or with an exception, by
        which that unit fails. Else the values are returned by their keys, where there are any.
        """
        if isinstance(said, Iterator):
            for each in said:
                self._take(each)
        elif self._returns and not isinstance(said, Mapping):
            return {"end": "no-values", "what": reprlib.repr(said)}
        elif self._returns:
            for key in [key for key in self._keys if key in said]:
                self._end(key, said[key])
        elif said is not None:
            return {"end": "surplus", "what": reprlib.repr(said)}
        for key in [key for key in self._keys if key not in self._ended]:
            self._give(key, {"end": "no-value", "key": key} if self._returns else {"end": "returned"})
        return {"end": "returned"}

    def _take(self, given: Any) -> None:
        is_pair = isinstance(given, tuple) and len(given) == 2
        key = given[0] if is_pair else given
        if key not in self._keys:
            raise LookupError(f"{key!r} is the key of no unit of this call")
        if is_pair:
            self._end(key, given[1])
        else:
            self._give(key, {"end": "no-value", "key": key} if self._returns else {"end": "returned"})

    def _end(self, key: str, value: Any) -> None:
        if isinstance(value, BaseException):
            self._give(key, self._raised(value))
        elif not self._returns:
            self._give(key, {"end": "returned"} if value is None else {"end": "surplus", "what": reprlib.repr(value)})
        else:
            try:
                self._give(key, {"end": "returned", "value": json_of(value)})
            except NotJson as error:
                self._give(key, error.end)

    def _give(self, key: str, end: End) -> None:
        """What was said first holds."""
        if key not in self._ended:
            self._ended.add(key)
            self._report.give({"unit": key, "is": end})
