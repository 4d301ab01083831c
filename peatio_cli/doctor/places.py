"""The usual path prefixes of a Peatio's APIs, and the setting for another one (docs/protocol.md section 1)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PeatioError
from hummingbot.connector.exchange.peatio.common.messages import parse_server_time_ms
from hummingbot.connector.exchange.peatio.config import ExchangeAddress

from peatio_cli.doctor.check_runner import ExchangeSession

REST_PREFIXES = ("/api/v2/peatio", "/api/v2/trade", "/api/v2/backend", "/api/v2")
ORDER_PREFIXES = ("/api/v2/trading", "/api/v2/trade", "/api/v2/peatio")
WEBSOCKET_PREFIXES = ("/api/v2/ranger", "/api/v2/stream", "/api/v2/websocket", "/api/v2/ws", "")


def settings_remedy(setting: str, value: str) -> str:
    """The remedy for an API under another prefix."""
    return (
        f"Write `{setting}: {value or '""'}` under this exchange in conf/peatio.yml (docs/operate/exchanges.md) "
        "and use the exchange by its name there."
    )


async def find_rest_prefix(exchange: ExchangeSession) -> str | None:
    """The usual prefix under which a Peatio answers; None if there is none."""
    return await _find_prefix(exchange, REST_PREFIXES, "rest", exchange.address.site, _answers)


async def find_order_prefix(exchange: ExchangeSession) -> str | None:
    """The usual prefix under which orders are taken; None if there is none, or the answers do not show it."""
    return await _find_prefix(exchange, ORDER_PREFIXES, "orders", exchange.address.site, _takes_orders)


async def find_websocket_prefix(exchange: ExchangeSession) -> str | None:
    """The usual prefix under which a public websocket opens; None if there is none."""
    site = exchange.address.site.replace("http", "ws", 1)
    return await _find_prefix(exchange, WEBSOCKET_PREFIXES, "websocket", site, _can_open)


async def _find_prefix(
    exchange: ExchangeSession,
    prefixes: Sequence[str],
    field: str,
    site: str,
    is_right: Callable[[ExchangeSession, ExchangeAddress], Awaitable[bool]],
) -> str | None:
    """The first prefix whose address, as `field` of the exchange's address, `is_right`."""
    for prefix in prefixes:
        address = replace(exchange.address, **{field: f"{site}{prefix}"})
        if address != exchange.address and await is_right(exchange, address):
            return prefix
    return None


async def _answers(exchange: ExchangeSession, address: ExchangeAddress) -> bool:
    try:
        parse_server_time_ms(await exchange.rest_at(address).timestamp())
    except PeatioError:
        return False
    return True


async def _takes_orders(exchange: ExchangeSession, address: ExchangeAddress) -> bool:
    try:
        await exchange.rest_at(address, is_searched=False).ask_for_no_order()
    except PeatioError:
        return False
    return True


async def _can_open(exchange: ExchangeSession, address: ExchangeAddress) -> bool:
    assistant = await exchange.factory.get_ws_assistant()
    try:
        await asyncio.wait_for(
            assistant.connect(ws_url=address.websocket_url("public"), ping_timeout=CONSTANTS.PING_INTERVAL_S),
            exchange.timeouts.connect_s,
        )
    except (TimeoutError, aiohttp.ClientError, OSError):
        return False
    await assistant.disconnect()
    return True
