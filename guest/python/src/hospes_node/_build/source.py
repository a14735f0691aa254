"""The node in a source file: which function or class it is, and where it stands in its package."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from . import comma
from .problem import Problem


@dataclass(frozen=True)
class Source:
    """A file with a node in it."""

    file: Path
    root: Path
    """The folder that its imports start from."""
    module: str
    name: str
    """Of the function or the class."""
    is_class: bool
    is_async: bool

    @property
    def world(self) -> str:
        """The contract's world."""
        return "node-async" if self.is_async else "node"


def read(file: Path) -> Source:
    """Finds the node in a file."""
    tree = comma.parse(file)
    found = _found(tree)
    if not found:
        raise Problem(
            "there is no node in it: put `@node(name=..., version=...)` on a function, or define "
            "a class with `def execute(self, log, payload=None, context=None)`",
            file,
        )
    if len(found) > 1:
        first, second, *_ = found
        raise Problem(
            f"a component is one node, but `{first.name}` and `{second.name}` are two; "
            "move one of them to a file of its own",
            file,
            second.lineno,
        )
    (node,) = found
    is_class = isinstance(node, ast.ClassDef)
    work = _execute(node) if isinstance(node, ast.ClassDef) else node
    root, module = _place(file, tree)
    return Source(file, root, module, node.name, is_class, isinstance(work, ast.AsyncFunctionDef))


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _found(tree: ast.Module) -> list[_Function | ast.ClassDef]:
    functions: list[_Function | ast.ClassDef] = [
        one
        for one in tree.body
        if isinstance(one, _Function) and any(_is_node(mark) for mark in one.decorator_list)
    ]
    return functions or [
        one for one in tree.body if isinstance(one, ast.ClassDef) and _execute(one) is not None
    ]


def _is_node(mark: ast.expr) -> bool:
    called = mark.func if isinstance(mark, ast.Call) else mark
    return (isinstance(called, ast.Name) and called.id == "node") or (
        isinstance(called, ast.Attribute)
        and called.attr == "node"
        and isinstance(called.value, ast.Name)
        and called.value.id == "hospes_node"
    )


def _execute(cls: ast.ClassDef) -> _Function | None:
    """Its method `execute`, if that takes what a template's does."""
    for one in cls.body:
        if isinstance(one, _Function) and one.name == "execute":
            names = [argument.arg for argument in one.args.args]
            if names[1:] == ["log", "payload", "context"]:
                return one
    return None


def _place(file: Path, tree: ast.Module) -> tuple[Path, str]:
    """The folder that imports start from, and the module's name.

    A file belongs to the packages around it: those with an `__init__.py`, and as many as its
    relative imports go up.
    """
    file = file.resolve()
    levels = [one.level for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)]
    names = [file.stem]
    folder = file.parent
    while len(names) <= max(levels, default=0) or (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    for name in names:
        if "." in name or not name:
            raise Problem(f"`{name}` can't be imported, for the dot in its name; rename it", file)
    return folder, ".".join(names)
