"""One attempt: the function is found, called with its inputs and outputs by name, and what became of it is reported."""

from __future__ import annotations

import atexit
import faulthandler
import os
import reprlib
import sys
import threading
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from .modules import OwnModules
from .origins import PROGRAM, Origins
from .progress import Progress, takes_progress
from .report import Report
from .units import Units
from .uses import Uses, quiet, watch
from .values import NotJson, argument, json_of
from .versions import differences


def attempt(job: dict[str, Any], before: Sequence[tuple[str, str]] = ()) -> int:
    """
    Returns the exit code. The process has the directory, the variables and the log of the task.
    @param before What the packages did with files that were imported ahead, as `Uses` has it.
    """
    # What it prints is in the log as soon as a line is complete, even if it crashes afterwards; and where it crashed.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    faulthandler.enable()
    report = Report(job["report"])
    origins = Origins(job["workspace"])
    uses = Uses(job, origins, report)
    modules = OwnModules(origins, report, uses)
    watch(uses)
    for use, path in before:
        uses.note(use, path, sys._getframe())
    end = _call(job, report, modules, uses)
    _finish()
    modules.give_all()
    report.give(end)
    return 0 if end["end"] == "returned" else 1


def _call(job: dict[str, Any], report: Report, modules: OwnModules, uses: Uses) -> dict[str, Any]:
    try:
        others = differences(job.get("expected", {}))
        if others:
            return {"end": "differs", "what": others}
        module = modules.load(job["importRoot"], job["moduleName"])
        function = getattr(module, job["name"], None)
        if not callable(function):
            return {"end": "missing"}
        units = Units(job, report, lambda error: _raised(error, uses)) if "units" in job else None
        given = {label: argument(one) for label, one in job["inputs"]} if units is None else {"units": units.given()}
        given.update(job["outputs"])
        if "progress" not in given and takes_progress(function):
            given["progress"] = Progress(report)
        value = function(**given)
        if units is not None:
            return units.conclude(value)
        if job["returns"]:
            text = json_of(value)
            return {"end": "returned", "value": text} if job.get("value") is None else _written(text, job["value"])
        return {"end": "returned"} if value is None else {"end": "surplus", "what": reprlib.repr(value)}
    except NotJson as error:
        return error.end
    except SystemExit as error:
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        return {"end": "exited", "code": code, "place": _place(error, uses)}
    except BaseException as error:
        return _raised(error, uses)


def _raised(error: BaseException, uses: Uses) -> dict[str, Any]:
    """With its traceback in the log."""
    _show(error)
    kind = "memory" if isinstance(error, MemoryError) else "raised"
    name, _, message = "".join(traceback.format_exception_only(type(error), error)[-1:]).strip().partition(": ")
    return {"end": kind, "type": name, "message": message.split("\n")[0], "place": _place(error, uses)}


def _written(text: str, path: str) -> dict[str, Any]:
    with quiet(), open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return {"end": "returned"}


def _finish() -> None:
    """As Python does at its end: threads are waited for, and what was registered for the end is called."""
    shutdown = getattr(threading, "_shutdown", None)
    if shutdown is not None:
        shutdown()
    run = getattr(atexit, "_run_exitfuncs", None)
    if run is not None:
        run()
    for stream in (sys.stdout, sys.stderr):
        # The function may have closed them, or put something else in their place.
        if hasattr(stream, "flush") and not getattr(stream, "closed", False):
            stream.flush()


def _show(error: BaseException) -> None:
    """The traceback from the user's first line on."""
    start = error.__traceback__
    while start is not None and _is_ours(start):
        start = start.tb_next
    traceback.print_exception(type(error), error, start)


def _is_ours(step: TracebackType) -> bool:
    name = step.tb_frame.f_code.co_filename
    return name.startswith((PROGRAM + os.sep, "<frozen importlib")) or name.endswith("/importlib/__init__.py")


def _place(error: BaseException, uses: Uses) -> list[Any] | None:
    """Where in the workspace it was raised, or the line that cannot be read."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return [error.filename, error.lineno or 1]
    step, found = error.__traceback__, None
    while step is not None:
        if uses.is_own(step.tb_frame.f_code.co_filename):
            found = [step.tb_frame.f_code.co_filename, step.tb_lineno]
        step = step.tb_next
    return found
