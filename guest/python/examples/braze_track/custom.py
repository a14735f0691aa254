"""The value of one custom attribute.

Braze cuts long texts and arrays silently, which is not a fault. But one bad value in a nested
object makes it drop all nested updates of the request silently, which is one.
"""

from typing import Any

from .checker import MOST_CHARS, Checker
from .payload import text
from .times import is_attribute_time

MOST_ARRAY = 100 * 1024
"""Bytes of an array of objects."""

NEEDED = {
    "$add": (),
    "$update": ("$identifier_key", "$identifier_value", "$new_object"),
    "$remove": ("$identifier_key", "$identifier_value"),
}


def check(name: str, value: Any, size: int, checker: Checker) -> None:
    if isinstance(value, list):
        with checker.within(name):
            _array(value, size, checker)
    elif isinstance(value, dict):
        _composite(name, value, size, checker)


def _array(items: list[Any], size: int, checker: Checker) -> None:
    objects = [(at, item) for at, item in enumerate(items) if isinstance(item, dict)]
    if objects and size > MOST_ARRAY and len(text(items)) > MOST_ARRAY:
        checker.fault("an array of objects must not exceed 100 KB")
    for at, item in objects:
        with checker.within(at):
            _nested(item, checker)


def _composite(name: str, fields: dict[str, Any], size: int, checker: Checker) -> None:
    """An instruction if all its members are of one family, else a nested object."""
    names = fields.keys()
    if names and names <= {"inc"}:
        if type(fields["inc"]) is not int:
            checker.not_valid(name, "a whole number for 'inc'")
    elif names and names <= {"add", "remove"}:
        if not all(isinstance(value, list) for value in fields.values()):
            checker.not_valid(name, "arrays for 'add' and 'remove'")
    elif names and names <= NEEDED.keys():
        for operation, items in fields.items():
            with checker.within(name, operation):
                _edit(operation, items, size, checker)
    else:
        with checker.within(name):
            _nested(fields, checker)


def _edit(operation: str, items: Any, size: int, checker: Checker) -> None:
    """One of the three ways to change an array of objects."""
    needed = NEEDED[operation]
    if isinstance(items, list) and all(
        isinstance(item, dict) and all(item.get(name) is not None for name in needed)
        for item in items
    ):
        _array(items, size, checker)
    else:
        names = "', '".join(needed)
        with_names = f" with '{names}'" if needed else ""
        checker.fault(f"'{operation}' expects an array of objects{with_names}")


def _nested(value: Any, checker: Checker) -> None:
    if value is None:
        checker.fault("a nested value must not be null")
    elif isinstance(value, str) and len(value) > MOST_CHARS:
        checker.fault("a nested text must not exceed 255 characters")
    elif isinstance(value, list):
        for at, item in enumerate(value):
            with checker.within(at):
                _nested(item, checker)
    elif isinstance(value, dict):
        for name, item in value.items():
            with checker.within(name):
                if len(name) > MOST_CHARS:
                    checker.fault("a nested name must not exceed 255 characters")
                elif name != "$time":
                    _nested(item, checker)
                elif not is_attribute_time(item):
                    checker.fault("'$time' is not valid: expected a time in ISO 8601")
