"""Sends user attributes, events and purchases to Braze."""

from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Literal

from hospes_node import Context, Failure, http, log, node, secret

from . import answer, rules
from .checker import Faults
from .payload import SCHEMA, Invalid, Object, read, text
from .report import Delivered, Report

KEY = "braze_api_key"

MARGIN = 0.5
"""Seconds at most that a request leaves, so that there is time to say what became of it."""

LEAST = 0.1
"""Seconds. With less left, no further request is sent."""


@dataclass
class Params:
    braze_url: str
    """Base URL of the workspace's REST endpoint."""
    braze_user_track: str = "users/track"
    """Path of the endpoint. Defaults to users/track."""
    partner: str = "pypestream"
    """Named to Braze unless the payload does. Defaults to pypestream."""
    max_objects: int = 75
    """Most objects in one request, 1 to 75. Defaults to 75."""
    max_bytes: int = 4_000_000
    """Most bytes of one request. Defaults to 4000000."""
    on_invalid: Literal["refuse-all", "send-valid"] = "refuse-all"
    """Of a payload with invalid objects, refuse-all sends nothing, send-valid the others."""

    def __post_init__(self) -> None:
        self.url()
        for name, most in (("max_objects", 75), ("max_bytes", 4_000_000)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"`{name}` is 1 to {most}")

    def url(self) -> str:
        base, path = self.braze_url.rstrip("/"), self.braze_user_track.strip("/")
        scheme, _, host = base.partition("://")
        if scheme not in ("http", "https") or host.startswith("/") or not _is_plain(host):
            raise ValueError("`braze_url` is a base URL, such as https://rest.iad-01.braze.com")
        if not _is_plain(path):
            raise ValueError("`braze_user_track` is a path, such as users/track")
        return f"{base}/{path}"


def _is_plain(part: str) -> bool:
    """Whether a part of a URL has neither credentials nor a query, nor a space."""
    return part != "" and all("!" <= one <= "~" and one not in "@?#\\" for one in part)


@node(
    name="braze-track",
    version="0.1.0",
    egress=["POST {braze_url}/users/track"],
    secrets={KEY: "REST API key with the permission users.track."},
    payload_schema=SCHEMA,
)
def braze_track(payload: Any, params: Params, context: Context) -> Delivered:
    """Sends user attributes, events and purchases to Braze."""
    if KEY not in context.secrets:
        raise Failure("invalid-params", f"the secret {KEY} is missing")
    report = Report()
    try:
        found = read(payload)
    except Invalid as invalid:
        report.faults(invalid.faults, 0)
        raise report.invalid_payload([]) from None
    for name in found.others:
        if name != "group_id":
            log.warn("Braze ignores this member of the payload", name=name)

    partner = params.partner if found.partner is None else found.partner
    envelope = {**({"partner": partner} if partner else {}), **found.others}
    faults = Faults()
    valid = [one for one in found.objects if rules.check(found.form, one, faults)]
    refuse_all = faults.found and params.on_invalid == "refuse-all"
    if not refuse_all:
        sizes = [_size(envelope, [one]) <= params.max_bytes for one in valid]
        for one, fits in zip(valid, sizes, strict=True):
            if not fits:
                rules.too_large(found.form, one, faults)
        valid = [one for one, fits in zip(valid, sizes, strict=True) if fits]
    report.faults(faults.list, len(found.objects) - len(valid), faults.omitted)
    if refuse_all or not valid:
        raise report.invalid_payload(valid)
    return _deliver(valid, envelope, params, context, report)


def _deliver(
    rest: list[Object],
    envelope: dict[str, Any],
    params: Params,
    context: Context,
    report: Report,
) -> Delivered:
    """Sends the objects, request after request.

    Braze keeps no order between requests in flight, so each waits for the response to the one
    before. None is repeated: Braze would count its events and purchases twice.
    """
    end = monotonic() + context.remaining
    while rest:
        count = _count(envelope, rest, params)
        sent, rest = rest[:count], rest[count:]
        left = end - monotonic()
        if left < LEAST and report.requests > 0:
            stop = answer.Stop("unavailable", "no time is left for a request")
            raise report.stopped(sent, rest, stop)
        try:
            response = http.post(
                params.url(),
                headers={"Authorization": secret(KEY, prefix="Bearer ")},
                json=_body(envelope, sent),
                timeout=left - min(left / 10, MARGIN),
            )
        except http.Error as error:
            report.requests += error.may_have_arrived
            stop = answer.Stop(error.kind, error.message)
            raise report.stopped(sent, rest, stop) from None
        report.requests += 1
        said = answer.read(response, time())
        if isinstance(said, answer.Stop):
            raise report.stopped(sent, rest, said)
        report.taken(sent, said)
    return report.finish()


def _body(envelope: dict[str, Any], objects: list[Object]) -> dict[str, Any]:
    body = dict(envelope)
    for one in objects:
        body.setdefault(one.array, []).append(one.value)
    return body


def _size(envelope: dict[str, Any], objects: list[Object]) -> int:
    return len(text(_body(envelope, objects)))


def _count(envelope: dict[str, Any], objects: list[Object], params: Params) -> int:
    """How many of the objects go into the next request: one at least."""
    size, arrays = len(text(envelope)), set[str]()
    for at, one in enumerate(objects[: params.max_objects]):
        # A comma, and the first of an array brings the array.
        size += 1 + len(text(one.value)) + (0 if one.array in arrays else len(one.array) + 5)
        arrays.add(one.array)
        if at > 0 and size > params.max_bytes:
            return at
    return min(len(objects), params.max_objects)
