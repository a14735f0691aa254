"""The node of docs/conformance.md."""

from typing import Any

from deeds import DEEDS, Params, fail, outcome, request

from hospes_node import Context, http, node


@node(name="conformance", version="0.1.0")
def conformance(payload: Any, params: Params, context: Context) -> Any:
    """Does what the payload says."""
    match payload["do"]:
        case "fail":
            raise fail(payload)
        case "send":
            return [outcome(one) for one in http.send_all([*map(request, payload["requests"])])]
        case deed:
            return DEEDS[deed](payload, params, context)
