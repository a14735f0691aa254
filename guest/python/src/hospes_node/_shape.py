"""The shapes that annotations describe: one reading for schema, decoding and encoding."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import textwrap
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin


class Inexpressible(TypeError):
    """A type that JSON can't express."""


@dataclass(frozen=True)
class Member:
    """A member of an object."""

    name: str
    type: Any
    required: bool
    summary: str


def members(cls: type) -> list[Member]:
    """The members of a dataclass or TypedDict, in order."""
    hints = typing.get_type_hints(cls, include_extras=True)
    summaries = _docstrings(cls)
    if typing.is_typeddict(cls):
        return [_typed_dict_member(cls, name, hint, summaries) for name, hint in hints.items()]
    return [
        Member(
            name=field.name,
            type=hints[field.name],
            required=field.default is dataclasses.MISSING
            and field.default_factory is dataclasses.MISSING,
            summary=_annotated(hints[field.name]) or summaries.get(field.name, ""),
        )
        for field in dataclasses.fields(cls)
        if field.init
    ]


def _typed_dict_member(cls: type, name: str, hint: Any, summaries: dict[str, str]) -> Member:
    required = name in cls.__required_keys__  # type: ignore[attr-defined]
    while get_origin(hint) in (NotRequired, Required):
        required = get_origin(hint) is Required
        (hint,) = get_args(hint)
    return Member(name, hint, required, _annotated(hint) or summaries.get(name, ""))


def is_object(shape: Any) -> bool:
    """Whether a type is a dataclass or a TypedDict."""
    return isinstance(shape, type) and (
        dataclasses.is_dataclass(shape) or typing.is_typeddict(shape)
    )


def is_enum(shape: Any) -> bool:
    """Whether a type is an enumeration of JSON values."""
    return isinstance(shape, type) and issubclass(shape, Enum)


def plain(shape: Any) -> Any:
    """A type without what is said about it."""
    while True:
        if get_origin(shape) is Annotated:
            shape = get_args(shape)[0]
        elif isinstance(shape, typing.NewType):
            shape = shape.__supertype__
        elif type(shape).__name__ == "TypeAliasType":
            shape = shape.__value__
        else:
            return shape


def alternatives(shape: Any) -> tuple[Any, ...] | None:
    """The alternatives of a union."""
    if get_origin(shape) in (Union, types.UnionType):
        return get_args(shape)
    return None


def items(shape: Any) -> Any | None:
    """What a list holds; None for what is not a list."""
    if shape is list:
        return Any
    if get_origin(shape) in (list, Sequence):
        return get_args(shape)[0]
    arguments = get_args(shape)
    if get_origin(shape) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return arguments[0]
    return None


def values(shape: Any) -> Any | None:
    """What an object with any keys holds; None for what is no such object."""
    if shape is dict:
        return Any
    if get_origin(shape) in (dict, Mapping):
        key, value = get_args(shape)
        if plain(key) is not str:
            raise Inexpressible(f"{name_of(shape)}: the keys of a JSON object are `str`")
        return value
    return None


def literals(shape: Any) -> tuple[Any, ...] | None:
    """The values of a `Literal`."""
    return get_args(shape) if get_origin(shape) is Literal else None


def name_of(shape: Any) -> str:
    """A type's name, for people."""
    return shape.__name__ if isinstance(shape, type) and not get_args(shape) else str(shape)


def first_line(documented: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    text = inspect.getdoc(documented) if getattr(documented, "__doc__", None) else None
    if not text or text.startswith(f"{getattr(documented, '__name__', '')}("):
        # A dataclass without a docstring gets its signature for one.
        return ""
    return " ".join(text.split("\n\n")[0].split())


def _annotated(hint: Any) -> str:
    """The text in `Annotated[..., "text"]`."""
    if get_origin(hint) is not Annotated:
        return ""
    return next((text for text in get_args(hint)[1:] if isinstance(text, str)), "")


def _docstrings(cls: type) -> dict[str, str]:
    """The texts below the members of a class."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__ if not typing.is_typeddict(cls) else (cls,)):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError, SyntaxError):
            continue
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for member, below in itertools.pairwise(body):
            match member, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    found[name] = " ".join(inspect.cleandoc(text).split())
    return found
