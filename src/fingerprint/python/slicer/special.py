"""Uses of Python's own library that decide what code means: variables, imports, and what reaches all names of a module."""

from __future__ import annotations

import ast
import fnmatch
import os
from dataclasses import dataclass, field

from . import knowledge
from .answer import Problem
from .constants import Constants
from .module import Module, Piece
from .uses import Mention

_READING = frozenset("os.getenv os.environ.get os.environ.pop os.environ.setdefault os.environ.__getitem__ os.getenvb os.environb.get".split())
_IMPORTING = frozenset("importlib.import_module __import__ builtins.__import__ pydoc.locate pkgutil.resolve_name".split())
_SEEKING = frozenset("importlib.util.find_spec importlib.find_loader pkgutil.find_loader pkgutil.get_loader".split())
_IMPORTING_PATHS = frozenset(
    "importlib.util.spec_from_file_location importlib.machinery.SourceFileLoader imp.load_source runpy.run_path runpy.run_module "
    "lazy_loader.attach lazy_loader.attach_stub lazy_loader.load apipkg.initpkg".split()
)
_ASKING = ("importlib.metadata.", "importlib_metadata.", "pkg_resources.")
_ASKING_ONE = frozenset("version distribution metadata requires files get_distribution require".split())
_CHANGING_PATH = frozenset("insert append extend remove pop clear reverse".split())


@dataclass
class Special:
    """What a mention of something foreign stands for beside itself."""

    env: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    """Dotted names of modules that are imported by name."""
    sought: list[str] = field(default_factory=list)
    """Dotted names of modules of which it is asked whether they are there."""
    packages: list[str] = field(default_factory=list)
    """Distributions whose metadata it asks for; `*`: all of them."""
    reaches_all: bool = False
    introspects: bool = False
    problem: Problem | None = None


def special(dotted: str, mention: Mention, piece: Piece, constants: Constants) -> Special:
    """@param dotted What the mention leads to."""
    found = Special()
    if dotted in knowledge.REACHING_ALL or dotted.startswith("sys.modules."):
        # In a function, or with an object, these give other names.
        found.reaches_all = dotted not in ("dir", "vars", "locals") or not (mention.is_inside or mention.argument is not None)
    if dotted.startswith(knowledge.INTROSPECTING) and ((dotted != "help" and not dotted.startswith("help.")) or dotted == "help"):
        found.introspects = True
    is_item = dotted in ("os.environ", "os.environb") and mention.use == "item" and mention.how == "read"
    if is_item or (dotted in _READING and mention.use == "call"):
        name = constants.text(mention.argument, piece.module)
        if name is None:
            found.problem = problem("computed-variable", mention, piece.module)
        else:
            found.env.append(name)
    if dotted.startswith(_ASKING):
        name = constants.text(mention.argument, piece.module) if dotted.rpartition(".")[2] in _ASKING_ONE else None
        found.packages.append(name or "*")
    if dotted in _IMPORTING_PATHS:
        found.problem = problem("computed-import", mention, piece.module)
    if dotted in _SEEKING:
        _seek(mention, piece.module, constants, found)
    if dotted in _IMPORTING:
        _import(dotted, mention, piece, constants, found)
    is_changed = dotted.startswith("sys.path.") and dotted.rpartition(".")[2] in _CHANGING_PATH
    if is_changed or (dotted == "sys.path" and mention.how == "store") or dotted == "site.addsitedir":
        found.problem = problem("search-path", mention, piece.module)
    return found


def _seek(mention: Mention, module: Module, constants: Constants, found: Special) -> None:
    """It is asked whether there is a module; any package may be meant where its name is computed."""
    name = constants.text(mention.argument, module)
    if name is None:
        found.packages.append("*")
    else:
        found.sought.append(_absolute(name, module.package))


def _import(dotted: str, mention: Mention, piece: Piece, constants: Constants, found: Special) -> None:
    module = piece.module
    argument = mention.argument if mention.use == "call" else None
    package: str | None = module.package
    if dotted == "importlib.import_module" and len(mention.arguments) > 1:
        package = constants.text(mention.arguments[1], module)
    name = constants.text(argument, module)
    begin = _beginning(argument, module, constants) if name is None else name
    if begin == "" or (package is None and begin.startswith(".")):
        # It may be any module, and give this one's names to it.
        found.reaches_all = True
        found.problem = problem("computed-import", mention, module)
        return
    whole = _absolute(begin, package or "")
    found.modules += [whole] if name is not None else _below(whole, constants)


def _absolute(name: str, package: str) -> str:
    level = len(name) - len(name.lstrip("."))
    if level == 0:
        return name
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], name[level:]]).rstrip(".")


def _beginning(node: ast.expr | None, module: Module, constants: Constants) -> str:
    """Package that a computed name begins with, as in f"handlers.{name}"."""
    if isinstance(node, ast.JoinedStr) and node.values:
        first = node.values[0]
        inner = first.value if isinstance(first, ast.FormattedValue) else first
        text = constants.text(inner, module) or ""
        rest = node.values[1] if isinstance(first, ast.FormattedValue) and len(node.values) > 1 else None
        text += rest.value if isinstance(rest, ast.Constant) and isinstance(rest.value, str) else ""
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        text = constants.text(node.left, module) or _beginning(node.left, module, constants)
    else:
        return ""
    begin = text[: text.rfind(".") + 1]
    return begin.rstrip(".") or begin


def _below(package: str, constants: Constants) -> list[str]:
    """All modules right inside of a package."""
    files = constants.linker.files
    names = []
    for directory in constants.linker.finder.find(package, files).directories:
        entries = files.matching(directory, "")
        names += [one[:-3] for one in entries if one.endswith(".py") and not fnmatch.fnmatch(one, "__*__.py")]
        inner = [one for one in entries if os.path.isdir(os.path.join(directory, one))]
        names += [one for one in inner if files.exists(os.path.join(directory, one, "__init__.py"))]
    return [package, *(f"{package}.{name}" for name in names)]


def problem(kind: str, mention: Mention, module: Module) -> Problem:
    return Problem(kind, module.path, mention.node.lineno, mention.node.col_offset + 1)
