"""The imports in a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """One imported module, or what may be one."""

    module: str
    line: int
    is_late: bool
    """In a function: found only while the node works, unless the build imports it."""
    is_optional: bool
    """The file does without: the import is in a `try`."""
    is_certain: bool = True
    """Not of the names in `from module import name`, which need not be modules."""


def imports(tree: ast.Module, package: str) -> Iterator[Import]:
    """Every import of a module that belongs to this package."""
    yield from _in(tree.body, package, is_late=False, is_optional=False)


def _in(body: list[ast.stmt], package: str, *, is_late: bool, is_optional: bool) -> Iterator[Import]:
    for one in body:
        if isinstance(one, ast.Import):
            for alias in one.names:
                yield Import(alias.name, one.lineno, is_late, is_optional)
        elif isinstance(one, ast.ImportFrom):
            module = _absolute(one, package)
            yield Import(module, one.lineno, is_late, is_optional)
            for alias in one.names:
                if alias.name != "*":
                    name = f"{module}.{alias.name}"
                    yield Import(name, one.lineno, is_late, is_optional, is_certain=False)
        elif isinstance(one, ast.Try):
            yield from _in(one.body, package, is_late=is_late, is_optional=True)
            for handler in one.handlers:
                yield from _in(handler.body, package, is_late=is_late, is_optional=True)
            for rest in (one.orelse, one.finalbody):
                yield from _in(rest, package, is_late=is_late, is_optional=is_optional)
        elif isinstance(one, ast.If) and _is_for_checkers(one.test):
            yield from _in(one.orelse, package, is_late=is_late, is_optional=is_optional)
        else:
            is_function = isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
            # A condition decides; who knows how.
            optional = is_optional or isinstance(one, ast.If)
            for name in ("body", "orelse"):
                yield from _in(
                    getattr(one, name, []),
                    package,
                    is_late=is_late or is_function,
                    is_optional=optional,
                )


def _is_for_checkers(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _absolute(one: ast.ImportFrom, package: str) -> str:
    if not one.level:
        return one.module or ""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - (one.level - 1)]
    return ".".join([*base, *([one.module] if one.module else [])])
