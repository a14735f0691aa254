"""The folder that a component is made from: what the node needs and nothing else."""

from __future__ import annotations

import os
import shutil
from importlib import metadata
from pathlib import Path

from . import settings
from .problem import Problem
from .source import Source
from .walk import OURS, Modules

ENTRY = "hospes_node_entry"

_LATE = ["_strptime", "encodings.cp1252", "encodings.idna", "encodings.latin_1"]
_LATE += ["encodings.punycode", "encodings.utf_16", "encodings.utf_8_sig", "stringprep"]
"""What the standard library imports late, and nodes often need."""

_HEAVY = {"idna.uts46data"}
"""Megabytes that few nodes need: the tables for the letters of domain names outside of ASCII."""

_TIME = 1577836800
"""Of every file, so that the component does not depend on when they were written."""


def write(stage: Path, source: Source, modules: Modules) -> None:
    """Fills an empty folder."""
    app = settings.find(modules.own) if source.is_class else None
    for module, file in sorted(modules.own.items()):
        text = settings.without_values(file) if app and app[0] == module else None
        _put(stage, module, file, text)
    for name, path in sorted(modules.packages.items()):
        _refuse_replacement(name)
        _copy(path, stage / path.name)
        _copy_metadata(name, stage)
    _copy(Path(__file__).parent.parent, stage / OURS, leave_out=("_build", "testing", "wit"))
    params: list[str] = []
    if app is not None:
        users = [file for module, file in modules.own.items() if module != app[0]]
        params = settings.names(app[1], users)
    secrets = [name for name in params if settings.is_key(name)]
    call = {
        "module": source.module,
        "name": source.name,
        "own": sorted(modules.own),
        "late": sorted({*modules.late, *_LATE} - _HEAVY),
        "params": [name for name in params if name not in secrets],
        "secrets": secrets,
        "with_requests": "requests" in modules.packages,
    }
    arguments = "".join(f"    {name}={value!r},\n" for name, value in call.items())
    entry = f"from {OURS} import _entry\n\nglobals().update(_entry.load(\n{arguments}))\n"
    (stage / f"{ENTRY}.py").write_text(entry)
    for folder, _, files in os.walk(stage, topdown=False):
        for path in (*(Path(folder, file) for file in files), Path(folder)):
            os.utime(path, (_TIME, _TIME))


def origin(staged: str, source: Source, modules: Modules) -> Path | None:
    """The author's file behind one in a component's traceback."""
    for module, file in modules.own.items():
        if staged == str(_path(module, file)):
            return source.file if module == source.module else file
    return None


def _path(module: str, file: Path) -> Path:
    path = Path(*module.split("."))
    return path / "__init__.py" if file.name == "__init__.py" else path.with_suffix(".py")


def _put(stage: Path, module: str, file: Path, text: str | None) -> None:
    target = stage / _path(module, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(file.read_bytes() if text is None else text.encode())


def _copy(path: Path, target: Path, leave_out: tuple[str, ...] = ()) -> None:
    if path.is_file():
        shutil.copyfile(path, target)
        return

    def ignore(_: str, names: list[str]) -> list[str]:
        native = (".so", ".pyd", ".pyc", ".pyi")
        return [
            name
            for name in names
            if name == "__pycache__" or name.endswith(native) or name.split(".")[0] in leave_out
        ]

    shutil.copytree(path, target, ignore=ignore, symlinks=False)


def _distributions(name: str) -> list[str]:
    return list(dict.fromkeys(metadata.packages_distributions().get(name, [])))


def _refuse_replacement(name: str) -> None:
    if name == "urllib3" and "urllib3-future" in map(str.lower, _distributions(name)):
        raise Problem(
            "`urllib3-future` is installed in place of `urllib3`, which `requests` needs; run "
            "`python3 -m pip uninstall urllib3-future` and `python3 -m pip install "
            "--force-reinstall urllib3`"
        )


def _copy_metadata(name: str, stage: Path) -> None:
    """What a library may ask about its own version while it is imported."""
    for distribution in _distributions(name):
        found = metadata.distribution(distribution)
        text = found.read_text("METADATA")
        if text is not None:
            folder = stage / f"{distribution}-{found.version}.dist-info"
            folder.mkdir(exist_ok=True)
            (folder / "METADATA").write_text(text)
