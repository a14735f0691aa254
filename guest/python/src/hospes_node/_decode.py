"""From JSON to typed values."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any

from . import _shape


class Mismatch(ValueError):
    """A document that is not what a type says. Says where and what was expected, not the value."""


def decode(shape: Any, value: Any, where: str) -> Any:
    """A value of that type."""
    shape = _shape.plain(shape)
    if shape in (Any, object):
        return value
    if (alternatives := _shape.alternatives(shape)) is not None:
        return _first(alternatives, value, where)
    if (literals := _shape.literals(shape)) is not None:
        for literal in literals:
            if literal == value and type(literal) is type(value):
                return literal
        raise Mismatch(f"{where}: expected one of {_listed(literals)}")
    if (items := _shape.items(shape)) is not None:
        found = _of(list, value, where)
        decoded = [decode(items, one, f"{where}[{at}]") for at, one in enumerate(found)]
        return tuple(decoded) if typing.get_origin(shape) is tuple else decoded
    if (values := _shape.values(shape)) is not None:
        found = _of(dict, value, where)
        return {key: decode(values, one, f"{where}.{key}") for key, one in found.items()}
    if _shape.is_enum(shape):
        return _member(shape, value, where)
    if _shape.is_object(shape):
        return _object(shape, value, where)
    return _of(shape, value, where)


def _first(alternatives: tuple[Any, ...], value: Any, where: str) -> Any:
    mismatches = []
    for alternative in alternatives:
        try:
            return decode(alternative, value, where)
        except Mismatch as mismatch:
            mismatches.append(mismatch)
    # `T | None` with something in it: what is wrong is in T.
    rest = [one for one in alternatives if one not in (None, types.NoneType)]
    if len(rest) == 1:
        raise mismatches[alternatives.index(rest[0])]
    names = ", ".join(_shape.name_of(_shape.plain(one)) for one in alternatives)
    raise Mismatch(f"{where}: expected one of {names}, found {_found(value)}")


def _object(cls: Any, value: Any, where: str) -> Any:
    found = _of(dict, value, where)
    decoded = {}
    for member in _shape.members(cls):
        if member.name in found:
            decoded[member.name] = decode(member.type, found[member.name], f"{where}.{member.name}")
        elif member.required:
            raise Mismatch(f"{where}: `{member.name}` is missing")
    if not dataclasses.is_dataclass(cls):
        return decoded
    try:
        made: Any = cls
        return made(**decoded)
    except ValueError as error:
        # From its `__post_init__`.
        raise Mismatch(f"{where}: {error}") from None


def _member(enum: Any, value: Any, where: str) -> Any:
    for member in enum:
        if member.value == value and type(member.value) is type(value):
            return member
    raise Mismatch(f"{where}: expected one of {_listed([member.value for member in enum])}")


_NAMES: dict[Any, str] = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
    list: "an array",
    dict: "an object",
    None: "null",
    types.NoneType: "null",
}


def _of(shape: Any, value: Any, where: str) -> Any:
    """A value of a type that JSON has itself."""
    match shape, value:
        case (None | types.NoneType, None):
            return None
        case (_, bool()) if shape is not bool:
            pass
        case (_, float()) if shape is int and value.is_integer():
            # 2.0 is an integer in JSON Schema.
            return int(value)
        case (_, int()) if shape is float:
            return float(value)
        case _ if isinstance(shape, type) and isinstance(value, shape):
            return value
    expected = _NAMES.get(shape, _shape.name_of(shape))
    raise Mismatch(f"{where}: expected {expected}, found {_found(value)}")


def _found(value: Any) -> str:
    return _NAMES.get(type(value), type(value).__name__)


def _listed(values: Any) -> str:
    return ", ".join(repr(value) for value in values)
