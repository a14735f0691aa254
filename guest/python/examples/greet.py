from dataclasses import dataclass

from hospes_node import Context, Failure, log, node


@dataclass
class Payload:
    name: str
    """Who is greeted."""


@dataclass
class Greeting:
    greeting: str


@node(name="greet", version="0.1.0")
def greet(payload: Payload, context: Context) -> Greeting:
    """Greets people by name."""
    if not payload.name:
        raise Failure("invalid-payload", "the name is empty")
    log.info("greeting", attempt=context.attempt)
    return Greeting(f"Hello, {payload.name}.")
