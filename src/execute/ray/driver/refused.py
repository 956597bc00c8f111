"""Why a command cannot run where it was to run."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """@param kind By this inc knows which message it is."""

    def __init__(self, kind: str, **details: Any) -> None:
        super().__init__(kind)
        self.answer: dict[str, Any] = {"kind": kind, **details}
