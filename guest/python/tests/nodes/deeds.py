"""What the nodes of docs/conformance.md do in both worlds."""

import random
import time
import uuid
from dataclasses import dataclass
from typing import Any

from hospes_node import Context, Failure, http, log


@dataclass
class Params:
    text: str | None = None
    flag: bool | None = None
    number: int | None = None


def context(context: Context) -> Any:
    return {
        "attempt": context.attempt,
        "env": context.env,
        "secrets": list(context.secrets),
        "variables": context.variables,
    }


def fail(payload: Any) -> Failure:
    wait = payload.get("retry_after_ms")
    return Failure(
        payload["kind"],
        payload["message"],
        retry_after=None if wait is None else wait / 1000,
        details=payload.get("details"),
    )


def request(spec: Any) -> http.Request:
    headers = [(name, value) for name, value in spec.get("headers", ())]
    return http.Request.of(spec["method"], spec["url"], headers=headers, body=spec.get("body"))


def outcome(answer: http.Response | http.Error) -> Any:
    if isinstance(answer, http.Error):
        return {"error": answer.word}
    return {"status": answer.status, "header": answer.header("X-Case"), "body": answer.text}


def write(message: str, fields: dict[str, str]) -> None:
    for level in (log.trace, log.debug, log.info, log.warn, log.error):
        level(message, **fields)


DEEDS: Any = {
    "echo": lambda payload, *_: payload["value"],
    "params": lambda _payload, params, _context: params,
    "context": lambda _payload, _params, known: context(known),
    "log": lambda payload, *_: write(payload["message"], payload["fields"]),
    "draw": lambda *_: [random.random(), str(uuid.uuid4()), random.SystemRandom().random()],
    "clock": lambda *_: time.time_ns() // 1_000_000,
}
