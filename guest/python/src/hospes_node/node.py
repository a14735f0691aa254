"""The decorator that makes a node of a function."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from . import _decode, _encode, _host, _schema, _shape
from .context import Context, Secrets
from .failure import Failure
from .secret import Tokens

P = ParamSpec("P")
R = TypeVar("R")

_ROLES = ("payload", "params", "context")


@dataclass(frozen=True)
class Input:
    """A param or a secret that a node needs."""

    name: str
    required: bool
    summary: str


@dataclass(frozen=True)
class Call:
    """One execution, as the host hands it over."""

    payload: str
    params: str
    execution_id: str
    attempt: int
    env: str
    secrets: Sequence[str]
    variables: str
    remaining: float

    def context(self, tokens: Tokens) -> Context:
        return Context(
            execution_id=self.execution_id,
            attempt=self.attempt,
            env=self.env,
            secrets=Secrets(tokens),
            remaining=self.remaining,
            _variables=self.variables,
        )


class Node(Generic[P, R]):
    """A function as an action node. Calling it calls the function."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str,
        version: str,
        summary: str | None,
        egress: Sequence[str],
        secrets: Mapping[str, str],
        payload_schema: Mapping[str, object] | None = None,
    ) -> None:
        self.function = function
        self.name = name
        self.version = version
        self.summary = summary if summary is not None else _shape.first_line(function)
        self.is_async = inspect.iscoroutinefunction(function)
        self.egress = [_egress(one) for one in egress]
        self.secrets = [Input(name, True, summary) for name, summary in secrets.items()]
        hints = typing.get_type_hints(function, include_extras=True)
        self._roles = _roles(function)
        self._payload = hints.get("payload", Any)
        self._params = hints.get("params", Any)
        self.payload_schema = (
            _schema_of("payload", hints)
            if payload_schema is None
            else json.dumps(payload_schema, ensure_ascii=False)
        )
        self.params_schema = _schema_of("params", hints)
        self.result_schema = _schema_of("return", hints)
        params = _shape.plain(self._params)
        self.params = (
            [Input(one.name, one.required, one.summary) for one in _shape.members(params)]
            if _shape.is_object(params)
            else []
        )
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def execute(self, host: _host.Host, call: Call) -> str:
        """Does the node's work once, and returns the result as JSON."""
        with _host.entered(host, tokens := Tokens(call.secrets)):
            try:
                function: Callable[..., Any] = self.function
                result = function(**self._arguments(call, tokens))
                return self._result(result, tokens)
            except Failure as failure:
                raise _checked(failure, tokens) from None

    async def execute_async(self, host: _host.Host, call: Call) -> str:
        """As `execute`, for an `async def` node."""
        with _host.entered(host, tokens := Tokens(call.secrets)):
            try:
                function: Callable[..., Awaitable[Any]] = self.function  # type: ignore[assignment]
                result = await function(**self._arguments(call, tokens))
                return self._result(result, tokens)
            except Failure as failure:
                raise _checked(failure, tokens) from None

    def _arguments(self, call: Call, tokens: Tokens) -> Any:
        arguments: dict[str, Any] = {}
        if "payload" in self._roles:
            arguments["payload"] = _document(self._payload, call.payload, "payload")
        if "params" in self._roles:
            arguments["params"] = _document(self._params, call.params, "params")
            self._refuse_others(json.loads(call.params))
        if "context" in self._roles:
            arguments["context"] = call.context(tokens)
        return arguments

    def _refuse_others(self, params: Any) -> None:
        """Refuses params that a dataclass does not have: a misspelt one would be ignored."""
        if not dataclasses.is_dataclass(_shape.plain(self._params)):
            return
        names = [one.name for one in self.params]
        for name in params:
            if name not in names:
                known = ", ".join(names)
                message = f"params: `{name}` is unknown; this node has {known or 'none'}"
                raise Failure("invalid-params", message)

    def _result(self, result: object, tokens: Tokens) -> str:
        try:
            text = _encode.text(result, "the result")
        except _encode.NotJson as error:
            raise Failure("internal", str(error)) from None
        tokens.refuse_in("the result", text)
        return text


def node(
    *,
    name: str,
    version: str,
    summary: str | None = None,
    egress: Sequence[str] = (),
    secrets: Mapping[str, str] | None = None,
    payload_schema: Mapping[str, object] | None = None,
) -> Callable[[Callable[P, R]], Node[P, R]]:
    """Makes an action node of a function, `def` or `async def`.

    The function takes any of `payload`, `params` and `context`, by these names. The annotations of
    `payload`, of `params` and of what it returns become the schemas in the node's description:
    dataclasses, TypedDicts, lists, dicts, unions, enums and scalars.

    `summary` is one sentence for people; it defaults to the docstring's first paragraph. `egress`
    lists the requests the node wants to make, such as `POST {base_url}/users/track`. `secrets` has
    the secrets it names in requests, each with a sentence for people. `payload_schema` is the JSON
    Schema in the description of a node that checks its payload itself: annotate that with `Any`.
    """
    if not name or len(name.encode()) > 256:
        raise ValueError("a node's name has 1 to 256 bytes")
    if not re.fullmatch(r"\d+\.\d+\.\d+([-+].*)?", version):
        raise ValueError(f"the version {version!r} is not of the form 1.2.3")

    def wrap(function: Callable[P, R]) -> Node[P, R]:
        return Node(
            function,
            name=name,
            version=version,
            summary=summary,
            egress=egress,
            secrets=secrets or {},
            payload_schema=payload_schema,
        )

    return wrap


def _roles(function: Callable[..., Any]) -> list[str]:
    roles = list(inspect.signature(function).parameters)
    for role in roles:
        if role not in _ROLES:
            raise TypeError(f"a node has no parameter `{role}`; it takes payload, params, context")
    return roles


def _schema_of(role: str, hints: dict[str, Any]) -> str | None:
    if role not in hints:
        return None
    try:
        schema = _schema.schema(hints[role])
    except _shape.Inexpressible as error:
        what = "the result" if role == "return" else role
        raise _shape.Inexpressible(f"{what}: {error}") from None
    return json.dumps(schema, ensure_ascii=False)


def _egress(text: str) -> tuple[str, str]:
    method, _, url = text.partition(" ")
    if not url:
        raise ValueError(f"{text!r} is not a request; write it like 'POST {{base_url}}/users'")
    return method, url


def _document(shape: Any, text: str, role: str) -> Any:
    kind: Any = f"invalid-{role}"
    try:
        return _decode.decode(shape, json.loads(text), role)
    except _decode.Mismatch as mismatch:
        raise Failure(kind, str(mismatch)) from None


def _checked(failure: Failure, tokens: Tokens) -> Failure:
    """The failure, if a caller may see it."""
    try:
        tokens.refuse_in("a failure's message", failure.message)
        if failure.details is not None:
            tokens.refuse_in("a failure's details", _encode.text(failure.details, "the details"))
    except Failure as misused:
        return misused
    except _encode.NotJson as error:
        return Failure("internal", str(error))
    return failure
