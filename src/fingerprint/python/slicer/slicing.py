"""Slices of functions: what they reach, as digests, parts and problems."""

from __future__ import annotations

import ast
import json
import os
import sys
from dataclasses import dataclass

from .answer import Answer, Part, Problem, is_generator, parameters_of
from .distributions import Closure, Distributions
from .effects import Effects
from .files import Files, Trace, digest_of
from .finder import Finder, import_root
from .graph import Graph
from .knowledge import PICKLING
from .linker import Linker
from .module import Module, Piece
from .reach import Item, Reach, key_of
from .search_path import search_path

# Apart from digests of other forms.
FORMAT = "inc python 1"
_READING_SOURCES = ("inspect.getsource", "inspect.getcomments", "inspect.findsource", "linecache.", "inspect.*")


@dataclass
class _Program:
    """All modules that one directory is the beginning of."""

    linker: Linker
    graph: Graph
    effects: Effects


class Slicing:
    """Slices of the functions of one workspace, for one state of its files: each as if it were the only one."""

    def __init__(self) -> None:
        self._files = Files()
        self._path = search_path(self._files)
        self._of_path = self._files.trace
        self._distributions = Distributions(self._path, self._files)
        self._programs: dict[str, _Program] = {}

    def slice(self, module: str, name: str) -> Answer:
        """The slice of a function of a module, which is an absolute path."""
        self._files.trace = Trace()
        self._files.trace.add(self._of_path)
        root, dotted = import_root(module, self._files)
        answer = Answer(importRoot=root, moduleName=dotted)
        if self._files.exists(module):
            self._fill(answer, self._program(root, dotted, module), dotted, name)
        else:
            answer.problems.append(Problem("no-module", module, 1, 1))
        seen = self._files.trace.whole()
        answer.reads, answer.patterns = seen["read"], seen["pattern"]
        answer.absences = sorted(set(seen["absence"]).difference(answer.reads))
        return answer

    def _program(self, root: str, dotted: str, module: str) -> _Program:
        """Modules that lie together share what was found out, except one that another of its name hides: it is loaded from its file."""
        program = self._program_at(root, root)
        if program.linker.finder.find(dotted, self._files).path == module:
            return program
        program = self._program_at(root, module)
        program.linker.finder.pin(dotted, module)
        return program

    def _program_at(self, root: str, key: str) -> _Program:
        if key not in self._programs:
            linker = Linker(Finder(root, self._path), self._files)
            graph = Graph(linker)
            self._programs[key] = _Program(linker, graph, Effects(graph))
        return self._programs[key]

    def _fill(self, answer: Answer, program: _Program, dotted: str, name: str) -> None:
        linker = program.linker
        module = linker.module(dotted)
        entry = [] if module is None else _entry(linker, module, name)
        if module is not None and not entry:
            answer.problems.append(Problem("no-function", module.path, 1, 1, name))
        if entry:
            _describe(entry, answer)
            reach = Reach(program.graph, program.effects, self._distributions)
            hooks = [one for one in ("sitecustomize", "usercustomize") if linker.kind(one) == "source"]
            reach.grow(entry, [*hooks, dotted])
            self._report(reach, {key_of(one) for one in entry}, answer)
        for broken in (linker.broken[one] for one in self._files.trace.whole()["broken"]):
            answer.problems.append(Problem("syntax", broken.path, broken.line, broken.column, broken.words))

    def _report(self, reach: Reach, entry: set[tuple[str, int]], answer: Answer) -> None:
        encoded = []
        for item in reach.items:
            part = self._part(reach, item, entry)
            answer.parts.append(part)
            encoded.append([part.digest, item.links])
            if item.node[0] in ("package", "metadata"):
                answer.packages += [{"name": one, "version": number} for one, number in self._closure(item).packages]
        pieces = reach.pieces()
        answer.modules = sorted({part.module for part in answer.parts if part.kind != "package"} | reach.loaded)
        answer.packages = sorted({repr(one): one for one in answer.packages}.values(), key=repr)
        references = [reach.graph.references(piece) for piece in pieces]
        answer.env = sorted({name for one in references for name in one.env})
        answer.problems += [problem for one in references for problem in one.problems]
        sources = sorted({digest_of(piece.module.source) for piece in pieces}) if _reads_sources(reach) else []
        places = sorted({f"{piece.module.name}.{name}" for piece in pieces for name in piece.names}) if _names_modules(reach) else []
        # Without an empty entry, as digests had none before there were places.
        digested = [FORMAT, version(), self._path.hooks, encoded, reach.order, sources, *([places] if places else [])]
        answer.digest = digest_of(json.dumps(digested))

    def _part(self, reach: Reach, item: Item, entry: set[tuple[str, int]]) -> Part:
        piece = reach.piece(item)
        kind, where = item.node
        if piece is not None:
            is_function = key_of(piece) in entry
            return Part(
                "function" if is_function else "piece",
                list(piece.names),
                piece.module.path,
                piece.lines,
                piece.digest(reach.is_rich(piece)),
                item.via,
            )
        path = str(where)
        if kind in ("package", "metadata"):
            return Part("package", [path], "", (1, 1), self._closure(item).digest, item.via)
        content = self._files.bytes(path)
        return Part("file", [os.path.basename(path)], path, (1, 1), digest_of(content) if content is not None else "", item.via)

    def _closure(self, item: Item) -> Closure:
        name = str(item.node[1])
        closure = self._distributions.closure(name) if item.node[0] == "package" else self._distributions.metadata(name)
        self._files.trace.add(closure.trace)
        return closure


def version() -> tuple[str, str]:
    """Of the interpreter: its implementation and its version."""
    return (sys.implementation.name, sys.version.split()[0])


def _reads_sources(reach: Reach) -> bool:
    return reach.takes(_READING_SOURCES)


def _names_modules(reach: Reach) -> bool:
    return reach.takes(PICKLING) or any(piece.uses.names_modules for piece in reach.pieces())


def _entry(linker: Linker, module: Module, name: str) -> list[Piece]:
    """The statements that bind a function, in this module or in the one from which it is imported."""
    return [linker.piece(link) for link in linker.links((name,), module) if link.kind == "piece"]


def _describe(entry: list[Piece], answer: Answer) -> None:
    node = entry[0].node
    if len(entry) == 1 and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list:
        answer.isAsync = isinstance(node, ast.AsyncFunctionDef)
        answer.isGenerator = is_generator(node)
        answer.parameters = parameters_of(node.args)
