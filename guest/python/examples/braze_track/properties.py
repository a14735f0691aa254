"""The `properties` of an event or a purchase.

Names are checked at every depth, values hardly at all: Braze cuts a long text and omits a null.
"""

from collections.abc import Collection
from typing import Any

from .checker import MOST_CHARS, Checker
from .payload import text

WHAT = "Invalid 'properties' field: "


def check(
    fields: dict[str, Any], reserved: Collection[str], most: int, size: int, checker: Checker
) -> None:
    """`most` is in KB, `size` in bytes: that of the whole object."""
    properties = fields.get("properties")
    if properties is None:
        return
    with checker.within("properties"):
        if not isinstance(properties, dict):
            checker.fault(WHAT + "expected an object")
            return
        if size > most * 1024 and len(text(properties)) > most * 1024:
            checker.fault(f"{WHAT}more than {most} KB")
        for name in properties:
            if name in reserved:
                checker.fault(f"{WHAT}'{name}' is reserved", name)
        _names(properties, checker)


def _names(value: Any, checker: Checker) -> None:
    if isinstance(value, list):
        for at, item in enumerate(value):
            with checker.within(at):
                _names(item, checker)
    elif isinstance(value, dict):
        for name, item in value.items():
            with checker.within(name):
                if name == "":
                    checker.fault(WHAT + "a name is empty")
                elif name.startswith("$"):
                    checker.fault(WHAT + "a name starts with '$'")
                elif len(name) > MOST_CHARS:
                    checker.fault(WHAT + "a name exceeds 255 characters")
                _names(item, checker)
