"""A template's `app.py`: settings that the host brings, and keys that must not enter a component."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from . import comma

_KEY = re.compile(r"(^|[_-])(key|token|secret|password|passwd|credentials?)$", re.IGNORECASE)

REPLACED = "from hospes_node.template import PARAMS"


def is_key(name: str) -> bool:
    """Whether a setting of that name is a secret."""
    return _KEY.search(name) is not None


def find(modules: dict[str, Path]) -> tuple[str, Path] | None:
    """The settings among an author's modules: one called `app` that assigns `PARAMS`."""
    for module, file in modules.items():
        if module.rpartition(".")[2] == "app" and _assignment(comma.parse(file)) is not None:
            return module, file
    return None


def names(file: Path, used_in: Iterable[Path]) -> list[str]:
    """The settings that these files quote, in the order of `PARAMS`."""
    quoted = {
        one.value
        for user in used_in
        for one in ast.walk(comma.parse(user))
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    assignment = _assignment(comma.parse(file))
    found: dict[str, None] = {}
    if assignment is not None and isinstance(assignment.value, ast.Dict):
        for values in assignment.value.values:
            for key in values.keys if isinstance(values, ast.Dict) else ():
                if isinstance(key, ast.Constant) and key.value in quoted:
                    found[key.value] = None
    return list(found)


def without_values(file: Path) -> str:
    """The file without its settings: those of the execution take their place, line for line."""
    source = file.read_bytes().decode()
    assignment = _assignment(comma.parse(file))
    if assignment is None:
        return source
    lines = source.splitlines()
    end = assignment.end_lineno or assignment.lineno
    blank = [""] * (end - assignment.lineno)
    return "\n".join([*lines[: assignment.lineno - 1], REPLACED, *blank, *lines[end:], ""])


def _assignment(tree: ast.Module) -> ast.Assign | ast.AnnAssign | None:
    for one in tree.body:
        targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
        if isinstance(one, ast.Assign | ast.AnnAssign) and any(
            isinstance(target, ast.Name) and target.id == "PARAMS" for target in targets
        ):
            return one
    return None
