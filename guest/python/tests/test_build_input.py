"""Sources that no component can be made of: each says where, and what to do next."""

import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hospes_node.__main__ import main
from hospes_node._build import settings, toolchain
from hospes_node._build.source import read
from hospes_node._build.walk import walk

NODE = """
from hospes_node import node

@node(name="n", version="1.0.0")
def n() -> None:
    return None
"""
COMMA = """class A:
    def execute(self, log, payload=None, context=None):
        headers = {
            "Authorization": params["key"]  # the key
            "Content-Type": "application/json"
        }
        return [1, 2
                3]
"""


def build(folder: Path, source: str, capsys: Any) -> str:
    file = folder / "n.py"
    file.write_text(source)
    output = folder / "n.wasm"
    assert main(["build", str(file), "--output", str(output)]) == 2
    assert not output.exists()
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.removeprefix(f"reading the modules of {file}\n").replace(f"{folder}/", "")


@pytest.fixture(autouse=True)
def no_component_is_made(monkeypatch: Any) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a component is made")

    monkeypatch.setattr(toolchain, "check", lambda: None)
    monkeypatch.setattr(toolchain, "componentize", refuse)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = (", "n.py:1: this is not Python: '(' was never closed\n"),
        ("x = 1", "n.py: there is no node in it: put `@node(name=..., version=...)` on a function"),
        (
            NODE + NODE.replace("def n", "def m"),
            "n.py:11: a component is one node, but `n` and `m`",
        ),
        (
            "import httpx" + NODE,
            "n.py:1: `httpx` does not work in a component; use `hospes_node.http`",
        ),
        ("from aiohttp import x" + NODE, "n.py:1: `aiohttp` does not work in a component"),
        ("\nimport ssl" + NODE, "n.py:2: `ssl` does not work in a component; the host speaks TLS"),
        ("from urllib import request" + NODE, "n.py:1: `urllib` does not work in a component"),
        ("import urllib.request" + NODE, "n.py:1: `urllib.request` does not work"),
        (NODE + "def f():\n    import ctypes\n", "n.py:8: `ctypes` does not work in a component"),
        ("import no_such_thing" + NODE, "n.py:1: there is no module `no_such_thing` here; install"),
    ],
)
def test_a_source_that_cannot_work_names_the_line_and_what_to_do(
    tmp_path: Path, capsys: Any, source: str, message: str
) -> None:
    assert build(tmp_path, source, capsys).startswith(message)


@pytest.mark.parametrize(
    "source",
    [
        "import urllib.parse, http, hashlib, zlib" + NODE,
        "try:\n    import ssl\nexcept ImportError:\n    ssl = None" + NODE,
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx" + NODE,
        "import requests" + NODE,
    ],
)
def test_the_nearest_honest_source_is_taken(tmp_path: Path, source: str) -> None:
    file = tmp_path / "n.py"
    file.write_text(source)
    walk(read(file))


def test_a_missing_comma_is_found_and_mended(tmp_path: Path, capsys: Any) -> None:
    said = build(tmp_path, COMMA, capsys)
    assert said.startswith("n.py:4: a comma is missing at the end of this line; write it, or let")
    assert "`python3 -m hospes_node mend n.py` do it" in said
    file = tmp_path / "n.py"
    assert main(["mend", str(file)]) == 0
    said = capsys.readouterr().err
    assert said == f"{file}:4: wrote the missing comma\n{file}:7: wrote the missing comma\n"
    mended = COMMA.replace('["key"]', '["key"],').replace("[1, 2", "[1, 2,")
    assert file.read_text() == mended
    assert main(["mend", str(file)]) == 2
    assert file.read_text() == mended


def test_a_native_package_is_refused_by_name(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    from importlib.machinery import EXTENSION_SUFFIXES

    installed = tmp_path / "site-packages"
    (installed / "fast").mkdir(parents=True)
    (installed / "fast/__init__.py").write_text("from . import core\nfrom . import pure\n")
    (installed / f"fast/core{EXTENSION_SUFFIXES[0]}").touch()
    # The same in Python stands beside this one.
    (installed / f"fast/pure{EXTENSION_SUFFIXES[0]}").touch()
    (installed / "fast/pure.py").touch()
    monkeypatch.setattr(sys, "path", [str(installed), *sys.path])
    said = build(tmp_path, "import fast" + NODE, capsys)
    assert said.startswith("n.py:1: `fast.core` is compiled for this machine (core.")
    (installed / f"fast/core{EXTENSION_SUFFIXES[0]}").rename(installed / "fast/core.py")
    walk(read(tmp_path / "n.py"))


def test_a_library_that_needs_what_is_absent_is_refused_with_the_authors_line(
    tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "lib.py").write_text("import ctypes\n")
    monkeypatch.setattr(sys, "path", [str(installed), *sys.path])
    said = build(tmp_path, "import json\nimport lib" + NODE, capsys)
    assert said.startswith("n.py:2: `ctypes` (imported by `lib`) does not work in a component;")


def test_what_stands_in_for_urllib3_is_refused(
    tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(
        metadata, "packages_distributions", lambda: {"urllib3": ["urllib3-future", "urllib3"]}
    )
    said = build(tmp_path, "import urllib3" + NODE, capsys)
    assert said.startswith("`urllib3-future` is installed in place of `urllib3`")


@pytest.mark.parametrize("found", ["0.23.0", None])
def test_a_missing_or_other_toolchain_says_the_command_that_gets_it(
    tmp_path: Path, capsys: Any, monkeypatch: Any, found: str | None
) -> None:
    def version(name: str) -> str:
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.undo()
    monkeypatch.setattr(metadata, "version", version)
    said = build(tmp_path, NODE, capsys)
    assert said.endswith("get it with `python3 -m pip install componentize-py==0.25.1`\n")


def test_a_templates_package_is_kept_and_its_keys_stay_outside(tmp_path: Path) -> None:
    from conftest import EXAMPLES

    source = read(EXAMPLES / "acme/nodes/welcome.py")
    assert (source.root, source.module) == (EXAMPLES, "acme.nodes.welcome")
    modules = walk(source)
    assert sorted(modules.own) == ["acme.app", "acme.nodes.welcome"]
    app = EXAMPLES / "acme/app.py"
    assert settings.find(modules.own) == ("acme.app", app)
    quoted = ["braze_url", "braze_api_key", "braze_user_track"]
    assert settings.names(app, [source.file]) == quoted
    assert [settings.is_key(name) for name in quoted] == [False, True, False]
    text = settings.without_values(app)
    assert "never enters" not in text
    assert text.splitlines()[2] == settings.REPLACED
    assert len(text.splitlines()) == len(app.read_text().splitlines())


def test_a_file_in_packages_is_imported_by_its_whole_name(tmp_path: Path) -> None:
    package = tmp_path / "shop/nodes"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    file = package / "n.py"
    file.write_text(NODE)
    assert SimpleNamespace(**read(file).__dict__).module == "shop.nodes.n"
