"""JSON Schema (2020-12) from annotations."""

from __future__ import annotations

import types
from typing import Any

from . import _shape
from ._encode import encode
from ._shape import Inexpressible

_SCALARS: dict[Any, dict[str, Any]] = {
    Any: {},
    object: {},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    None: {"type": "null"},
    types.NoneType: {"type": "null"},
}

_INSTEAD = {
    bytes: "use `str`, with Base64 in it",
    set: "use `list`",
    frozenset: "use `list`",
    complex: "use two numbers",
}


def schema(shape: Any) -> dict[str, Any]:
    """The schema of a type. Dataclasses and TypedDicts are in `$defs`, but for the outermost."""
    definitions: dict[str, Any] = {}
    root = _Writer(definitions).write(shape)
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    name = root.get("$ref", "").removeprefix("#/$defs/")
    if name and not _mentions(definitions, name):
        root = definitions.pop(name)
    document.update(root)
    if definitions:
        document["$defs"] = definitions
    return document


def _mentions(part: Any, name: str) -> bool:
    if isinstance(part, dict):
        return part.get("$ref") == f"#/$defs/{name}" or any(
            _mentions(value, name) for value in part.values()
        )
    return isinstance(part, list) and any(_mentions(value, name) for value in part)


class _Writer:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._classes: dict[str, type] = {}

    def write(self, shape: Any) -> dict[str, Any]:
        shape = _shape.plain(shape)
        if isinstance(shape, type) or shape in (None, Any):
            scalar = _SCALARS.get(shape)
            if scalar is not None:
                return dict(scalar)
        if (alternatives := _shape.alternatives(shape)) is not None:
            return self._any_of(alternatives)
        if (literals := _shape.literals(shape)) is not None:
            return {"enum": [encode(value, "Literal") for value in literals]}
        if (items := _shape.items(shape)) is not None:
            return {"type": "array", "items": self.write(items)}
        if (values := _shape.values(shape)) is not None:
            return {"type": "object", "additionalProperties": self.write(values)}
        if _shape.is_enum(shape):
            return {"enum": [encode(member.value, shape.__name__) for member in shape]}
        if _shape.is_object(shape):
            return self._object(shape)
        instead = _INSTEAD.get(shape, "use dataclasses, TypedDicts, lists, dicts and scalars")
        raise Inexpressible(f"JSON can't express the type `{_shape.name_of(shape)}`; {instead}")

    def _any_of(self, alternatives: tuple[Any, ...]) -> dict[str, Any]:
        written = [self.write(alternative) for alternative in alternatives]
        if all(one.keys() == {"type"} for one in written):
            return {"type": [one["type"] for one in written]}
        return {"anyOf": written}

    def _object(self, cls: type) -> dict[str, Any]:
        name = cls.__name__
        if self._classes.setdefault(name, cls) is not cls:
            raise Inexpressible(f"two types are called `{name}`; give one of them another name")
        reference = {"$ref": f"#/$defs/{name}"}
        if name in self._definitions:
            return reference
        # Here before its members, which may be of the same type.
        written: dict[str, Any] = {"type": "object"}
        self._definitions[name] = written
        if description := _shape.first_line(cls):
            written["description"] = description
        properties: dict[str, Any] = {}
        required = []
        for member in _shape.members(cls):
            try:
                property_ = self.write(member.type)
            except Inexpressible as error:
                raise Inexpressible(f"{name}.{member.name}: {error}") from None
            if member.summary:
                property_["description"] = member.summary
            properties[member.name] = property_
            if member.required:
                required.append(member.name)
        written["properties"] = properties
        if required:
            written["required"] = required
        return reference
