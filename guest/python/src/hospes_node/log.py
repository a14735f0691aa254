"""Log records, kept with the execution's outcome.

    log.info("greeting", attempt=context.attempt)

The host bounds the number and the size of an execution's records, escapes control characters and
blanks secrets. `print` writes a record, too.
"""

from __future__ import annotations

from typing import Literal

from . import _host

Level = Literal["trace", "debug", "info", "warn", "error"]


def log(level: Level, message: str, /, **fields: object) -> None:
    """Writes a record of any level."""
    _host.log(level, str(message), [(name, str(value)) for name, value in fields.items()])


def trace(message: str, /, **fields: object) -> None:
    """Writes a record with every detail, for debugging."""
    log("trace", message, **fields)


def debug(message: str, /, **fields: object) -> None:
    """Writes a record for the node's author."""
    log("debug", message, **fields)


def info(message: str, /, **fields: object) -> None:
    """Writes a record for the operator: normal operation."""
    log("info", message, **fields)


def warn(message: str, /, **fields: object) -> None:
    """Writes a record for the operator: something to look at."""
    log("warn", message, **fields)


def error(message: str, /, **fields: object) -> None:
    """Writes a record for the operator: something is broken."""
    log("error", message, **fields)
