"""Values as TOML."""

from __future__ import annotations

import json
import re
from typing import Any


class NotToml(ValueError):
    """A value that TOML can't express."""


def value(found: Any) -> str:
    """A literal of Python as a value in TOML."""
    match found:
        case bool():
            return "true" if found else "false"
        case str():
            return json.dumps(found, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int() if abs(found) < 2**63:
            return str(found)
        case float() if found == found and abs(found) != float("inf"):
            return repr(found)
        case list() | tuple():
            return "[" + ", ".join(value(one) for one in found) + "]"
        case dict() if all(isinstance(name, str) for name in found):
            return "{ " + ", ".join(f"{key(name)} = {value(found[name])}" for name in found) + " }"
        case _:
            raise NotToml(f"TOML can't express this {type(found).__name__}; leave it out or write another value")


def key(name: str) -> str:
    """A name as a key in TOML."""
    return name if is_bare(name) else value(name)


def is_bare(name: str) -> bool:
    """Whether a name needs no quotes."""
    return re.fullmatch(r"[A-Za-z0-9_-]+", name) is not None
