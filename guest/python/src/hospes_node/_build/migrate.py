"""A template's settings, `app.py`, as a solution file. Reads the Python and never runs it.

Each key moves out, to an environment variable: its value is in neither the solution file nor what
is printed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hospes_node import template

from . import comma, settings, source, toml
from .problem import Problem

_NAMES = {"NAME": "name", "BOTS": "bots", "CSV_BOTS": "csv_bots"}
_NEEDLESS = {"PATH"}


@dataclass
class Migration:
    """What became of a file of settings."""

    solution: str = ""
    moved: list[tuple[int, str]] = field(default_factory=list)
    """By line, the keys that are environment variables now."""
    left: list[tuple[int, str]] = field(default_factory=list)
    """By line, what could not be moved, and what to do about it."""


def migrate(file: Path, output: Path, nodes: Sequence[Path] = ()) -> Migration:
    """Writes the solution file, with these nodes. Does not replace one that is there."""
    migration = read(file)
    migration.solution += "".join(_node(node, file, migration) for node in nodes)
    if not nodes:
        migration.left.append(
            (1, "no node uses the settings yet; name its file with --node, or write [node.NAME]")
        )
    try:
        with output.open("x", encoding="utf-8") as written:
            written.write(migration.solution)
    except FileExistsError:
        raise Problem("exists already; choose another file with --output", output) from None
    except OSError as error:
        raise Problem(f"can't be written: {error.strerror}", output) from None
    return migration


def read(file: Path) -> Migration:
    """Reads a file of settings."""
    tree = comma.parse(file)
    migration = Migration()
    top, environments = [], []
    found = False
    for one in tree.body:
        if not isinstance(one, ast.Assign) or not isinstance(one.targets[0], ast.Name):
            if not isinstance(one, ast.Import | ast.ImportFrom) and not _is_docstring(one):
                migration.left.append((one.lineno, "a solution file holds no code; move it to a node"))
            continue
        name = one.targets[0].id
        if name == "PARAMS":
            found = True
            environments = _environments(one.value, migration)
        elif name in _NAMES:
            try:
                top.append(f"{_NAMES[name]} = {toml.value(ast.literal_eval(one.value))}\n")
            except ValueError:
                migration.left.append((one.lineno, f"`{name}` is not a literal; write its value"))
        elif name not in _NEEDLESS:
            migration.left.append(
                (one.lineno, f"`{name}` is outside of PARAMS; give it to the nodes as a param")
            )
    if not found:
        raise Problem("there is no `PARAMS = {...}` in it, which the settings would be in", file)
    if not any(line.startswith("name = ") for line in top):
        top.insert(0, f"name = {toml.value(file.resolve().parent.name)}\n")
    migration.solution = "".join([*top, *environments])
    return migration


def _node(node: Path, app: Path, migration: Migration) -> str:
    """A node that is granted the settings that its file quotes, and no request."""
    name = template.kebab(source.read(node).name)
    quoted = settings.names(app, [node])
    migration.left.append(
        (1, f"node {name}: Python does not say which requests it makes; write its `allow`")
    )
    granted = {
        "component": f"{name}.wasm",
        "params": [one for one in quoted if not settings.is_key(one)],
        "secrets": [one for one in quoted if settings.is_key(one)],
        "allow": [],
    }
    lines = "".join(f"{key} = {toml.value(value)}\n" for key, value in granted.items())
    return f"\n[node.{name}]\n{lines}"


def _environments(params: ast.expr, migration: Migration) -> list[str]:
    written = []
    for name, value in _members(params, "PARAMS", migration):
        if not toml.is_bare(name):
            migration.left.append(
                (value.lineno, f"the environment `{name}`: rename it, to letters, digits, - and _")
            )
            continue
        written.append(_environment(name, value, migration))
    return written


def _environment(env: str, value: ast.expr, migration: Migration) -> str:
    params: dict[str, Any] = {}
    keys: list[tuple[str, ast.expr]] = []
    for name, one in _members(value, f"PARAMS['{env}']", migration):
        if settings.is_key(name):
            keys.append((name, one))
            continue
        try:
            found = ast.literal_eval(one)
            if _has_password(found):
                raise ValueError("the URL has a password in it; move that to a secret")
            toml.value(found)
            params[name] = found
        except ValueError as error:
            why = str(error) if isinstance(error, toml.NotToml) or "URL" in str(error) else (
                "it is not a literal; write its value"
            )
            migration.left.append((one.lineno, f"`{name}` of `{env}`: {why}"))
    text = f"\n[env.{env}]\n"
    text += "".join(f"{toml.key(name)} = {toml.value(found)}\n" for name, found in params.items())
    for name, one in keys:
        text += _secret(env, name, one, params, migration)
    return text


def _secret(
    env: str, name: str, one: ast.expr, params: dict[str, Any], migration: Migration
) -> str:
    variable = _variable(one)
    if variable is None:
        variable = re.sub(r"[^A-Z0-9]", "_", f"{name}_{env}".upper())
        migration.moved.append(
            (one.lineno, f"`{name}` of `{env}` is a secret now: set {variable} to its value")
        )
    origins = _origins(name, params)
    lines = [f"[env.{env}.secrets.{toml.key(name)}]", f"from = {toml.value('env:' + variable)}"]
    if origins:
        lines.append(f"to = {toml.value(origins)}")
        return "\n" + "\n".join(lines) + "\n"
    migration.left.append(
        (one.lineno, f"`{name}` of `{env}`: no URL beside it says where it may go; write its `to`")
    )
    lines.append('to = ["https://..."]')
    return "\n" + "".join(f"# {line}\n" for line in lines)


def _origins(name: str, params: dict[str, Any]) -> list[str]:
    """Where a key may go: the URLs that share its first word, or else all of them."""
    urls = {
        param: origin
        for param, found in params.items()
        if isinstance(found, str) and (origin := _origin(found))
    }
    first = re.split(r"[_-]", name)[0]
    alike = [origin for param, origin in urls.items() if re.split(r"[_-]", param)[0] == first]
    return list(dict.fromkeys(alike or urls.values()))


def _origin(text: str) -> str | None:
    match = re.match(r"(https?://[A-Za-z0-9.-]+(:\d+)?)(/|$)", text)
    return match[1] if match else None


def _has_password(found: Any) -> bool:
    if not isinstance(found, str) or "://" not in found:
        return False
    try:
        return urlsplit(found).password is not None
    except ValueError:
        return False


def _variable(one: ast.expr) -> str | None:
    """The environment variable that an expression reads: `os.environ["X"]`, `os.getenv("X")`."""
    match one:
        case ast.Subscript(
            value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(variable))
        ):
            return variable
        case ast.Call(
            func=ast.Attribute(attr="getenv" | "get"), args=[ast.Constant(value=str(variable)), *_]
        ):
            return variable
    return None


def _members(
    value: ast.expr, what: str, migration: Migration
) -> list[tuple[str, ast.expr]]:
    """The members of a dict with literal names."""
    if not isinstance(value, ast.Dict):
        migration.left.append((value.lineno, f"{what} is not a literal `{{...}}`"))
        return []
    found: dict[str, ast.expr] = {}
    for name, one in zip(value.keys, value.values, strict=True):
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            found[name.value] = one
        else:
            migration.left.append((one.lineno, f"a name in {what} is not a literal text"))
    return list(found.items())


def _is_docstring(one: ast.stmt) -> bool:
    return isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
