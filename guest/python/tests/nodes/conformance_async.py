"""The node of docs/conformance.md, in the world of async nodes."""

import asyncio
from typing import Any

from deeds import DEEDS, Params, fail, outcome, request

from hospes_node import Context, http, node


@node(name="conformance", version="0.1.0")
async def conformance(payload: Any, params: Params, context: Context) -> Any:
    """Does what the payload says."""
    match payload["do"]:
        case "fail":
            raise fail(payload)
        case "send":
            return await asyncio.gather(*map(send, payload["requests"]))
        case deed:
            return DEEDS[deed](payload, params, context)


async def send(spec: Any) -> Any:
    try:
        return outcome(await http.send_async(request(spec)))
    except http.Error as error:
        return outcome(error)
