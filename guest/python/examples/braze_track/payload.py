"""The two forms of a payload: the body of `users/track` itself, or one user of a conversation."""

import json
from dataclasses import dataclass, field
from time import gmtime, strftime
from typing import Any

ARRAYS = ("attributes", "events", "purchases")
"""In the order in which Braze starts them."""

PRIMARY = ("external_id", "user_alias", "braze_id")
SECONDARY = ("email", "phone")
"""What names a user if nothing of `PRIMARY` does."""

_LIST = {"type": ["array", "null"], "items": {"type": "object"}}
SCHEMA = {
    "type": "object",
    "properties": {
        **dict.fromkeys(ARRAYS, _LIST),
        "user": {
            "description": "An identifier, reserved fields and custom attributes.",
            "type": "object",
        },
        "event": {
            "description": "Of that user, at the current time unless it says another.",
            "type": ["object", "null"],
        },
        "partner": {"type": ["string", "null"]},
        "group_id": True,
    },
}


@dataclass(frozen=True)
class Object:
    """One object to be sent, and the caller's place for it."""

    array: str
    index: int
    value: Any

    def place(self) -> dict[str, Any]:
        return {"array": self.array, "index": self.index}


@dataclass
class Payload:
    form: str
    """Either `body` or `conversation`."""
    objects: list[Object] = field(default_factory=list)
    partner: str | None = None
    others: dict[str, Any] = field(default_factory=dict)
    """What else the body carries. Braze ignores it."""


class Invalid(Exception):
    """A payload whose objects can't be told."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__(faults)
        self.faults = faults


def text(value: Any) -> bytes:
    """A value as it is sent. Raises `ValueError` for a number or a text that JSON can't hold."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def fault(pointer: str, reason: str, of: Object | None = None) -> dict[str, Any]:
    place = {"array": None, "index": None} if of is None else of.place()
    return {**place, "pointer": pointer, "type": reason}


def token(name: object) -> str:
    """A step of a JSON pointer."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def read(payload: Any) -> Payload:
    """The objects of a payload, or `Invalid`."""
    if not isinstance(payload, dict):
        raise Invalid([fault("", "the payload is not valid: expected an object")])
    is_body = any(name in payload for name in ARRAYS)
    is_conversation = "user" in payload or "event" in payload
    if is_body == is_conversation:
        arrays = "'attributes', 'events' {} 'purchases'"
        reason = (
            f"expected either {arrays.format('and')} or 'user' and 'event', not both"
            if is_body
            else f"expected {arrays.format('or')}, or else 'user' and 'event'"
        )
        raise Invalid([fault("", reason)])
    faults: list[dict[str, Any]] = []
    found = _body(payload, faults) if is_body else _conversation(payload, faults)
    partner = payload.get("partner")
    if partner is not None and not isinstance(partner, str):
        faults.append(fault("/partner", "'partner' is not valid: expected a string"))
    found.partner = partner
    try:
        text([found.partner, found.others])
    except ValueError:
        faults.append(fault("", "a number or a text in it cannot be read"))
    if not faults and not found.objects:
        faults.append(fault("", "the payload holds no object"))
    if faults:
        raise Invalid(faults)
    return found


def _body(payload: dict[str, Any], faults: list[dict[str, Any]]) -> Payload:
    found = Payload("body")
    for name in ARRAYS:
        items = payload.get(name)
        if items is not None and not isinstance(items, list):
            faults.append(fault(token(name), f"'{name}' is not valid: expected an array"))
            continue
        found.objects += [Object(name, index, item) for index, item in enumerate(items or ())]
    if "api_key" in payload:
        reason = "'api_key' does not belong in a payload: the key is a secret"
        faults.append(fault("/api_key", reason))
    known = (*ARRAYS, "partner", "api_key")
    found.others = {name: value for name, value in payload.items() if name not in known}
    return found


def _conversation(payload: dict[str, Any], faults: list[dict[str, Any]]) -> Payload:
    found = Payload("conversation")
    for name in payload:
        if name not in ("user", "event", "partner", "group_id"):
            reason = f"'{name}' does not belong beside 'user' and 'event'"
            faults.append(fault(token(name), reason))
    if "group_id" in payload:
        found.others["group_id"] = payload["group_id"]
    user, event = payload.get("user"), payload.get("event")
    if "user" not in payload:
        faults.append(fault("/user", "'user' is required"))
        return found
    for name, value in (("user", user), ("event", event)):
        if not isinstance(value, dict) and (name == "user" or value is not None):
            faults.append(fault(f"/{name}", f"'{name}' is not valid: expected an object"))
            return found
    assert isinstance(user, dict)  # noqa: S101
    rest = [name for name in user if name != "_update_existing_only"]
    says_who = len(rest) == 1 and rest[0] in PRIMARY + SECONDARY
    if event is None or not says_who:
        found.objects.append(Object("attributes", 0, user))
    if event is not None:
        found.objects.append(Object("events", 0, _event(user, event, faults)))
    return found


def _event(user: dict[str, Any], event: Any, faults: list[dict[str, Any]]) -> dict[str, Any]:
    """The event with what its user is looked up by, and a time."""
    of_user = [
        *lookup(user),
        *(["_update_existing_only"] if "_update_existing_only" in user else []),
    ]
    for name in event:
        if name in PRIMARY + SECONDARY or name == "_update_existing_only":
            place = Object("events", 0, event)
            faults.append(fault("/event" + token(name), f"'{name}' belongs in 'user'", place))
    full: dict[str, Any] = {name: user[name] for name in of_user} | event
    if full.get("time") is None:
        full["time"] = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())
    return full


def names_somebody(value: Any) -> bool:
    """An empty text and half an alias name nobody."""
    if isinstance(value, dict):
        return all(is_text(value.get(name)) for name in ("alias_name", "alias_label"))
    return is_text(value)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def lookup(user: dict[str, Any]) -> list[str]:
    """The identifiers that Braze looks this user up by."""
    primary = [name for name in PRIMARY if names_somebody(user.get(name))]
    secondary = [name for name in SECONDARY if names_somebody(user.get(name))]
    return primary or secondary[:1]
