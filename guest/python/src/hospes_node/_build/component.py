"""From a source to a component."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from . import source as sources
from . import stage as stages
from . import toolchain
from .problem import Problem
from .source import Source
from .walk import Modules, walk

_REPORT = "RuntimeError: hospes-node-report "
"""How a line begins in which the entry says why a node can't be imported."""


def build(file: Path, output: Path) -> str:
    """Makes a component of the node in a file, and returns its world."""
    source = sources.read(file)
    toolchain.check()
    if not output.resolve().parent.is_dir():
        raise Problem("there is no folder for the output; make it", output)
    _say(f"reading the modules of {file}")
    modules = walk(source)
    with tempfile.TemporaryDirectory(prefix="hospes-node-") as folder:
        stage = Path(folder, "stage")
        stage.mkdir()
        stages.write(stage, source, modules)
        made = Path(folder, "component.wasm")
        _say(f"making {output} (world {source.world}), which takes some seconds")
        done, printed = toolchain.componentize(source.world, stage, stages.ENTRY, made)
        if not done:
            raise _problem(printed, source, modules)
        _move(made, output)
    return source.world


def _move(made: Path, output: Path) -> None:
    """Puts the component in its place, whole or not at all."""
    beside = output.with_name(output.name + ".part")
    beside.write_bytes(made.read_bytes())
    os.replace(beside, output)


def _problem(printed: str, source: Source, modules: Modules) -> Problem:
    for line in printed.splitlines():
        if not line.startswith(_REPORT):
            continue
        told = json.loads(line.removeprefix(_REPORT))
        for staged, number in reversed(told["frames"]):
            file = stages.origin(staged, source, modules)
            if file is not None:
                return Problem(told["error"], file, number)
        return Problem(told["error"], source.file)
    ending = "\n".join(printed.strip().splitlines()[-20:])
    return Problem(f"componentize-py could not make a component of it:\n{ending}", source.file)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
