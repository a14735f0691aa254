"""The texts that Braze reads as times."""

import re
from datetime import date

_TIME = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"(?:[Tt ](?P<clock>[0-9].*))?"
)
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{2})(?::?(?P<minute>[0-9]{2}))(?::?(?P<second>[0-9]{2})(?:[.,:][0-9]{1,9})?)?"
    r" *(?:[Zz]|[+-](?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})?)?"
)
_AMERICAN = re.compile(r"(?P<month>[0-9]{2})/(?P<day>[0-9]{2})/(?P<year>[0-9]{4})")
_SPELLED_OUT = re.compile(
    r"[^ ]{3} (?P<month>[0-9]+) (?P<day>[0-9]+) (?P<clock>[0-9:]+)\.[^ ]+ (?P<year>[0-9]+)"
)


def _exists(found: re.Match[str]) -> bool:
    try:
        date(*(int(found[name]) for name in ("year", "month", "day")))
    except ValueError:
        return False
    return True


def _is_clock(text: str) -> bool:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return False
    # 60 is a leap second.
    most = {"hour": 23, "minute": 59, "second": 60, "hours": 23, "minutes": 59}
    return all(int(found[name] or 0) <= bound for name, bound in most.items())


def is_time(value: object) -> bool:
    """Whether a value can be the time of an event or a purchase."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    return (
        found is not None
        and _exists(found)
        and (found["clock"] is None or _is_clock(found["clock"]))
    )


def is_attribute_time(value: object) -> bool:
    """Whether a value can be a time among a user's attributes."""
    if is_time(value) or not isinstance(value, str):
        return is_time(value)
    if found := _AMERICAN.fullmatch(value):
        return _exists(found)
    found = _SPELLED_OUT.fullmatch(value)
    return found is not None and _exists(found) and _is_clock(found["clock"])


def is_date(value: object) -> bool:
    """Whether a value is a date as `YYYY-MM-DD`."""
    return isinstance(value, str) and len(value) == 10 and "-" in value and is_time(value)
