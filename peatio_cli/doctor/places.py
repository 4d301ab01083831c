"""Where else the parts of a Peatio are usually found, and what to write down once one was (docs/protocol.md 1)."""

import asyncio
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


def put_into_file(setting: str, value: str) -> str:
    """What to do about a part that lies somewhere else."""
    return (
        f'Write `{setting}: {value or '""'}` under this exchange in conf/peatio.yml '
        "(docs/operate/exchanges.md shows the file) and use the exchange by the name that it has there."
    )


async def found_rest(patient: ExchangeSession) -> str | None:
    """The usual prefix under which a Peatio tells its time; None where there is none."""
    for prefix in REST_PREFIXES:
        address = replace(patient.address, rest=f"{patient.address.site}{prefix}")
        if address != patient.address and await _tells_time(patient, address):
            return prefix
    return None


async def found_orders(patient: ExchangeSession) -> str | None:
    """The usual prefix under which orders are taken; None where there is none, or the exchange does not tell."""
    for prefix in ORDER_PREFIXES:
        address = replace(patient.address, orders=f"{patient.address.site}{prefix}")
        if address != patient.address and await _takes_orders(patient, address):
            return prefix
    return None


async def found_websocket(patient: ExchangeSession) -> str | None:
    """The usual prefix under which a public websocket opens; None where there is none."""
    base = patient.address.site.replace("http", "ws", 1)
    for prefix in WEBSOCKET_PREFIXES:
        address = replace(patient.address, websocket=f"{base}{prefix}")
        if address != patient.address and await _opens(patient, address):
            return prefix
    return None


async def _tells_time(patient: ExchangeSession, address: ExchangeAddress) -> bool:
    try:
        parse_server_time_ms(await patient.rest_at(address).timestamp())
    except PeatioError:
        return False
    return True


async def _takes_orders(patient: ExchangeSession, address: ExchangeAddress) -> bool:
    try:
        await patient.rest_at(address, is_searched=False).ask_for_no_order()
    except PeatioError:
        return False
    return True


async def _opens(patient: ExchangeSession, address: ExchangeAddress) -> bool:
    assistant = await patient.factory.get_ws_assistant()
    try:
        await asyncio.wait_for(
            assistant.connect(ws_url=address.websocket_url("public"), ping_timeout=CONSTANTS.PING_INTERVAL_S),
            patient.patience.connect_s,
        )
    except (TimeoutError, aiohttp.ClientError, OSError):
        return False
    await assistant.disconnect()
    return True
