"""What a response of Braze means. Decides, and does no I/O."""

from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from hospes_node import Failure, Kind, http

from .payload import ARRAYS

MOST_TEXT = 200
"""Characters of a text from Braze that are passed on."""

MOST_WAIT = 24 * 60 * 60
"""Seconds. Braze's windows end within the hour: more than a day is not a wait."""

LEAST_EPOCH = 1_000_000_000
"""From here on, the number in `X-RateLimit-Reset` is an epoch."""


@dataclass(frozen=True)
class ItemError:
    """One entry of `errors`. Braze does not promise to say where."""

    array: str | None
    index: int | None
    reason: str


@dataclass(frozen=True)
class Taken:
    """Braze has accepted the request, except for the objects that it names."""

    queued: bool
    errors: list[ItemError]
    counts: dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """Braze has not accepted the request, or nobody knows. Nothing more is sent."""

    kind: Kind
    message: str
    retry_after: float | None = None
    status: int | None = None
    text: str | None = None
    errors: list[ItemError] = field(default_factory=list)
    all_refused: bool = False

    @property
    def may_be_taken(self) -> bool:
        return self.kind in ("unknown", "protocol")


def read(response: http.Response, now: float) -> Taken | Stop:
    """Says what a response means. `now` is in seconds since the epoch."""
    try:
        body = response.json()
    except Failure:
        body = None
    said = body.get("message") or body.get("error") if isinstance(body, dict) else None
    text = _bounded(said) if isinstance(said, str) else None
    if response.ok:
        return _success(response.status, body, text)
    return _fatal(response, body, text, now)


def _success(status: int, body: Any, text: str | None) -> Taken | Stop:
    if not isinstance(body, dict):
        return _outside(status, "the body is not a JSON object", None)
    message = body.get("message")
    if message != "success" and not (message == "queued" and status == 202):
        why = "there is no message" if message is None else "the message is not 'success'"
        return _outside(status, why, text)
    counts = {name: body.get(f"{name}_processed") for name in ARRAYS}
    return Taken(message == "queued", _errors(body), counts)


def _outside(status: int, why: str, text: str | None) -> Stop:
    message = f"Braze answered outside its contract: HTTP {status}, and {why}"
    return Stop("protocol", message, status=status, text=text)


def _fatal(response: http.Response, body: Any, text: str | None, now: float) -> Stop:
    status = response.status
    if status in (401, 403):
        # It may repeat the key.
        text = None
    all_refused = status == 400 and (text or "").startswith("Valid data must be provided")
    kind, words, hint = _meaning(status, text or "")
    retry_after = None
    if kind == "rate-limited":
        retry_after = _wait(
            response, now, "x-ratelimit-retry-after", "retry-after", "x-ratelimit-reset"
        )
    elif kind == "unavailable":
        retry_after = _wait(response, now, "retry-after")
    return Stop(
        kind,
        f"{words}: HTTP {status}{hint}",
        retry_after,
        status,
        text,
        _errors(body) if status == 400 and isinstance(body, dict) else [],
        all_refused,
    )


def _meaning(status: int, text: str) -> tuple[Kind, str, str]:
    match status:
        case 400 if text.startswith("Valid data must be provided"):
            return "rejected", "Braze refused every object of the request", ""
        case 400 if text.startswith("Max Input Length Exceeded"):
            return "rejected", "Braze refused the request as too long", ". Lower max_objects"
        case 401:
            hint = "Either the secret braze_api_key is wrong, or braze_url is another instance's"
            return "unauthorized", "Braze does not accept the key", f". {hint}"
        case 403:
            hint = "Either the key lacks the permission users.track, or the account is inactive"
            return "unauthorized", "Braze forbids the request", f". {hint}"
        case 404:
            hint = ". Check braze_url and braze_user_track"
            return "rejected", "Braze knows no such endpoint", hint
        case 413:
            return "rejected", "Braze refused the request as too large", ". Lower max_bytes"
        case 429:
            return "rate-limited", "Braze asks to slow down", ""
        case 504:
            words = "Braze's gateway got no answer in time, but the request may have been taken"
            return "unknown", words, ""
        case _ if 400 <= status < 500:
            return "rejected", "Braze refused the request", ""
        case _ if 500 <= status < 600:
            return "unavailable", "Braze is not available", ""
    return "protocol", "Braze answered outside its contract", ""


def _wait(response: http.Response, now: float, *names: str) -> float | None:
    """Seconds, from the first of these headers that says how many. One at least."""
    for name in names:
        value = (response.header(name) or "").strip()
        seconds = None
        if value.isascii() and value.isdigit():
            seconds = float(value)
            if name == "x-ratelimit-reset" and seconds >= LEAST_EPOCH:
                seconds -= now
        elif name == "retry-after" and value:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - now
            except (ValueError, OverflowError):
                continue
        if seconds is not None and seconds <= MOST_WAIT:
            return max(seconds, 1.0)
    return None


def _errors(body: dict[str, Any]) -> list[ItemError]:
    entries = body.get("errors")
    if entries is None:
        return []
    return [_item(entry) for entry in (entries if isinstance(entries, list) else [entries])]


def _item(entry: Any) -> ItemError:
    members = entry if isinstance(entry, dict) else {}
    reason = entry if isinstance(entry, str) else members.get("type")
    array, index = members.get("input_array"), members.get("index")
    return ItemError(
        array if array in ARRAYS else None,
        index if type(index) is int and index >= 0 else None,
        _bounded(reason) if isinstance(reason, str) else "Braze gives no reason",
    )


def _bounded(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "..."
