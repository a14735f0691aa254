"""Greets by name."""

from dataclasses import dataclass

from hospes_node import Context, Failure, log, node


@dataclass
class Payload:
    name: str
    """Whom to greet."""


@dataclass
class Greeting:
    greeting: str


@node(name="@NAME@", version="0.1.0")
def greet(payload: Payload, context: Context) -> Greeting:
    """Greets by name."""
    if not payload.name:
        raise Failure("invalid-payload", "the name is empty")
    log.info("greeting", attempt=context.attempt)
    return Greeting(f"Hello, {payload.name}.")
