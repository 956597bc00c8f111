"""How far a function has come, which it says by the parameter `progress`."""

from __future__ import annotations

import math
import time
from types import FunctionType
from typing import Any

from .report import Report

# Between two reports, in seconds: a person sees no more of them.
_INTERVAL = 0.08


class Progress:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._reported = -math.inf

    def __call__(self, done: float, total: float) -> None:
        """3 of 10. For the live view alone."""
        now = time.monotonic()
        numbers = [float(done), float(total)]
        if not all(map(math.isfinite, numbers)) or (now - self._reported < _INTERVAL and done < total):
            return
        self._reported = now
        self._report.give({"progress": numbers})

    def __reduce__(self) -> Any:
        """A process that is no fork of this one has not the file of the report."""
        raise TypeError("progress can be called in the process of the function and its forks alone")


def takes_progress(function: Any) -> bool:
    """True for a function with such a parameter that has no default, or None: another one means something else by it."""
    if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__") and "progress" not in function.__code__.co_varnames:
        return False
    import inspect

    try:
        parameter = inspect.signature(function).parameters.get("progress")
    except (TypeError, ValueError):
        return False
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return parameter is not None and parameter.kind in named and (parameter.default is None or parameter.default is inspect.Parameter.empty)
