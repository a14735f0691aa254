"""One attributes object: the reserved fields by their rules, anything else as a custom attribute.

Reserved names are lower-case: `firstName` is a custom attribute. Null clears a field.
"""

from collections.abc import Callable
from typing import Any

from . import custom
from .checker import Checker
from .payload import is_text
from .times import is_attribute_time, is_date

JUDGED = ("external_id", "braze_id", "user_alias", "phone", "_update_existing_only", "time_zone")
"""By the rules for identifiers, or not at all."""

TEXTS = ("first_name", "last_name", "home_city", "country", "language", "image_url")
TIMES = ("date_of_first_session", "date_of_last_session", "marked_email_as_spam_at")
FLAGS = ("email_open_tracking_disabled", "email_click_tracking_disabled", "_merge_objects")
STATES = ("subscribed", "unsubscribed")


def check(fields: dict[str, Any], size: int, checker: Checker) -> None:
    for name, value in fields.items():
        if name == "email_subscription_info":
            checker.fault("INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO", name)
        elif value is not None and name not in JUDGED:
            _field(name, value, size, checker)
    _push_token_import(fields, checker)


def _field(name: str, value: Any, size: int, checker: Checker) -> None:
    expected = _expected(name, value)
    if expected is not None:
        if expected:
            checker.not_valid(name, expected)
    elif name == "email":
        if value == "":
            checker.fault("The value provided for the 'email' field is not a valid email.", name)
    elif name in ("email_subscribe", "push_subscribe"):
        if value not in (*STATES, "opted_in"):
            reason = f"'{name}' must be 'subscribed', 'unsubscribed', or 'opted_in'"
            checker.fault(reason, name)
    elif name == "current_location":
        if not _is_location(value):
            checker.fault("BAD_LOCATION_UPDATE", name)
    elif name == "subscription_groups":
        _each(name, value, "BAD_SUBSCRIPTION_GROUP_ARRAY", checker, _subscription_group)
    elif name == "push_tokens":
        _each(name, value, "BAD_PUSH_TOKEN_VALUE", checker, _push_token)
    else:
        custom.check(name, value, size, checker)


def _expected(name: str, value: Any) -> str | None:
    """What a field should have been, `""` if it is that, None for a field of another sort."""
    if name in TEXTS:
        fits, expected = isinstance(value, str), "a string"
    elif name in TIMES:
        fits, expected = is_attribute_time(value), "a time in ISO 8601"
    elif name in (*FLAGS, "push_token_import"):
        fits, expected = isinstance(value, bool), "a boolean"
    elif name in ("facebook", "twitter"):
        fits, expected = isinstance(value, dict), "an object"
    elif name == "dob":
        fits, expected = is_date(value), "a date as YYYY-MM-DD"
    elif name == "gender":
        fits = value in ("M", "F", "O", "N", "P")
        expected = "'M', 'F', 'O', 'N' or 'P'"
    else:
        return None
    return "" if fits else expected


def _is_location(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    longitude, latitude = value.get("longitude"), value.get("latitude")
    return _is_within(longitude, 180) and _is_within(latitude, 90)


def _is_within(number: Any, most: int) -> bool:
    return type(number) in (int, float) and abs(number) <= most


def _each(
    name: str,
    value: Any,
    no_array: str,
    checker: Checker,
    reason_of: Callable[[Any], str | None],
) -> None:
    if not isinstance(value, list):
        checker.fault(no_array, name)
        return
    for index, item in enumerate(value):
        if reason := reason_of(item):
            checker.fault(reason, name, index)


def _subscription_group(group: Any) -> str | None:
    if not isinstance(group, dict) or not isinstance(
        group.get("use_double_opt_in_logic"), bool | None
    ):
        return "BAD_SUBSCRIPTION_GROUP_HASH"
    if not is_text(group.get("subscription_group_id")):
        return "BAD_SUBSCRIPTION_GROUP_ID"
    if group.get("subscription_state") not in STATES:
        return "BAD_SUBSCRIPTION_GROUP_STATE"
    return None


def _push_token(token: Any) -> str | None:
    if not isinstance(token, dict):
        return "BAD_PUSH_TOKEN_VALUE"
    if not is_text(token.get("app_id")):
        return "BAD_PUSH_TOKEN_APP_ID"
    if not is_text(token.get("token")):
        return "BAD_PUSH_TOKEN_STRING"
    device = token.get("device_id")
    if device is not None and not (isinstance(device, str) and 8 <= len(device.encode()) <= 255):
        return "BAD_DEVICE_ID"
    return None


def _push_token_import(fields: dict[str, Any], checker: Checker) -> None:
    """An import brings tokens, and names nobody by `external_id` or `braze_id`."""
    if fields.get("push_token_import") is not True:
        return
    tokens = fields.get("push_tokens")
    is_named = is_text(fields.get("external_id")) or is_text(fields.get("braze_id"))
    if not isinstance(tokens, list) or not tokens or is_named:
        checker.fault("BAD_PUSH_TOKEN_IMPORT", "push_token_import")
