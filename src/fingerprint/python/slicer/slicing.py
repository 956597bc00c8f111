"""The code that a function reaches: for now its module as a whole, with all local modules that are imported from there."""

from __future__ import annotations

import ast
import os
import sys

from .answer import Answer, Part, Problem, is_generator, parameters_of
from .distributions import Distributions
from .files import Files, digest_of
from .finder import Finder, import_root
from .search_path import SearchPath, search_path

FORMAT = "inc python 1"


class Slicing:
    """Slices of the functions of one workspace, for one state of its files."""

    def __init__(self) -> None:
        self._files = Files()
        self._path: SearchPath = search_path(self._files)
        self._distributions = Distributions(self._path, self._files)
        self._finders: dict[str, Finder] = {}

    def slice(self, module: str, name: str) -> Answer:
        """The slice of a function of a module, which is an absolute path."""
        root, dotted = import_root(module)
        finder = self._finders.setdefault(root, Finder(root, self._path))
        files = self._files.with_own_trace()
        files.trace.add(self._files.trace)
        answer = Answer(importRoot=root, moduleName=dotted)
        texts = [FORMAT, *version()]
        queue = [(dotted, module)]
        seen = {dotted}
        if not os.path.isfile(module):
            files.exists(module)
            answer.problems.append(Problem("no-module", module, 1, 1))
            queue.clear()
        for each, path in queue:
            tree = _parse(path, files, answer)
            if tree is None:
                continue
            digest = digest_of(ast.dump(tree))
            texts.append(digest)
            if path == module:
                _describe(tree, name, module, answer)
            lines = files.source(path).count("\n") + 1
            answer.parts.append(Part("function" if path == module else "piece", [name], path, (1, lines), digest, None))
            for target in _imports(tree, each, path.endswith("__init__.py")):
                self._follow(target, finder, files, (answer, texts, queue, seen))
        answer.digest = digest_of("\n".join(texts))
        answer.modules = sorted({part.module for part in answer.parts})
        answer.reads, answer.absences, answer.patterns = (sorted(one) for one in (files.trace.reads, files.trace.absences, files.trace.patterns))
        return answer

    def _follow(self, name: str, finder: Finder, files: Files, into: tuple[Answer, list[str], list[tuple[str, str]], set[str]]) -> None:
        answer, texts, queue, seen = into
        located = finder.find(name, files)
        if name in seen:
            return
        seen.add(name)
        if located.kind == "source":
            queue.append((name, located.path))
        elif located.kind == "installed":
            closure = self._distributions.closure(name, located.path)
            files.trace.add(closure.trace)
            texts.append(closure.digest)
            for package, number in closure.packages:
                entry = {"name": package, "version": number}
                if entry not in answer.packages:
                    answer.packages.append(entry)


def version() -> tuple[str, str]:
    """Of the interpreter: its implementation and its version."""
    return (sys.implementation.name, sys.version.split()[0])


def _parse(path: str, files: Files, answer: Answer) -> ast.Module | None:
    try:
        return ast.parse(files.source(path))
    except SyntaxError as error:
        answer.problems.append(Problem("syntax", path, error.lineno or 1, error.offset or 1, error.msg))
    except ValueError as error:
        answer.problems.append(Problem("syntax", path, 1, 1, str(error)))
    return None


def _describe(tree: ast.Module, name: str, path: str, answer: Answer) -> None:
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            answer.isAsync = isinstance(node, ast.AsyncFunctionDef)
            answer.isGenerator = is_generator(node)
            answer.parameters = None if node.decorator_list else parameters_of(node.args)
            return
    answer.problems.append(Problem("no-function", path, 1, 1, name))


def _imports(tree: ast.Module, name: str, is_package: bool) -> list[str]:
    package = name if is_package else name.rpartition(".")[0]
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [part for alias in node.names for part in _with_parents(alias.name)]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found += [*_with_parents(base), *(f"{base}.{alias.name}" for alias in node.names)]
    return [one for one in dict.fromkeys(found) if one]


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
