"""Every module that a node may need, found without importing any."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder
from pathlib import Path

from . import comma, unavailable
from .imports import Import, imports
from .problem import Problem
from .source import Source

OURS = "hospes_node"


@dataclass
class Modules:
    """What goes into the component."""

    own: dict[str, Path] = field(default_factory=dict)
    """The author's modules and their files."""
    packages: dict[str, Path] = field(default_factory=dict)
    """Installed packages and modules, by name, and their folder or file."""
    late: set[str] = field(default_factory=set)
    """Modules that are imported while the node works."""


@dataclass(frozen=True)
class _Step:
    module: str
    file: Path
    origin: tuple[Path, int]
    """The author's line that leads here."""
    is_needed: bool
    """Whether the node fails without it."""


def walk(source: Source) -> Modules:
    """Follows the imports from a source."""
    return _Walk(source.root).run(source)


class _Walk:
    def __init__(self, root: Path) -> None:
        self._root = root
        installed = [one for one in sys.path if one and Path(one).resolve() != root]
        self._path = [str(root), *installed]
        self._found = Modules()
        self._needed: dict[str, bool] = {}
        """Of every module so far, whether the node fails without it."""
        self._steps: list[_Step] = []

    def run(self, source: Source) -> Modules:
        self._needed[source.module] = True
        self._steps.append(_Step(source.module, source.file, (source.file, 1), True))
        self._found.own[source.module] = source.file
        self._parents(source.module, needed=True, origin=(source.file, 1))
        while self._steps:
            self._follow(self._steps.pop())
        return self._found

    def _follow(self, step: _Step) -> None:
        is_own = step.module in self._found.own
        try:
            tree = comma.parse(step.file) if is_own else ast.parse(step.file.read_bytes())
        except SyntaxError:
            # A library may carry files for other versions of Python.
            return
        is_package = step.file.name == "__init__.py"
        package = step.module if is_package else step.module.rpartition(".")[0]
        for one in imports(tree, package):
            self._import(one, step, is_own=is_own)

    def _import(self, one: Import, step: _Step, *, is_own: bool) -> None:
        top = one.module.partition(".")[0]
        origin = (step.file, one.line) if is_own else step.origin
        if top in ("", OURS, "wit_world", "componentize_py_types"):
            return
        needed = step.is_needed and not one.is_optional and (is_own or not one.is_late)
        if needed:
            self._refuse(one, step, origin, is_own=is_own)
        if one.is_late and (is_own or (step.is_needed and not one.is_optional)):
            self._found.late.add(one.module)
        if top in sys.stdlib_module_names and not self._is_own(top):
            return
        self._add(one, origin, needed=needed, is_own=is_own)

    def _is_own(self, top: str) -> bool:
        return (self._root / top).is_dir() or (self._root / f"{top}.py").is_file()

    def _refuse(self, one: Import, step: _Step, origin: tuple[Path, int], *, is_own: bool) -> None:
        instead = (unavailable.of_author if is_own else unavailable.of_library)(one.module)
        if instead is None:
            return
        name = one.module if one.is_certain else one.module.rpartition(".")[0]
        through = "" if is_own else f" (imported by `{step.module}`)"
        raise Problem(f"`{name}`{through} does not work in a component; {instead}", *origin)

    def _add(self, one: Import, origin: tuple[Path, int], *, needed: bool, is_own: bool) -> None:
        if self._needed.get(one.module, False) or (one.module in self._needed and not needed):
            return
        spec = _find(one.module, self._path)
        if spec is None:
            if one.is_certain and is_own and not one.is_optional:
                top = one.module.partition(".")[0]
                raise Problem(
                    f"there is no module `{one.module}` here; install what has it, such as "
                    f"`python3 -m pip install {top}`",
                    *origin,
                )
            return
        self._needed[one.module] = needed
        if isinstance(spec.loader, ExtensionFileLoader):
            if needed:
                self._native(one, spec, origin)
            return
        if spec.origin is None or not spec.origin.endswith(".py"):
            return
        file = Path(spec.origin)
        if self._root in file.parents and not _is_installed(file):
            self._found.own[one.module] = file
        else:
            top = one.module.partition(".")[0]
            package = _find(top, self._path)
            if package is not None and package.submodule_search_locations:
                self._found.packages[top] = Path(next(iter(package.submodule_search_locations)))
            else:
                self._found.packages[top] = file
        self._steps.append(_Step(one.module, file, origin, needed))
        self._parents(one.module, needed=needed, origin=origin)

    def _parents(self, module: str, *, needed: bool, origin: tuple[Path, int]) -> None:
        parent = module.rpartition(".")[0]
        if parent:
            self._add(Import(parent, 1, False, True), origin, needed=needed, is_own=False)

    def _native(self, one: Import, spec: ModuleSpec, origin: tuple[Path, int]) -> None:
        """A compiled module is left out if there is the same in Python."""
        file = Path(spec.origin or "")
        pure = file.with_name(file.name.split(".")[0] + ".py")
        if pure.exists():
            return
        raise Problem(
            f"`{one.module}` is compiled for this machine ({file.name}), so it can't go into a "
            "component; use a package in pure Python",
            *origin,
        )


def _find(module: str, path: Sequence[str]) -> ModuleSpec | None:
    """The file of a module, without importing the packages around it."""
    found = None
    for part in module.split("."):
        found = PathFinder.find_spec(part, path)
        if found is None:
            return None
        path = list(found.submodule_search_locations or ())
    return found


def _is_installed(file: Path) -> bool:
    return any(part in ("site-packages", "dist-packages", "vendor") for part in file.parts)


