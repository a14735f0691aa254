"""What a node imports: the host of the component, or the scripted one of a test."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from .secret import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .http import Error, Request, Response


class Host(Protocol):
    """The host's side of the contract."""

    def send(self, request: Request) -> Response: ...

    def send_all(self, requests: Sequence[Request]) -> list[Response | Error]: ...

    async def send_async(self, request: Request) -> Response: ...

    def log(self, level: str, message: str, fields: list[tuple[str, str]]) -> None: ...


_CURRENT: ContextVar[tuple[Host, Tokens] | None] = ContextVar("hospes_node_host", default=None)


@contextmanager
def entered(host: Host, tokens: Tokens) -> Iterator[None]:
    """Makes this the host of everything that is called within."""
    before = _CURRENT.set((host, tokens))
    try:
        yield
    finally:
        _CURRENT.reset(before)


def current(what: str) -> tuple[Host, Tokens]:
    entered = _CURRENT.get()
    if entered is None:
        raise RuntimeError(
            f"{what} outside of an execution: a module can't do that while it is imported; "
            "in a test, run the node with hospes_node.testing.Host"
        )
    return entered


def tokens() -> Tokens:
    """The texts that stand for this execution's secrets."""
    entered = _CURRENT.get()
    return entered[1] if entered else Tokens(())


def log(level: str, message: str, fields: list[tuple[str, str]]) -> None:
    host, tokens = current("a log record")
    for text in (message, *(part for field in fields for part in field)):
        tokens.refuse_in("a log record", text)
    host.log(level, message, fields)
