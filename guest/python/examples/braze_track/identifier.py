"""Whose object it is: exactly one primary identifier, or else an address or a phone number."""

import re
from typing import Any

from .checker import Checker
from .payload import PRIMARY, SECONDARY, names_somebody

NONE = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"
SEVERAL = "You must specify only one of 'external_id', 'user_alias' or 'braze_id'"
BAD_EMAIL = "The value provided for the 'email' field is not a valid email."

MOST_BYTES = 987
"""Of an `external_id`."""

_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f@,;<>\"()\[\]\\.]+(\.[^\s\x00-\x1f\x7f@,;<>\"()\[\]\\.]+)*")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_PHONE = re.compile(r"\+?[0-9 \-.()]*")


def check(fields: dict[str, Any], checker: Checker) -> None:
    with checker.in_user():
        _shapes(fields, checker)
        primary = [name for name in PRIMARY if names_somebody(fields.get(name))]
        secondary = [name for name in SECONDARY if names_somebody(fields.get(name))]
        if len(primary) > 1:
            checker.fault(SEVERAL)
        elif not primary and not secondary and checker.fine:
            # A malformed identifier has its fault already.
            checker.fault(NONE)
        elif not primary and secondary == ["phone"] and not _is_phone(fields["phone"]):
            checker.not_valid("phone", "a phone number, because it identifies the user")


def _shapes(fields: dict[str, Any], checker: Checker) -> None:
    for name in ("external_id", "braze_id", "phone"):
        checker.optional_text(fields, name)
    external_id, email = fields.get("external_id"), fields.get("email")
    if isinstance(external_id, str) and len(external_id.encode()) > MOST_BYTES:
        checker.fault("'external_id' must be fewer than 988 bytes", "external_id")
    if email not in (None, "") and not (isinstance(email, str) and is_email(email)):
        checker.fault(BAD_EMAIL, "email")
    alias = fields.get("user_alias")
    if isinstance(alias, dict):
        with checker.within("user_alias"):
            checker.optional_text(alias, "alias_name")
            checker.optional_text(alias, "alias_label")
    elif alias is not None:
        checker.not_valid("user_alias", "an object")
    if not isinstance(fields.get("_update_existing_only"), bool | None):
        checker.not_valid("_update_existing_only", "a boolean")


def _is_phone(number: str) -> bool:
    digits = sum(one.isascii() and one.isdigit() for one in number)
    return 7 <= digits <= 15 and _PHONE.fullmatch(number) is not None


def is_email(address: str) -> bool:
    local, at, host = address.rpartition("@")
    labels = host.split(".")
    top = labels[-1]
    return (
        bool(at)
        and len(local.encode()) <= 64
        and _LOCAL.fullmatch(local) is not None
        and len(host.encode()) <= 253
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) and "_" not in label for label in labels)
        and len(top) > 1
        and not (top.isascii() and top.isdigit())
    )
