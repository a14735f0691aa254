"""Action nodes in the template's form: a class with `execute(self, log, payload, context)`.

    class Welcome:
        def execute(self, log, payload=None, context=None):
            url = app.PARAMS[context['env']]['crm_url']
            ...
            return {'success': 'true'}

Such a class runs as it is. `{'success': 'error'}` becomes a failure of kind `unknown`: the class
does not say whether anything has happened upstream.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from . import log as _log
from .context import Context
from .failure import Failure
from .node import Input, Node

_EXECUTION: ContextVar[tuple[str, Mapping[str, Any]] | None] = ContextVar(
    "hospes_node_template", default=None
)


class Settings(Mapping[str, Mapping[str, Any]]):
    """`app.PARAMS`: the settings of the environment that the execution runs in.

    A setting is a param, or the text that stands for the secret of that name. See
    `hospes_node.Secrets` for what can be done with such a text.
    """

    def __getitem__(self, env: str) -> Mapping[str, Any]:
        execution = _EXECUTION.get()
        if execution is None:
            raise RuntimeError(
                "app.PARAMS outside of an execution: read it in `execute`, not while the module "
                "is imported"
            )
        if env != execution[0]:
            raise KeyError(f"the environment is {execution[0]!r}; app.PARAMS has no {env!r}")
        return execution[1]

    def __iter__(self) -> Iterator[str]:
        execution = _EXECUTION.get()
        return iter(() if execution is None else (execution[0],))

    def __len__(self) -> int:
        return sum(1 for _ in self)


PARAMS = Settings()


class _Values(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        raise KeyError(
            f"the setting `{name}` is neither a param nor a secret of this node; the solution file "
            "grants it in `params` or `secrets`"
        )


class Log:
    """The template's `log`: called with a text, it writes a record for the operator."""

    def __call__(self, message: object, *_: object) -> None:
        _log.info(str(message))

    def debug(self, message: object) -> None:
        _log.debug(str(message))

    def info(self, message: object) -> None:
        _log.info(str(message))

    def warning(self, message: object) -> None:
        _log.warn(str(message))

    def error(self, message: object) -> None:
        _log.error(str(message))


def node_of(
    cls: type, *, params: Sequence[str] = (), secrets: Sequence[str] = ()
) -> Node[Any, Any]:
    """A class in the template's form as a node. Its name is that of the class, in kebab case."""

    def execute(payload: Any, params: dict[str, Any], context: Context) -> Any:
        _settings_of(cls)
        values = _Values({**params, **context.secrets})
        before = _EXECUTION.set((context.env, values))
        try:
            result = cls().execute(Log(), payload, _context(context))
            if inspect.isawaitable(result):
                raise TypeError(f"{cls.__name__}.execute is async; an async node is a function")
        finally:
            _EXECUTION.reset(before)
        return _checked(result)

    node = Node(
        execute,
        name=kebab(cls.__name__),
        version="0.1.0",
        summary=_summary(cls),
        egress=(),
        secrets=dict.fromkeys(secrets, ""),
    )
    node.payload_schema = node.params_schema = node.result_schema = None
    node.params = [Input(name, False, "") for name in params]
    return node


def _settings_of(cls: type) -> None:
    """Gives the module `app` that the class uses the settings of its executions.

    A component holds them from the start; here they matter to a test, which imports the real file.
    """
    app: Any = getattr(sys.modules.get(cls.__module__), "app", None)
    if hasattr(app, "PARAMS"):
        app.PARAMS = PARAMS


def _context(context: Context) -> dict[str, Any]:
    return {
        "env": context.env,
        "execution_id": context.execution_id,
        "attempt": context.attempt,
        "variables": context.variables,
    }


def _checked(result: Any) -> Any:
    if isinstance(result, Mapping) and result.get("success") == "error":
        details = {key: value for key, value in result.items() if key != "success"}
        raise Failure(
            "unknown",
            "the node returned {'success': 'error'}; its log may say why",
            details=details or None,
        )
    return result


def kebab(name: str) -> str:
    """The name of a class as the name of a node."""
    written = "".join(
        "-" + letter if letter.isupper() and at and not name[at - 1].isupper() else letter
        for at, letter in enumerate(name)
    )
    return written.lower().replace("_", "-")


def _summary(cls: type) -> str:
    """The first sentence that the class or its module says about itself."""
    text = cls.__doc__ or getattr(sys.modules.get(cls.__module__), "__doc__", None) or ""
    lines = (line.strip() for line in text.splitlines())
    words = [line for line in lines if line and line[0].isalpha() and line[-1].isalnum()]
    return words[0] if words else cls.__name__


__all__ = ["PARAMS", "Log", "Settings", "node_of"]
