"""Why an execution did not succeed."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal[
    "invalid-payload",
    "invalid-params",
    "denied",
    "unauthorized",
    "rejected",
    "partial",
    "rate-limited",
    "unavailable",
    "unknown",
    "protocol",
    "internal",
]
"""What a caller can do about a failure, and whether anything happened upstream."""

KINDS: tuple[str, ...] = get_args(Kind)
"""Every kind, in the contract's order."""


class Failure(Exception):
    """Ends the execution with a failure. Raise it.

    `message` is for people and contains no secrets and no personal data. `retry_after` is in
    seconds; the caller does not repeat before. `details` is for programs: anything that JSON can
    express.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        retry_after: float | None = None,
        details: object = None,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not a kind of failure; the kinds are {', '.join(KINDS)}")
        super().__init__(kind, message)
        self.kind: Kind = kind
        self.message = message
        self.retry_after = retry_after
        self.details = details

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
