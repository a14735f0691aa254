"""Finds every object that Braze is known to refuse, before anything is sent.

A fault is what Braze answers with an error, or what makes it drop data silently. What it only
ignores, cuts or stores as a custom attribute is not a fault.
"""

from collections.abc import Callable
from typing import Any

from . import attributes, identifier, properties
from .checker import MOST_CHARS, Checker, Faults
from .payload import Object, text
from .times import is_time


def check(form: str, one: Object, faults: Faults) -> bool:
    """Checks one object, and says whether it can be sent."""
    checker = Checker(form, one, faults)
    if not isinstance(one.value, dict):
        checker.fault("expected an object")
        return False
    try:
        size = len(text(one.value))
    except ValueError:
        checker.fault("a number or a text in it cannot be read")
        return False
    identifier.check(one.value, checker)
    _OF_ARRAY[one.array](one.value, size, checker)
    return checker.fine


def too_large(form: str, one: Object, faults: Faults) -> None:
    """Notes an object that no request can hold."""
    Checker(form, one, faults).fault("the object alone is larger than max_bytes allows")


def _event(fields: dict[str, Any], size: int, checker: Checker) -> None:
    _name(fields, "name", checker)
    _time(fields, checker)
    checker.optional_text(fields, "app_id")
    properties.check(fields, ("time", "event_name"), 100, size, checker)


def _purchase(fields: dict[str, Any], size: int, checker: Checker) -> None:
    _name(fields, "product_id", checker)
    currency = checker.required_text(fields, "currency")
    if currency is not None and not (
        len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()
    ):
        checker.not_valid("currency", "a code of ISO 4217")
    price = fields.get("price")
    if price is None:
        checker.fault("'price' is required", "price")
    elif type(price) not in (int, float):
        checker.not_valid("price", "a number")
    _time(fields, checker)
    quantity = fields.get("quantity", 1)
    if quantity is not None and not (type(quantity) is int and 1 <= quantity <= 100):
        checker.fault("'quantity' is not valid", "quantity")
    checker.optional_text(fields, "app_id")
    reserved = ("time", "product_id", "quantity", "event_name", "price", "currency")
    properties.check(fields, reserved, 50, size, checker)


def _name(fields: dict[str, Any], name: str, checker: Checker) -> None:
    value = checker.required_text(fields, name)
    if value is not None and len(value) > MOST_CHARS:
        checker.not_valid(name, f"at most {MOST_CHARS} characters")


def _time(fields: dict[str, Any], checker: Checker) -> None:
    value = checker.required_text(fields, "time")
    if value is not None and not is_time(value):
        checker.not_valid("time", "a time in ISO 8601")


_OF_ARRAY: dict[str, Callable[[dict[str, Any], int, Checker], None]] = {
    "attributes": attributes.check,
    "events": _event,
    "purchases": _purchase,
}
