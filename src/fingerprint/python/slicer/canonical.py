"""The one text of a piece of code: what it means, without where and how it is written."""

from __future__ import annotations

import ast

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
_LEFT_OUT = frozenset(("kind", "type_comment", "type_ignores", "ctx"))


def canonical(node: ast.AST, is_rich: bool) -> str:
    """Text of a tree. A rich one has annotations and docstrings as well."""
    pieces: list[str] = []
    _encode(node, is_rich, pieces)
    return "".join(pieces)


def _encode(value: object, is_rich: bool, into: list[str]) -> None:
    if isinstance(value, (ast.Import, ast.ImportFrom)):
        # Where it leads is told by links: the module may have another name, in another place.
        into.append(f"(import {[bound_name(alias) for alias in value.names]!r})")
    elif isinstance(value, ast.AnnAssign) and value.value is not None and not is_rich:
        _encode(ast.Assign(targets=[value.target], value=value.value), is_rich, into)
    elif isinstance(value, ast.AST):
        into.append("(" + type(value).__name__)
        for name, field in ast.iter_fields(value):
            if name in _LEFT_OUT or (not is_rich and _is_annotation(value, name)):
                continue
            into.append(" ")
            _encode(_without_docstring(value, field) if name == "body" and not is_rich else field, is_rich, into)
        into.append(")")
    elif isinstance(value, list):
        into.append(f"[{len(value)}")
        for item in value:
            _encode(item, is_rich, into)
        into.append("]")
    else:
        into.append(f"{type(value).__name__}:{value!r}")


def bound_name(alias: ast.alias) -> str:
    """The name that an import binds."""
    return alias.asname or alias.name.split(".", maxsplit=1)[0]


def _is_annotation(node: ast.AST, field: str) -> bool:
    return field in ("annotation", "returns", "type_params") and isinstance(
        node, (ast.arg, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    )


def _without_docstring(node: ast.AST, body: object) -> object:
    if isinstance(node, _DEFINITIONS) and isinstance(body, list) and docstring(node) is not None:
        return body[1:]
    return body


def docstring(node: ast.AST) -> str | None:
    """The docstring of a definition, as it is written."""
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first.value.value
    return None
