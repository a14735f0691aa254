"""From values to JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any


class NotJson(TypeError):
    """A value that JSON can't express. Says where."""


def encode(value: object, where: str) -> Any:
    """A value as `json` takes it. Says where it can't."""
    match value:
        case Enum():
            return encode(value.value, where)
        case None | bool() | int() | str():
            return value
        case float():
            if not math.isfinite(value):
                raise NotJson(f"{where} is {value}, which is not a number in JSON")
            return value
        case Mapping():
            for key in value:
                if not isinstance(key, str):
                    raise NotJson(f"{where} has a key that is not a text: {type(key).__name__}")
            return {key: encode(one, f"{where}.{key}") for key, one in value.items()}
        case list() | tuple():
            return [encode(one, f"{where}[{at}]") for at, one in enumerate(value)]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: encode(getattr(value, field.name), f"{where}.{field.name}")
                for field in dataclasses.fields(value)
            }
        case _:
            raise NotJson(f"{where} is of type {type(value).__name__}, which JSON can't express")


def text(value: object, where: str) -> str:
    """A value as a JSON document."""
    return json.dumps(encode(value, where), ensure_ascii=False, separators=(",", ":"))
