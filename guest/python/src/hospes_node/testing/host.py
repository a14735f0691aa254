"""The scripted host."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Self

from hospes_node import _encode, http, template
from hospes_node.node import Call, Node

Fault = Literal["denied", "exhausted", "interrupted", "timeout", "too-large", "unreachable"]
"""Why a request gets no response."""


@dataclass(frozen=True)
class Record:
    """One log record."""

    level: str
    message: str
    fields: dict[str, str]


@dataclass
class _Answer:
    method: str
    url: str
    outcome: http.Response | http.Error
    fits: Callable[[http.Request], bool] = lambda _: True


class Host:
    """A scripted host.

    By default the execution is `test-execution`, the attempt 1, the environment `test`, params and
    variables are empty, there are no secrets, and 30 seconds remain. A request that the script has
    no answer for finds its upstream unreachable.
    """

    def __init__(
        self,
        *,
        params: Mapping[str, Any] | None = None,
        secrets: Sequence[str] = (),
        env: str = "test",
        attempt: int = 1,
        execution_id: str = "test-execution",
        variables: Mapping[str, Any] | None = None,
        remaining: float = 30.0,
    ) -> None:
        self._call = Call(
            payload="null",
            params=_encode.text(params or {}, "params"),
            execution_id=execution_id,
            attempt=attempt,
            env=env,
            secrets=list(secrets),
            variables=_encode.text(variables or {}, "variables"),
            remaining=remaining,
        )
        self._script: list[_Answer] = []
        self._now = 0
        self.most_at_once = 0
        """How many requests of an `async def` node were under way at the same time."""
        self.requests: list[http.Request] = []
        """Every request so far, in order. A secret stands in it as `Secret`."""
        self.logs: list[Record] = []
        """Every log record so far."""

    def answer(
        self,
        method: str,
        url: str,
        *,
        status: int = 200,
        body: object = b"",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> Self:
        """Answers one request. `body` is bytes, a text, or anything else as JSON.

        Each answer is used once, in the order of the script.
        """
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        lower = tuple((name.lower(), value) for name, value in pairs)
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes):
            body = _encode.text(body, "the body").encode()
        return self.script(method, url, http.Response(status, lower, body))

    def fail(self, method: str, url: str, fault: Fault, why: str = "") -> Self:
        """Lets one request have no response."""
        return self.script(method, url, http.ERRORS[fault](why))

    def script(
        self,
        method: str,
        url: str,
        outcome: http.Response | http.Error,
        fits: Callable[[http.Request], bool] = lambda _: True,
    ) -> Self:
        """Adds the outcome of one request, if that fits."""
        self._script.append(_Answer(method.upper(), url, outcome, fits))
        return self

    @property
    def unused(self) -> list[str]:
        """The answers that no request has had, such as `GET https://a.example/`."""
        return [f"{one.method} {one.url}" for one in self._script]

    def run(self, node: Node[Any, Any] | type, payload: object = None) -> Any:
        """Executes a node once: a function with `@node`, or a class in the template's form.

        Returns the result, or raises the failure that a caller would get.
        """
        if isinstance(node, type):
            node = template.node_of(node)
        call = _with_payload(self._call, payload)
        with _requests():
            if node.is_async:
                return json.loads(asyncio.run(node.execute_async(self, call)))
            return json.loads(node.execute(self, call))

    # What the node sees.

    def send(self, request: http.Request) -> http.Response:
        outcome = self._outcome(request)
        if isinstance(outcome, http.Error):
            raise outcome
        return outcome

    def send_all(self, requests: Sequence[http.Request]) -> list[http.Response | http.Error]:
        return [self._outcome(request) for request in requests]

    async def send_async(self, request: http.Request) -> http.Response:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            # Lets the others begin.
            await asyncio.sleep(0)
            return self.send(request)
        finally:
            self._now -= 1

    def log(self, level: str, message: str, fields: list[tuple[str, str]]) -> None:
        self.logs.append(Record(level, message, dict(fields)))

    def _outcome(self, request: http.Request) -> http.Response | http.Error:
        self.requests.append(request)
        for at, one in enumerate(self._script):
            if (one.method, one.url) == (request.method, request.url) and one.fits(request):
                return self._script.pop(at).outcome
        return http.Unreachable(f"the script has no answer for {request.method} {request.url}")


def _with_payload(call: Call, payload: object) -> Call:
    text = _encode.text(payload, "the payload")
    return Call(**{**call.__dict__, "payload": text})


def _requests() -> AbstractContextManager[None]:
    """Keeps `requests` from the network, if the node has it."""
    if "requests" not in sys.modules:
        return nullcontext()
    from hospes_node import _requests as adapter

    return adapter.installed()
