"""What a node knows about one execution."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .secret import Tokens


class Secrets(Mapping[str, str]):
    """The secrets that this node may use, by name.

    The values are texts that stand for secrets. One can only be used as a header's value, with or
    without a prefix before it; anywhere else it is an error that names the secret.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def __getitem__(self, name: str) -> str:
        try:
            return self._tokens.by_name[name]
        except KeyError:
            granted = ", ".join(self) or "none"
            message = f"no secret `{name}` is granted to this node; granted: {granted}"
            raise KeyError(message) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens.by_name)

    def __len__(self) -> int:
        return len(self._tokens.by_name)


@dataclass(frozen=True)
class Context:
    """What a node knows about one execution."""

    execution_id: str
    """The same for every attempt of an execution, and unique to it: an idempotency key."""
    attempt: int
    """1 for the first attempt, 2 for the first retry, and so on."""
    env: str
    """The environment whose params apply, such as `sandbox` or `prod`."""
    secrets: Secrets
    """The secrets that this node may use."""
    remaining: float
    """Seconds until the host ends this execution, counted from the start of the call."""
    _variables: str = field(default="{}", repr=False)

    @cached_property
    def variables(self) -> dict[str, Any]:
        """What the flow has collected so far. Parsed on first use."""
        variables: dict[str, Any] = json.loads(self._variables)
        return variables
