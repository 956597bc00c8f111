"""What names lead to, across modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .files import Files, Memory
from .finder import Finder
from .module import Module, Piece, take_apart
from .uses import Target, Uses, chain_of


@dataclass(frozen=True)
class Link:
    """One thing that a name leads to."""

    kind: str
    """`piece`, `module` (all of it), `binary`, `foreign`, `built-in` or `absent`."""
    module: str = ""
    """Dotted name."""
    index: int = 0
    """Of a piece."""
    text: str = ""
    """Dotted name of something foreign, with attributes; of something absent, what was looked for."""
    attributes: tuple[str, ...] = ()
    """What is taken of a piece."""


class Broken(Exception):
    """A module whose source cannot be read."""

    def __init__(self, path: str, cause: SyntaxError | ValueError) -> None:
        super().__init__(str(cause))
        self.path = path
        self.line = getattr(cause, "lineno", None) or 1
        self.column = getattr(cause, "offset", None) or 1
        self.words = getattr(cause, "msg", None) or str(cause)


class Linker:
    """Follows names from the modules that one directory is the beginning of."""

    def __init__(self, finder: Finder, files: Files) -> None:
        self.finder = finder
        self.files = files
        self.broken: dict[str, Broken] = {}
        self._modules: Memory[str, Module | None] = Memory(files)
        self._links: Memory[tuple[str, tuple[str, ...]], tuple[Link, ...]] = Memory(files)

    def kind(self, name: str) -> str:
        return self.finder.find(name, self.files).kind

    def module(self, name: str) -> Module | None:
        """A module of the workspace by its dotted name; None: it is none, or cannot be read."""
        return self._modules.get(name, None, lambda: self._read(name))

    def _read(self, name: str) -> Module | None:
        located = self.finder.find(name, self.files)
        if located.kind != "source":
            return None
        try:
            return take_apart(located.path, name, self.files.source(located.path))
        except (SyntaxError, ValueError) as error:
            self.broken[name] = Broken(located.path, error)
            self.files.trace.note("broken", name)
            return None

    def named_modules(self, package: str) -> list[str]:
        """The modules in a package that `from package import *` loads, as its `__all__` names them."""
        module = self.module(package)
        if module is None or module.package != package:
            return []
        nodes = [node for piece in module.binders.get("__all__", []) for node in ast.walk(piece.node)]
        names = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        return [f"{package}.{name}" for name in dict.fromkeys(names) if name not in module.binders]

    def links(self, chain: tuple[str, ...], module: Module, uses: Uses | None = None) -> tuple[Link, ...]:
        """All that a chain of names in a statement of a module may lead to."""
        inside = uses.imports.get(chain[0]) if uses is not None else None
        if inside:
            own = tuple(link for target in inside for link in self._of_target(target, chain[1:], frozenset()))
            return own + (self.links(chain, module) if chain[0] in module.binders or module.stars else ())
        return self._links.get((module.name, chain), (), lambda: tuple(dict.fromkeys(self._in_module(module, chain, frozenset()))))

    def module_links(self, name: str) -> tuple[Link, ...]:
        """What the module of this name is."""
        return tuple(self._of_target((name, ""), (), frozenset()))

    def foreign(self, chain: tuple[str, ...], module: Module) -> str | None:
        """The dotted name of something that is not of the workspace; None: it is, or it is not known."""
        links = self.links(chain, module)
        if len(links) == 1 and links[0].kind in ("foreign", "built-in"):
            return links[0].text
        return None

    def is_in_module(self, chain: tuple[str, ...], module: Module) -> bool:
        """True for `lib.name`, where lib is a module: taking it runs nothing."""
        return all(link.kind in ("piece", "module") and not link.attributes for link in self.links(chain, module))

    def class_of(self, chain: tuple[str, ...], module: Module) -> Piece | None:
        links = self.links(chain, module) if chain else ()
        if len(links) != 1 or links[0].kind != "piece" or links[0].attributes:
            return None
        return self.piece(links[0])

    def piece(self, link: Link) -> Piece:
        module = self.module(link.module)
        if module is None:
            raise KeyError(link.module)
        return module.pieces[link.index]

    def _in_module(self, module: Module, chain: tuple[str, ...], seen: frozenset[Target]) -> Iterator[Link]:
        """A name as the module itself has it."""
        found = list(self._bound_in(module, chain, seen))
        if found:
            yield from found
        elif chain[0] in ("__name__", "__package__", "__spec__", "__path__"):
            yield Link("absent", text=f"{chain[0]} {module.name}")
        elif chain[0] == "__doc__":
            yield Link("absent", text=f"__doc__ {_docstring(module)}")
        else:
            yield Link("built-in", text=".".join(chain))

    def _bound_in(self, module: Module, chain: tuple[str, ...], seen: frozenset[Target]) -> Iterator[Link]:
        name, attributes = chain[0], chain[1:]
        for piece in module.binders.get(name, []):
            if not piece.is_import:
                yield Link("piece", module.name, piece.index, attributes=attributes)
                yield from self._of_alias(module, piece, attributes, seen)
            for target in piece.uses.imports.get(name, []):
                yield from self._of_target(target, attributes, seen)
        for star in module.stars if name not in ("__all__", "__getattr__") else ():
            yield from self._of_star(star, chain, seen)

    def _of_alias(self, module: Module, piece: Piece, attributes: tuple[str, ...], seen: frozenset[Target]) -> Iterator[Link]:
        """Of `name = other.name`: what that is, as far as it is not of the workspace."""
        chain = chain_of(piece.node.value) if isinstance(piece.node, ast.Assign) else None
        key = (module.name, f"= {piece.index}")
        if chain is None or key in seen:
            return
        for link in self._in_module(module, (*chain, *attributes), seen | {key}):
            if link.kind == "foreign":
                yield link

    def _of_star(self, star: str, chain: tuple[str, ...], seen: frozenset[Target]) -> Iterator[Link]:
        if (star, chain[0]) in seen:
            return
        other = self.module(star)
        if other is not None:
            seen |= {(star, chain[0])}
            found = list(self._bound_in(other, chain, seen))
            yield from found
            if not found and "__all__" in other.binders and self.kind(f"{star}.{chain[0]}") != "missing":
                # It is a module that the package names there.
                yield from self._of_target((f"{star}.{chain[0]}", ""), chain[1:], seen)
            if found or "__all__" in other.binders:
                yield from self._bound_in(other, ("__all__",), seen | {(star, "__all__")})
        elif self.kind(star) in ("installed", "standard", "missing"):
            # What it exports is not known: any name may come from there.
            yield Link("foreign", star, text=f"{star}.*")

    def _of_target(self, target: Target, attributes: tuple[str, ...], seen: frozenset[Target]) -> Iterator[Link]:
        """Of what an import leads to."""
        name, attribute = target
        if target in seen:
            return
        seen |= {target}
        kind = self.kind(name)
        if kind in ("installed", "standard", "missing"):
            yield Link("foreign", name, text=".".join([name, *((attribute,) if attribute else ()), *attributes]))
        elif kind == "binary":
            yield Link("binary", text=name)
        elif attribute:
            yield from self._of_attribute(name, (attribute, *attributes), seen)
        elif attributes:
            yield from self._of_attribute(name, attributes, seen)
        else:
            yield Link("module", name)

    def _of_attribute(self, name: str, chain: tuple[str, ...], seen: frozenset[Target]) -> Iterator[Link]:
        """An attribute of a module, as others see it: a name in it, or a module inside of it."""
        module = self.module(name)
        if chain[0] == "__dict__":
            yield Link("module", name)
            return
        found = list(self._bound_in(module, chain, seen)) if module is not None else []
        yield from found
        inner = f"{name}.{chain[0]}"
        if self.kind(inner) != "missing":
            yield from self._of_target((inner, ""), chain[1:], seen - {(inner, "")})
        elif not found:
            yield Link("absent", name, text=chain[0])
            if module is not None:
                yield from self._bound_in(module, ("__getattr__",), seen)


def _docstring(module: Module) -> str:
    first = module.tree.body[:1]
    return repr(getattr(getattr(first[0], "value", None), "value", None)) if first else ""
