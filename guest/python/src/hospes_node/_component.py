"""Between the generated bindings and this package. Only imported while a component is made."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import wit_world.imports.http as wit_http
import wit_world.imports.log as wit_log
import wit_world.imports.types as wit_types
from componentize_py_types import Err, Ok

from . import _encode, http
from ._traceback import report
from .failure import Failure
from .node import Call, Input, Node
from .secret import Secret

try:
    # Only in the world of async nodes.
    from wit_world.imports import http_async
except ImportError:
    http_async = None

_LEVELS = {level.name.lower(): level for level in wit_log.Level}
_KINDS = {kind.name.lower().replace("_", "-"): kind for kind in wit_types.FailureKind}
_ERRORS = {
    wit_http.Error_Denied: http.Denied,
    wit_http.Error_Invalid: http.Invalid,
    wit_http.Error_Unreachable: http.Unreachable,
    wit_http.Error_Timeout: http.Timeout,
    wit_http.Error_Interrupted: http.Interrupted,
    wit_http.Error_TooLarge: http.TooLarge,
    wit_http.Error_Exhausted: http.Exhausted,
}


class ComponentHost:
    """The host that has instantiated the component."""

    def send(self, request: http.Request) -> http.Response:
        try:
            return _response(wit_http.send(_request(request)))
        except Err as error:
            raise _error(error.value) from None

    def send_all(self, requests: Sequence[http.Request]) -> list[http.Response | http.Error]:
        results = wit_http.send_all([_request(request) for request in requests])
        return [
            _response(one.value) if isinstance(one, Ok) else _error(one.value) for one in results
        ]

    async def send_async(self, request: http.Request) -> http.Response:
        if http_async is None:
            raise RuntimeError("send_async() works in an `async def` node only; use send()")
        try:
            return _response(await http_async.send(_request(request)))
        except Err as error:
            raise _error(error.value) from None

    def log(self, level: str, message: str, fields: list[tuple[str, str]]) -> None:
        wit_log.log(_LEVELS[level], message, fields)


def _request(request: http.Request) -> Any:
    timeout = request.timeout
    return wit_http.Request(
        method=request.method,
        url=request.url,
        headers=[(name, _header(value)) for name, value in request.headers],
        body=request.body,
        timeout_ms=None if timeout is None else max(0, math.ceil(timeout * 1000)),
    )


def _header(value: str | Secret) -> Any:
    if isinstance(value, Secret):
        return wit_http.HeaderValue_Secret(wit_http.SecretRef(value.name, value.prefix))
    return wit_http.HeaderValue_Text(value)


def _response(response: Any) -> http.Response:
    return http.Response(response.status, tuple(response.headers), bytes(response.body))


def _error(error: Any) -> http.Error:
    return _ERRORS[type(error)](getattr(error, "value", ""))


def _failure(failure: Failure) -> Err[Any]:
    retry_after = failure.retry_after
    return Err(
        wit_types.Failure(
            kind=_KINDS[failure.kind],
            message=failure.message,
            retry_after_ms=None if retry_after is None else max(0, math.ceil(retry_after * 1000)),
            details=None
            if failure.details is None
            else _encode.text(failure.details, "the details"),
        )
    )


def _call(payload: str, context: Any) -> Call:
    return Call(
        payload=payload,
        params=context.params,
        execution_id=context.execution_id,
        attempt=context.attempt,
        env=context.env,
        secrets=context.secrets,
        variables=context.variables,
        remaining=context.remaining_ms / 1000,
    )


def _inputs(inputs: list[Input]) -> list[Any]:
    return [wit_types.Input(one.name, one.required, one.summary) for one in inputs]


def exports(node: Node[Any, Any]) -> dict[str, type]:
    """The classes that componentize-py looks for."""
    host = ComponentHost()
    # What is a bug is not answered: the host gives the outcome `trap`, and the log has this.
    sys.excepthook = report

    def fresh() -> None:
        # Or every instance would draw what was drawn for the component.
        if "random" in sys.modules:
            sys.modules["random"].seed()

    class Action:
        def execute(self, payload: str, context: Any) -> str:
            fresh()
            try:
                return node.execute(host, _call(payload, context))
            except Failure as failure:
                raise _failure(failure) from None

    description = wit_types.Description(
        name=node.name,
        version=node.version,
        summary=node.summary,
        egress=[wit_types.Egress(method, url) for method, url in node.egress],
        params=_inputs(node.params),
        secrets=_inputs(node.secrets),
        payload_schema=node.payload_schema,
        result_schema=node.result_schema,
        params_schema=node.params_schema,
    )

    class About:
        def describe(self) -> Any:
            return description

    if not node.is_async:
        return {"Action": Action, "About": About}

    # What starts an async export is in the generated class.
    from wit_world import exports as wit_exports

    class ActionAsync(wit_exports.ActionAsync):  # type: ignore[misc]
        async def execute(self, payload: str, context: Any) -> str:
            fresh()
            try:
                return await node.execute_async(host, _call(payload, context))
            except Failure as failure:
                raise _failure(failure) from None

    return {"ActionAsync": ActionAsync, "About": About}
