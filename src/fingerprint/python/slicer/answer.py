"""What the slicer says about one function, as JSON that the other side reads."""

from __future__ import annotations

import ast
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Parameter:
    """A parameter of a function."""

    name: str
    kind: str
    """`plain`, `positional`, `keyword`, `rest` (`*args`) or `named-rest` (`**kwargs`)."""
    required: bool


@dataclass
class Part:
    """A part of the code, with what refers to it."""

    kind: str
    """`function`, `piece`, `file` or `package`."""
    names: list[str]
    module: str
    lines: tuple[int, int]
    digest: str
    via: int | None
    """Index of the part that refers to it first."""


@dataclass
class Problem:
    """Code that cannot be tracked, or is not there."""

    kind: str
    file: str
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    text: str = ""


@dataclass
class Answer:
    """A slice; paths absolute."""

    digest: str = ""
    importRoot: str = ""  # noqa: N815
    moduleName: str = ""  # noqa: N815
    isAsync: bool = False  # noqa: N815
    isGenerator: bool = False  # noqa: N815
    parameters: list[Parameter] | None = None
    """None: a decorator or a call decides that."""
    modules: list[str] = field(default_factory=list)
    packages: list[dict[str, str]] = field(default_factory=list)
    env: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    absences: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        return asdict(self)


def parameters_of(arguments: ast.arguments) -> list[Parameter]:
    """Of a function as it is written."""
    positional = [*arguments.posonlyargs, *arguments.args]
    optional_from = len(positional) - len(arguments.defaults)
    found = [Parameter(one.arg, "positional" if i < len(arguments.posonlyargs) else "plain", i < optional_from) for i, one in enumerate(positional)]
    if arguments.vararg is not None:
        found.append(Parameter(arguments.vararg.arg, "rest", False))
    found += [Parameter(one.arg, "keyword", value is None) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    if arguments.kwarg is not None:
        found.append(Parameter(arguments.kwarg.arg, "named-rest", False))
    return found


def is_generator(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True when the function itself yields, and not one that is written inside of it."""
    queue: list[ast.AST] = list(function.body)
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            queue += ast.iter_child_nodes(node)
    return False
