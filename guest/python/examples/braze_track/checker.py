"""Where in a payload the check is, and the faults it has found so far."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .payload import Object, fault, token

MOST_CHARS = 255
"""Characters of the longest name of anything."""

MOST_LISTED = 256 * 1024
"""Bytes of faults that are listed. A failure has its limits, too."""


class Faults:
    """The faults of a payload."""

    def __init__(self) -> None:
        self.list: list[dict[str, Any]] = []
        self.omitted = 0
        self._bytes = 0

    @property
    def found(self) -> bool:
        return bool(self.list)

    def add(self, one: dict[str, Any]) -> None:
        self._bytes += len(one["type"].encode()) + len(one["pointer"].encode(errors="replace")) + 64
        if self._bytes > MOST_LISTED and self.list:
            self.omitted += 1
        else:
            self.list.append(one)


class Checker:
    """Where in an object the check is, and whether it has found a fault."""

    def __init__(self, form: str, of: Object, faults: Faults) -> None:
        self.fine = True
        self._object = of
        self._faults = faults
        is_body = form == "body"
        place = f"/{of.array}/{of.index}"
        self._base = place if is_body else "/event" if of.array == "events" else "/user"
        # In a conversation, the event's identifier stands in `user`.
        self._base_of_user = place if is_body else "/user"
        self._path = ""

    @contextmanager
    def within(self, *steps: object) -> Iterator[None]:
        before = self._path
        self._path += "".join(map(token, steps))
        yield
        self._path = before

    @contextmanager
    def in_user(self) -> Iterator[None]:
        base, self._base = self._base, self._base_of_user
        yield
        self._base = base

    def fault(self, reason: str, *steps: object) -> None:
        self.fine = False
        with self.within(*steps):
            self._faults.add(fault(self._base + self._path, reason, self._object))

    def not_valid(self, name: str, expected: str) -> None:
        self.fault(f"'{name}' is not valid: expected {expected}", name)

    def required_text(self, fields: dict[str, Any], name: str) -> str | None:
        value = fields.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            self.fault(f"'{name}' is required", name)
        elif isinstance(value, str):
            return value
        else:
            self.not_valid(name, "a string")
        return None

    def optional_text(self, fields: dict[str, Any], name: str) -> None:
        if not isinstance(fields.get(name), str | None):
            self.not_valid(name, "a string")
