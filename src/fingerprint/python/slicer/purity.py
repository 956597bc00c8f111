"""What running a statement at the top of a module may change beside the names that it binds."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import knowledge
from .files import Memory
from .module import bound
from .uses import FUNCTIONS, chain_of

if TYPE_CHECKING:
    from .linker import Linker
    from .module import Module, Piece

INERT, PLAIN = "inert", "plain"
_READING = frozenset("get items keys values copy index count join split strip lower upper format replace startswith endswith encode decode".split())
_LITERALS = (ast.Tuple, ast.List, ast.Dict, ast.Set)


class Purity:
    """Decides by what names lead to. An inert value cannot be changed; a plain one is a container of Python's own."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._kinds: Memory[tuple[str, str], str] = Memory(linker.files)
        self._in_class: set[str] = set()
        # By the identity of a node: the trees of modules live as long as this.
        self._of_nodes: Memory[int, str] = Memory(linker.files)

    def changes(self, piece: Piece) -> bool:
        """True when running the statement may change something else, or depends on what does."""
        return not self._is_pure_statement(piece.node, piece.module)

    def kind_of_name(self, module: Module, name: str) -> str:
        """`inert`, `plain`, or an empty text: something that runs code of its own when it is used."""
        return self._kinds.get((module.name, name), "", lambda: self._outside(lambda: self._kind_of_binding(module, name)))

    def _outside(self, find: Callable[[], str]) -> str:
        """What is found out of something that stands in no class, whichever class asks for it."""
        outer, self._in_class = self._in_class, set()
        try:
            return find()
        finally:
            self._in_class = outer

    def _kind_of_binding(self, module: Module, name: str) -> str:
        binders = module.binders.get(name, [])
        if len(binders) != 1 or name in module.assigned_inside:
            return "" if binders or name in module.assigned_inside or module.stars else INERT
        piece = binders[0]
        if piece.is_import:
            return self._kind_of_import(module, piece, name)
        node = piece.node
        if isinstance(node, ast.Assign) and all(isinstance(one, ast.Name) for one in node.targets):
            return self.kind(node.value, module)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            return self.kind(node.value, module)
        return ""

    def _kind_of_import(self, module: Module, piece: Piece, name: str) -> str:
        target, attribute = piece.uses.imports[name][0]
        other = self._linker.module(target)
        if other is None:
            return self._kind_of_foreign(".".join((target, attribute)).rstrip("."))
        return self.kind_of_name(other, attribute) if attribute in other.binders else ""

    def kind(self, node: ast.expr, module: Module) -> str:
        """Of the value of an expression; empty as well where evaluating it may change something."""
        # Without this, each level of a nested literal would double the time.
        return self._of_nodes.get(id(node), "", lambda: self._kind(node, module))

    def _kind(self, node: ast.expr, module: Module) -> str:
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            return INERT if self._are(ast.iter_child_nodes(node), module, INERT, PLAIN) else ""
        if isinstance(node, ast.Name):
            return "" if node.id in self._in_class else self.kind_of_name(module, node.id)
        if isinstance(node, _LITERALS):
            if isinstance(node, ast.Tuple) and self._are(node.elts, module, INERT):
                return INERT
            return PLAIN if self._is_pure(node, module) else ""
        if isinstance(node, ast.Subscript):
            # An element of a container may be anything.
            return INERT if self._are((node.value, node.slice), module, INERT) else ""
        if isinstance(node, ast.Attribute):
            return self._kind_of_attribute(node, module)
        if isinstance(node, ast.Call):
            return self._kind_of_call(node, module)
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.BoolOp, ast.Slice, ast.FormattedValue, ast.Starred)):
            children = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
            if self._are(children, module, INERT):
                return INERT
            return PLAIN if self._are(children, module, INERT, PLAIN) else ""
        return ""

    def _are(self, nodes: object, module: Module, *kinds: str) -> bool:
        return all(self.kind(one, module) in kinds for one in nodes if isinstance(one, ast.expr))  # type: ignore[attr-defined]

    def _kind_of_attribute(self, node: ast.Attribute, module: Module) -> str:
        dotted = self.dotted(node, module)
        if dotted is not None:
            return self._kind_of_foreign(dotted)
        return INERT if self.kind(node.value, module) == INERT else ""

    def _kind_of_foreign(self, dotted: str) -> str:
        return INERT if knowledge.is_pure(dotted) else ""

    def _kind_of_call(self, node: ast.Call, module: Module) -> str:
        arguments = [*node.args, *(one.value for one in node.keywords)]
        dotted = self.dotted(node.func, module)
        if dotted is not None:
            if dotted in knowledge.PLAIN_BUILTINS:
                return PLAIN if self._are(arguments, module, INERT, PLAIN) else ""
            is_known = dotted in knowledge.INERT_BUILTINS or ("." in dotted and knowledge.is_inert(dotted))
            return INERT if is_known and self._are(arguments, module, INERT, PLAIN) else ""
        if not isinstance(node.func, ast.Attribute) or not self._are(arguments, module, INERT, PLAIN):
            return ""
        receiver = "" if node.func.attr in knowledge.WRITING else self.kind(node.func.value, module)
        return receiver if receiver == INERT or (receiver == PLAIN and node.func.attr in _READING) else ""

    def _is_pure(self, node: ast.expr | None, module: Module) -> bool:
        """True when evaluating it changes nothing."""
        if node is None or isinstance(node, (ast.Name, ast.Constant)):
            return True
        if not isinstance(node, _LITERALS) and self.kind(node, module) != "":
            return True
        if isinstance(node, ast.Lambda):
            return all(self._is_pure(one, module) for one in (*node.args.defaults, *node.args.kw_defaults))
        if isinstance(node, (*_LITERALS, ast.Starred)):
            inner = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
            unpacked = [one.value for one in inner if isinstance(one, ast.Starred)]
            if isinstance(node, ast.Dict):
                unpacked += [value for key, value in zip(node.keys, node.values) if key is None]
            return self._are(unpacked, module, INERT, PLAIN) and all(self._is_pure(one, module) for one in inner)
        if isinstance(node, ast.Attribute):
            chain = chain_of(node)
            return chain is not None and (self._linker.foreign(chain, module) is not None or self._linker.is_in_module(chain, module))
        if isinstance(node, ast.Call):
            dotted = self.dotted(node.func, module)
            arguments = [*node.args, *(one.value for one in node.keywords)]
            return dotted is not None and self._is_harmless(dotted, arguments, module)
        return False

    def _is_harmless(self, dotted: str, arguments: list[ast.expr], module: Module) -> bool:
        if "." not in dotted:
            return dotted in (knowledge.INERT_BUILTINS | knowledge.PLAIN_BUILTINS) and self._are(arguments, module, INERT, PLAIN)
        # What such a call is given it keeps, and calls later at most.
        return knowledge.is_pure(dotted) and all(isinstance(one, ast.Lambda) or self._is_plain_or_definition(one, module) for one in arguments)

    def _is_plain_or_definition(self, node: ast.expr, module: Module) -> bool:
        if isinstance(node, ast.Name):
            binders = module.binders.get(node.id, [])
            if len(binders) == 1 and isinstance(binders[0].node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                return True
            if node.id == "__name__" or (not binders and not module.stars):
                return True
        return self.kind(node, module) != "" or self._is_pure(node, module)

    def dotted(self, node: ast.AST, module: Module) -> str | None:
        """The name of something that is not of the workspace: `pandas.DataFrame`, or `len`."""
        chain = chain_of(node)
        return None if chain is None else self._linker.foreign(chain, module)

    def _is_pure_statement(self, node: ast.AST, module: Module) -> bool:
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass, ast.Global)):
            return True
        if isinstance(node, ast.Expr):
            return self._is_pure(node.value, module)
        if isinstance(node, ast.Assign):
            if not all(_is_name(one) for one in node.targets) or not self._is_pure(node.value, module):
                return False
            # Several names take what iterating gives.
            is_whole = all(isinstance(one, ast.Name) for one in node.targets)
            return is_whole or isinstance(node.value, (ast.Tuple, ast.List)) or self.kind(node.value, module) != ""
        if isinstance(node, ast.AnnAssign):
            return isinstance(node.target, ast.Name) and self._is_pure(node.value, module)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            defaults = all(self._is_pure(one, module) for one in (*node.args.defaults, *node.args.kw_defaults))
            return defaults and self._are_pure_decorators(node.decorator_list, module)
        if isinstance(node, ast.ClassDef):
            return self._is_pure_class(node, module)
        if isinstance(node, ast.If):
            return self.kind(node.test, module) != "" and all(self._is_pure_statement(one, module) for one in (*node.body, *node.orelse))
        if isinstance(node, ast.Try):
            handled = [one for handler in node.handlers for one in handler.body]
            return all(self._is_pure_statement(one, module) for one in (*node.body, *handled, *node.orelse, *node.finalbody))
        return type(node).__name__ == "TypeAlias"

    def _are_pure_decorators(self, decorators: list[ast.expr], module: Module) -> bool:
        for one in decorators:
            if isinstance(one, ast.Attribute) and one.attr in ("setter", "getter", "deleter"):
                continue
            call = one if isinstance(one, ast.Call) else None
            dotted = self.dotted(call.func if call else one, module)
            if dotted is None or not (knowledge.is_pure(dotted) or dotted in knowledge.PLAIN_BUILTINS):
                return False
            if call is not None and not self._is_harmless(dotted, [*call.args, *(each.value for each in call.keywords)], module):
                return False
        return True

    def _is_pure_class(self, node: ast.ClassDef, module: Module) -> bool:
        plain = all(self._is_plain_base(one, module) for one in node.bases)
        # A metaclass of the user's own may do anything with the class.
        plain &= all(knowledge.is_plain_base(self.dotted(one.value, module) or "") for one in node.keywords)
        if not (plain and self._are_pure_decorators(node.decorator_list, module)):
            return False
        outer, self._in_class = self._in_class, self._in_class | {one for each in node.body for one in bound(each)}
        is_pure = all(self._is_pure_statement(one, module) for one in node.body)
        self._in_class = outer
        return is_pure

    def _is_plain_base(self, node: ast.expr, module: Module) -> bool:
        base = node.value if isinstance(node, ast.Subscript) else node
        dotted = self.dotted(base, module)
        if dotted is not None:
            return knowledge.is_plain_base(dotted)
        found = self._linker.class_of(chain_of(base) or (), module)
        if found is None or not isinstance(found.node, ast.ClassDef):
            return isinstance(base, ast.Constant)
        hooks = ("__init_subclass__", "__set_name__", "__class_getitem__", "__mro_entries__")
        if any(isinstance(one, FUNCTIONS) and getattr(one, "name", "") in hooks for one in found.node.body):
            return False
        key = (found.module.name, found.node.name + " as a base")
        of, definition = found.module, found.node
        return self._kinds.get(key, "", lambda: self._outside(lambda: INERT if self._is_pure_class(definition, of) else "")) == INERT


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, (ast.Tuple, ast.List)) and all(_is_name(one) for one in node.elts))
