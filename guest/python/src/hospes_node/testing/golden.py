"""Golden cases: the same files that the host checks a component with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hospes_node import http
from hospes_node.failure import Failure
from hospes_node.node import Node

from .host import Host


def check_case(
    node: Node[Any, Any] | type,
    case: Path | str | dict[str, Any],
    *,
    params: dict[str, Any] | None = None,
    secrets: Sequence[str] = (),
    env: str = "test",
) -> Host:
    """Runs one golden case, natively, and returns the host with its requests and logs.

    `params` stand for the environment's: a case may have its own.

    Raises `AssertionError` if the outcome is another one, if there is a request that the case does
    not list, or an exchange that is never used.
    """
    return _check(
        node,
        case if isinstance(case, dict) else json.loads(Path(case).read_bytes()),
        params,
        secrets,
        env,
    )


def _check(
    node: Node[Any, Any] | type,
    case: dict[str, Any],
    params: dict[str, Any] | None,
    secrets: Sequence[str],
    env: str,
) -> Host:
    host = Host(
        params=case.get("params", params),
        secrets=secrets,
        env=env,
        variables=case.get("variables"),
    )
    for exchange in case.get("exchanges", ()):
        _script(host, exchange)
    expected = case["expect"]
    found: dict[str, Any]
    try:
        found = {"route": "success", "result": host.run(node, case["payload"])}
    except Failure as failure:
        found = {"route": "failure", "kind": failure.kind, "message": failure.message}
        if failure.retry_after is not None:
            found["retry_after_ms"] = round(failure.retry_after * 1000)
        if failure.details is not None:
            found["details"] = failure.details
    where = difference(expected, found)
    if where is not None:
        differs = f"at {where} of\n{_shown(found)}\nexpected\n{_shown(expected)}"
        raise AssertionError(f"{case['name']}: {differs}")
    if host.unused:
        raise AssertionError(f"{case['name']}: never sent: {host.unused[0]}")
    return host


def _script(host: Host, exchange: dict[str, Any]) -> None:
    response = exchange.get("response", b"")
    if isinstance(response, str):
        response = response.encode()
    elif not isinstance(response, bytes):
        response = json.dumps(response).encode()
    outcome: http.Response | http.Error
    if "error" in exchange:
        outcome = http.ERRORS[exchange["error"]]()
    else:
        headers = tuple(
            (name.lower(), value) for name, value in exchange.get("headers", {}).items()
        )
        outcome = http.Response(exchange.get("status", 200), headers, response)

    def fits(request: http.Request) -> bool:
        wanted = exchange.get("request")
        return wanted is None or difference(wanted, request.json()) is None

    host.script(exchange["method"], exchange["url"], outcome, fits)


def difference(expected: Any, found: Any, at: str = "") -> str | None:
    """Where `found` lacks something, as a JSON pointer. Objects may have more, lists may not."""
    if isinstance(expected, dict) and isinstance(found, dict):
        parts = [(key, one, found.get(key)) for key, one in expected.items()]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        parts = [(str(at), *pair) for at, pair in enumerate(zip(expected, found, strict=True))]
    else:
        same = expected == found and isinstance(expected, bool) == isinstance(found, bool)
        return None if same else at or "/"
    below = (difference(one, other, f"{at}/{key}") for key, one, other in parts)
    return next((where for where in below if where is not None), None)


def _shown(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
