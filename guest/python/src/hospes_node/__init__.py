"""The SDK for hospes action nodes in Python.

A node is a function. Its annotations say what it takes and returns, its docstring what it does:

    from dataclasses import dataclass

    from hospes_node import node


    @dataclass
    class Payload:
        name: str


    @node(name="greet", version="0.1.0")
    def greet(payload: Payload) -> str:
        \"\"\"Greets people by name.\"\"\"
        return f"Hello, {payload.name}."

`python -m hospes_node build greet.py --output greet.wasm` makes a component of it.
"""

from . import http, log
from .context import Context, Secrets
from .failure import Failure, Kind
from .node import Node, node
from .secret import Secret, SecretMisused, secret

__all__ = [
    "Context",
    "Failure",
    "Kind",
    "Node",
    "Secret",
    "SecretMisused",
    "Secrets",
    "http",
    "log",
    "node",
    "secret",
]
