"""Where a component starts: imports the node while the component is made, and exports it."""

from __future__ import annotations

import gc
import importlib
import io
import json
import linecache
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from . import _traceback, template
from .node import Node


class Refused(Exception):
    """What a component can't be made of."""


def load(
    *,
    module: str,
    name: str,
    own: Sequence[str],
    late: Sequence[str],
    params: Sequence[str],
    secrets: Sequence[str],
    with_requests: bool,
) -> dict[str, type]:
    """The classes that componentize-py looks for. Says which line of the author's is at fault."""
    try:
        node = _without_sockets(lambda: _import(module, name, params, secrets, with_requests))
        for one in late:
            _import_late(one)
        _refuse_open_files()
        _keep_lines(own)
        from . import _component

        return _component.exports(node)
    except BaseException as error:
        frames = [
            (_traceback.place(frame.filename), frame.lineno)
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        text = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
        report = json.dumps({"error": text, "frames": frames})
        raise RuntimeError(f"hospes-node-report {report}") from None


def _import(
    module: str, name: str, params: Sequence[str], secrets: Sequence[str], with_requests: bool
) -> Node[Any, Any]:
    if with_requests:
        from . import _requests

        _requests.install()
    found = getattr(importlib.import_module(module), name)
    if isinstance(found, type):
        return template.node_of(found, params=params, secrets=secrets)
    if not isinstance(found, Node):
        raise Refused(f"`{name}` is not a node: it is of the type {type(found).__name__}")
    return found


def _without_sockets(body: Callable[[], Node[Any, Any]]) -> Node[Any, Any]:
    """Lets nobody open a socket meanwhile.

    A component is the memory of an interpreter that has ended. A socket in it is the handle of
    something that is gone, and the first use of any other would be taken for it.
    """
    # Or urllib3 would look for IPv6 while it is imported.
    socket.has_ipv6 = False

    def refuse(*_: object, **__: object) -> None:
        raise OSError("a node has no sockets")

    socket.socket.__init__ = refuse  # type: ignore[method-assign]
    return body()


def _import_late(module: str) -> None:
    # A name may be that of a function, or a module that is there on other machines only.
    try:
        importlib.import_module(module)
    except Exception:
        return


def _refuse_open_files() -> None:
    for one in gc.get_objects():
        if isinstance(one, io.FileIO) and not one.closed and one.fileno() > 2:
            raise Refused(
                f"a module keeps the file {one.name!r} open after its import; read it and close it"
            )


def _keep_lines(own: Sequence[str]) -> None:
    """Keeps the author's lines for tracebacks: no file is there while the node works."""
    for name in own:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file:
            lines = linecache.getlines(file)
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
