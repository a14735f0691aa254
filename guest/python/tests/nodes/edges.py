"""A node at the edges of what a component can do, for the tests of the host."""

import random
import uuid
from datetime import datetime
from typing import Any

from hospes_node import node


@node(name="edges", version="0.1.0")
def edges(payload: str) -> Any:
    """Does what the payload names."""
    return DEEDS[payload]()


def break_down() -> None:
    contact: dict[str, str] = {}
    contact["name"]


def draw() -> list[Any]:
    return [random.random(), str(uuid.uuid4())]


def import_late() -> list[Any]:
    import decimal

    return [
        datetime.strptime("2026-01-02", "%Y-%m-%d").day,
        "bücher.example".encode("idna").decode(),
        str(decimal.Decimal("0.1") * 3),
    ]


DEEDS = {"break": break_down, "draw": draw, "late": import_late}
