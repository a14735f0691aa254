"""Secrets: named by the node, inserted by the host, never seen by the node.

There are two forms. `secret("key", prefix="Bearer ")` names one outright. `context.secrets["key"]`
is a text that stands for one, for libraries that only take text: the SDK finds it again in a
header's value. Such a text is drawn anew for each execution, so that no payload can hold it.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable
from dataclasses import dataclass

from .failure import Failure


@dataclass(frozen=True)
class Secret:
    """A secret as a header's value: the host puts its value after `prefix`."""

    name: str
    prefix: str = ""


def secret(name: str, prefix: str = "") -> Secret:
    """Names a secret, to be used as a header's value.

    `prefix` goes before the value, such as `Bearer ` with its space. Defaults to nothing.
    """
    return Secret(name, prefix)


class SecretMisused(Failure):
    """A secret's text stands where only the host could replace it. Its kind is `internal`."""

    def __init__(self, name: str, where: str) -> None:
        super().__init__(
            "internal",
            f"the secret `{name}` stands in {where}; it can only be used as a header's value, "
            "with nothing after it",
        )


class Tokens:
    """The texts that stand for the secrets of one execution."""

    def __init__(self, names: Iterable[str]) -> None:
        # From the host, for each execution: a seed would be part of the component.
        self._names = {f"hospes-secret-{os.urandom(16).hex()}": name for name in names}
        self.by_name = {name: token for token, name in self._names.items()}

    def header(self, header: str, value: str) -> str | Secret:
        """A header's value as the host takes it."""
        for token, name in self._names.items():
            if value.endswith(token):
                prefix = value.removesuffix(token)
                self.refuse_in(f"the prefix in the header `{header}`", prefix)
                return Secret(name, prefix)
        self.refuse_in(f"the middle of the header `{header}`", value)
        scheme, _, credentials = value.partition(" ")
        if scheme.lower() == "basic":
            try:
                text = base64.b64decode(credentials).decode("latin-1")
            except binascii.Error:
                text = ""
            self.refuse_in(f"the Base64 of the header `{header}`", text)
        return value

    def refuse_in(self, where: str, text: str | bytes) -> None:
        """Raises if one of the tokens is in a text."""
        if isinstance(text, bytes):
            text = text.decode("latin-1")
        for token, name in self._names.items():
            # An encoding of URLs may change the case.
            if token in text or token in text.lower():
                raise SecretMisused(name, where)
