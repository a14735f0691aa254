import asyncio
from dataclasses import dataclass
from typing import Any

from hospes_node import http, log, node, secret


@dataclass
class Payload:
    user: str


@dataclass
class Params:
    crm_url: str
    """Where contacts are, such as `https://crm.example.com`."""
    shop_url: str
    desk_url: str


@dataclass
class Profile:
    contact: Any
    orders: Any
    tickets: Any


@node(
    name="enrich",
    version="0.1.0",
    egress=["GET {crm_url}", "GET {shop_url}", "GET {desk_url}"],
    secrets={"crm_key": "The key of the CRM."},
)
async def enrich(payload: Payload, params: Params) -> Profile:
    """Asks three systems about a user at once; what one can't tell is null."""
    key = secret("crm_key", prefix="Bearer ")
    contact, orders, tickets = await asyncio.gather(
        ask(f"{params.crm_url}/contacts/{payload.user}", {"Authorization": key}),
        ask(f"{params.shop_url}/orders?user={payload.user}"),
        ask(f"{params.desk_url}/tickets?user={payload.user}"),
    )
    return Profile(contact, orders, tickets)


async def ask(url: str, headers: http.Headers = ()) -> Any:
    try:
        response = await http.get_async(url, headers=headers, timeout=5)
    except http.Error as error:
        log.warn("no answer", url=url, why=error.message)
        return None
    return response.json() if response.ok else None
