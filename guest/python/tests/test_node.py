"""What a function says about itself, and what becomes of its payload and its result."""

import json
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from hospes_node import Context, Failure, log, node
from hospes_node.testing import Host, Record


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Item(TypedDict):
    id: int
    note: NotRequired[str]


@dataclass
class Tree:
    """A tree of trees."""

    name: str
    """What it is called."""
    children: list["Tree"] = field(default_factory=list)


@dataclass
class Order:
    items: list[Item]
    colour: Colour = Colour.RED
    speed: Literal["slow", "fast"] = "slow"
    tree: Tree | None = None
    price: Annotated[float, "In euros."] = 0.0
    tags: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError("there are no items")


@node(name="order", version="1.2.3")
def order(payload: Order) -> Order:
    """Takes an order.

    And gives it back.
    """
    return payload


def test_annotations_and_docstrings_become_the_description() -> None:
    assert (order.name, order.version, order.summary) == ("order", "1.2.3", "Takes an order.")
    assert json.loads(order.payload_schema or "") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
            "colour": {"enum": ["red", "blue"]},
            "speed": {"enum": ["slow", "fast"]},
            "tree": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]},
            "price": {"type": "number", "description": "In euros."},
            "tags": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["items"],
        "$defs": {
            "Item": {
                "type": "object",
                "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
                "required": ["id"],
            },
            "Tree": {
                "type": "object",
                "description": "A tree of trees.",
                "properties": {
                    "name": {"type": "string", "description": "What it is called."},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
                },
                "required": ["name"],
            },
        },
    }


def test_a_payload_becomes_typed_values_and_json_again() -> None:
    payload = {
        "items": [{"id": 1}, {"id": 2.0, "note": "x"}],
        "colour": "blue",
        "tree": {"name": "a", "children": [{"name": "b"}]},
        "price": 3,
        "unknown": "is ignored",
    }
    assert Host().run(order, payload) == {
        "items": [{"id": 1}, {"id": 2, "note": "x"}],
        "colour": "blue",
        "speed": "slow",
        "tree": {"name": "a", "children": [{"name": "b", "children": []}]},
        "price": 3.0,
        "tags": {},
    }


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ([], "payload: expected an object, found an array"),
        ({}, "payload: `items` is missing"),
        ({"items": []}, "payload: there are no items"),
        ({"items": [{"id": "1"}]}, "payload.items[0].id: expected an integer, found a string"),
        ({"items": [{"id": True}]}, "payload.items[0].id: expected an integer, found a boolean"),
        ({"items": [{"id": 1}], "colour": "x"}, "payload.colour: expected one of 'red', 'blue'"),
        ({"items": [{"id": 1}], "tree": {}}, "payload.tree: `name` is missing"),
        (
            {"items": [{"id": 1}], "tags": {"a": None}},
            "payload.tags.a: expected an integer, found null",
        ),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_and_says_where(payload: Any, message: str) -> None:
    with pytest.raises(Failure) as raised:
        Host().run(order, payload)
    assert (raised.value.kind, raised.value.message) == ("invalid-payload", message)


def test_params_that_do_not_fit_are_the_operators() -> None:
    @dataclass
    class Params:
        url: str

    @node(name="n", version="1.0.0")
    def read(params: Params) -> str:
        return params.url

    assert Host(params={"url": "x"}).run(read) == "x"
    with pytest.raises(Failure, match="invalid-params: params: `url` is missing"):
        Host().run(read)


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (bytes, "JSON can't express the type `bytes`; use `str`, with Base64 in it"),
        (set[int], "JSON can't express the type"),
        (dict[int, str], "the keys of a JSON object are `str`"),
        (Path, "JSON can't express the type `Path`"),
    ],
)
def test_a_type_that_json_cannot_express_is_refused_with_what_to_use(
    annotation: Any, message: str
) -> None:
    def work(payload: Any) -> None: ...

    work.__annotations__["payload"] = annotation
    with pytest.raises(TypeError) as raised:
        node(name="n", version="1.0.0")(work)
    assert str(raised.value).startswith("payload: ")
    assert message in str(raised.value)


def test_the_host_tells_the_node_about_its_execution_and_keeps_its_logs() -> None:
    @node(name="n", version="1.0.0")
    def tell(context: Context) -> list[Any]:
        log.warn("careful", attempt=context.attempt)
        return [context.env, context.execution_id, list(context.secrets), context.variables]

    host = Host(env="prod", secrets=["key"], attempt=2, variables={"a": 1})
    assert host.run(tell) == ["prod", "test-execution", ["key"], {"a": 1}]
    assert host.logs == [Record("warn", "careful", {"attempt": "2"})]


def test_a_result_that_json_cannot_express_says_where() -> None:
    @node(name="n", version="1.0.0")
    def wrong() -> Any:
        return {"a": [1, float("nan")]}

    with pytest.raises(Failure, match=r"internal: the result\.a\[1\] is nan"):
        Host().run(wrong)


def test_a_function_with_other_parameters_or_a_wrong_version_is_refused() -> None:
    with pytest.raises(TypeError, match="no parameter `user`; it takes payload, params, context"):

        @node(name="n", version="1.0.0")
        def wrong(user: str) -> None: ...

    with pytest.raises(ValueError, match="the version '1' is not of the form"):
        node(name="n", version="1")


def test_the_package_has_the_contract() -> None:
    root = Path(__file__).parents[3] / "wit"
    package = Path(__file__).parents[1] / "src/hospes_node/wit"
    assert {file.name: file.read_text() for file in package.iterdir()} == {
        file.name: file.read_text() for file in root.iterdir()
    }
