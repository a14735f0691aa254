"""HTTP requests, as far as the operator's egress policy allows them.

    response = http.post(
        f"{params.url}/things",
        json={"name": "lamp"},
        headers={"Authorization": secret("things_key", prefix="Bearer ")},
        timeout=10,
    )
    if response.status != 201:
        raise Failure("protocol", f"unexpected HTTP {response.status}")

The host resolves names, connects, speaks TLS and inserts secrets. It does not follow redirects: a
3xx is a response like any other. A response of any status is returned; an `Error` says why there is
none, and whether the request may still have arrived.
"""

from __future__ import annotations

import json as _json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from . import _host
from .failure import Failure, Kind
from .secret import Secret

HeaderValue = str | Secret
Headers = Mapping[str, HeaderValue] | Iterable[tuple[str, HeaderValue]]


class Error(Failure):
    """Why there is no response. Left alone, it ends the execution with the failure that is true.

    That failure only knows this one request: a node that has already done something has to say so
    itself, with a failure of kind `partial`.
    """

    word: ClassVar[str]
    may_have_arrived: ClassVar[bool] = False
    """Whether the upstream may have received the request and acted on it."""
    _kind: ClassVar[Kind]
    _text: ClassVar[str]

    def __init__(self, why: str = "") -> None:
        super().__init__(self._kind, self._text + (f": {why}" if why else ""))
        self.why = why


class Denied(Error):
    """The egress policy denies it. Nothing was sent. `why` is a stable word, such as `no-rule`."""

    word, _kind, _text = "denied", "denied", "the egress policy denies the request"


class Invalid(Error):
    """The request is malformed. Nothing was sent."""

    word, _kind, _text = "invalid", "internal", "the request is malformed"


class Unreachable(Error):
    """Nothing was sent: no such name, no connection, or no TLS."""

    word, _kind, _text = "unreachable", "unavailable", "the upstream is unreachable"


class Timeout(Error):
    """No complete response in time. The request may have arrived."""

    word, _kind, may_have_arrived = "timeout", "unknown", True
    _text = "no answer in time, but the request may have arrived"


class Interrupted(Error):
    """The connection broke. The request may have arrived."""

    word, _kind, may_have_arrived = "interrupted", "unknown", True
    _text = "the connection broke, but the request may have arrived"


class TooLarge(Error):
    """The response is larger than the host allows. The request has arrived."""

    word, _kind, may_have_arrived = "too-large", "protocol", True
    _text = "the answer is larger than the host allows"


class Exhausted(Error):
    """This execution has used up its requests or bytes. Nothing was sent."""

    word, _kind, _text = "exhausted", "denied", "the execution's budget is used up"


ERRORS: dict[str, type[Error]] = {
    error.word: error
    for error in (Denied, Invalid, Unreachable, Timeout, Interrupted, TooLarge, Exhausted)
}
"""Every error by its word in the contract."""


@dataclass(frozen=True)
class Request:
    """One request."""

    method: str
    url: str
    headers: tuple[tuple[str, HeaderValue], ...] = ()
    body: bytes | None = None
    timeout: float | None = None
    """Seconds. Defaults to the time that the execution has left, and never exceeds it."""

    @classmethod
    def of(
        cls,
        method: str,
        url: str,
        *,
        headers: Headers = (),
        json: object = None,
        body: str | bytes | None = None,
        timeout: float | None = None,
    ) -> Request:
        """A request with a body that is JSON, or text, or bytes, or nothing."""
        pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers)
        if json is not None:
            if body is not None:
                raise ValueError("a request has one body: json=... or body=...")
            body = _json.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            if not any(name.lower() == "content-type" for name, _ in pairs):
                pairs += (("Content-Type", "application/json"),)
        if isinstance(body, str):
            body = body.encode()
        return cls(method.upper(), url, pairs, body, timeout)

    def header(self, name: str) -> HeaderValue | None:
        """The first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def json(self) -> Any:
        """The body as JSON, for tests."""
        return _json.loads(self.body or b"null")


@dataclass(frozen=True)
class Response:
    """One response, of any status."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    """In order, names in lower case."""
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.body.decode(errors="replace")

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def json(self) -> Any:
        """The body as JSON. If it is none, a failure of kind `protocol`."""
        try:
            return _json.loads(self.body)
        except ValueError as error:
            raise Failure("protocol", f"the response is not JSON: {error}") from None


def _checked(request: Request) -> Request:
    """The request with its secrets as the host takes them."""
    tokens = _host.tokens()
    tokens.refuse_in("a request's method", request.method)
    tokens.refuse_in("a URL", request.url)
    tokens.refuse_in("a request's body", request.body or b"")
    headers = []
    for name, value in request.headers:
        tokens.refuse_in("a header's name", name)
        if isinstance(value, Secret):
            tokens.refuse_in(f"the prefix in the header `{name}`", value.prefix)
        else:
            value = tokens.header(name, value)
        headers.append((name, value))
    return replace(request, headers=tuple(headers))


def send(request: Request) -> Response:
    """Sends one request and waits for the response."""
    return _host.current("a request")[0].send(_checked(request))


async def send_async(request: Request) -> Response:
    """As `send`, for an `async def` node: other requests go on meanwhile."""
    return await _host.current("a request")[0].send_async(_checked(request))


def send_all(requests: Sequence[Request]) -> list[Response | Error]:
    """Sends requests concurrently and waits for all. The results are in their order."""
    return _host.current("a request")[0].send_all([_checked(request) for request in requests])


def request(method: str, url: str, **options: Any) -> Response:
    """Sends a request; the options are those of `Request.of`."""
    return send(Request.of(method, url, **options))


def get(url: str, **options: Any) -> Response:
    """Sends a GET request; the options are those of `Request.of`."""
    return request("GET", url, **options)


def post(url: str, **options: Any) -> Response:
    """Sends a POST request; the options are those of `Request.of`."""
    return request("POST", url, **options)


def put(url: str, **options: Any) -> Response:
    """Sends a PUT request; the options are those of `Request.of`."""
    return request("PUT", url, **options)


def patch(url: str, **options: Any) -> Response:
    """Sends a PATCH request; the options are those of `Request.of`."""
    return request("PATCH", url, **options)


def delete(url: str, **options: Any) -> Response:
    """Sends a DELETE request; the options are those of `Request.of`."""
    return request("DELETE", url, **options)


async def request_async(method: str, url: str, **options: Any) -> Response:
    """As `request`, for an `async def` node."""
    return await send_async(Request.of(method, url, **options))


async def get_async(url: str, **options: Any) -> Response:
    """As `get`, for an `async def` node."""
    return await request_async("GET", url, **options)


async def post_async(url: str, **options: Any) -> Response:
    """As `post`, for an `async def` node."""
    return await request_async("POST", url, **options)
