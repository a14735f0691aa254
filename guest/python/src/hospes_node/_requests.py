"""`requests` over `hospes_node.http`: the real package, with another adapter."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import responses as reasons
from typing import Any

import requests
import requests.adapters
import requests.exceptions as raised
import urllib3
from urllib3.response import HTTPResponse

from . import http

_FRAMING = {
    # The host's business.
    "connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    # Nothing here would unpack it.
    "accept-encoding",
}  # fmt: skip


class _Raised(http.Error):
    """What both sides know about an exception that is of `requests` and of ours."""

    request: Any
    response: Any = None

    def __init__(self, why: str, request: Any) -> None:
        http.Error.__init__(self, why)
        self.request = request

    def __str__(self) -> str:
        return http.Error.__str__(self)


class Denied(_Raised, http.Denied, raised.RequestException):
    """The egress policy denies it. Nothing was sent."""


class Exhausted(_Raised, http.Exhausted, raised.RequestException):
    """This execution has used up its requests or bytes. Nothing was sent."""


class Invalid(_Raised, http.Invalid, raised.RequestException):
    """The request is malformed. Nothing was sent."""


class Unreachable(_Raised, http.Unreachable, raised.ConnectionError):
    """Nothing was sent: no such name, no connection, or no TLS."""


class Timeout(_Raised, http.Timeout, raised.ReadTimeout):
    """No complete response in time. The request may have arrived."""


class Interrupted(_Raised, http.Interrupted, raised.ConnectionError):
    """The connection broke. The request may have arrived."""


class TooLarge(_Raised, http.TooLarge, raised.RequestException):
    """The response is larger than the host allows. The request has arrived."""


_RAISED: dict[type[http.Error], Any] = {
    http.Denied: Denied,
    http.Exhausted: Exhausted,
    http.Invalid: Invalid,
    http.Unreachable: Unreachable,
    http.Timeout: Timeout,
    http.Interrupted: Interrupted,
    http.TooLarge: TooLarge,
}


def send(
    adapter: requests.adapters.HTTPAdapter,
    request: Any,
    stream: bool = False,  # noqa: ARG001
    timeout: Any = None,
    verify: Any = True,  # noqa: ARG001 - the host always does
    cert: Any = None,
    proxies: Any = None,  # noqa: ARG001 - none is asked
) -> Any:
    """Sends a prepared request through the host: in the place of the adapter's own `send`."""
    if cert is not None:
        raise ValueError("cert: a node has no certificates of its own")
    if adapter.max_retries.total:
        raise ValueError(
            "max_retries: the host repeats executions, as `retry` in the solution file says"
        )
    headers = tuple(
        (_text(name), _text(value))
        for name, value in request.headers.items()
        if _text(name).lower() not in _FRAMING
    )
    sent = http.Request(
        request.method, request.url, headers, _body(request.body), _seconds(timeout)
    )
    try:
        response = http.send(sent)
    except http.Error as error:
        raise _RAISED[type(error)](error.why, request) from None
    return adapter.build_response(request, _response(response))


def install() -> None:
    """Sends every request of `requests` through the host from now on, whatever its session."""
    requests.adapters.HTTPAdapter.send = send  # type: ignore[assignment]


@contextmanager
def installed() -> Iterator[None]:
    """The same meanwhile."""
    before = requests.adapters.HTTPAdapter.send
    install()
    try:
        yield
    finally:
        requests.adapters.HTTPAdapter.send = before  # type: ignore[method-assign]


class _Original:
    """What `requests` reads cookies from."""

    def __init__(self, headers: tuple[tuple[str, str], ...]) -> None:
        self.msg = Message()
        for name, value in headers:
            self.msg.add_header(name, value)

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        return


def _response(response: http.Response) -> Any:
    made = HTTPResponse(
        body=io.BytesIO(response.body),
        headers=urllib3.HTTPHeaderDict(response.headers),
        status=response.status,
        reason=reasons.get(response.status, ""),
        preload_content=False,
    )
    made._original_response = _Original(response.headers)  # type: ignore[assignment]
    return made


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return _body(body.read())
    return b"".join(part.encode() if isinstance(part, str) else part for part in body)


def _seconds(timeout: Any) -> float | None:
    """`requests` has one limit for connecting and one for reading; the host has one for both."""
    if isinstance(timeout, tuple):
        parts = [one for one in timeout if one is not None]
        return sum(parts) if len(parts) == len(timeout) else None
    return None if timeout is None else float(timeout)
