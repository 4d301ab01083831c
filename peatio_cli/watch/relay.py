"""Passes an exchange's public stream on to a page, and of the page's words only subscriptions."""

import asyncio
import json
import re
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web
from hummingbot.connector.exchange.peatio.peatio_constants import MAX_FRAME_BYTES

from peatio_cli.watch.exchange_reader import ExchangeReader

HEARTBEAT_S = 30.0
CONNECT_TIMEOUT_S = 10.0
LONGEST_MESSAGE = 16 * 1024 * 1024
_STREAM = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)+")


def allowed_frame(text: str) -> str | None:
    """What is sent to the exchange for a page's message; None where nothing is.

    The frame is written here: a malformed one can end the server for everybody (docs/protocol.md section 5).
    """
    if text == "ping":
        return text
    try:
        message: Any = json.loads(text)
        event, streams = message["event"], message["streams"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if event not in ("subscribe", "unsubscribe") or not isinstance(streams, list) or not streams:
        return None
    if not all(isinstance(stream, str) and _STREAM.fullmatch(stream) for stream in streams):
        return None
    frame = json.dumps({"event": event, "streams": streams})
    return frame if len(frame) <= MAX_FRAME_BYTES else None


async def relay_public(reader: ExchangeReader, request: web.Request) -> web.StreamResponse:
    """Answer a page's websocket with a connection of its own to the exchange; both end together."""
    url = reader.venue.address.websocket_url("public")
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            upstream = await reader.client.ws_connect(url, max_msg_size=LONGEST_MESSAGE, heartbeat=HEARTBEAT_S)
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise web.HTTPBadGateway(text="the exchange's stream cannot be opened") from None
    page = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=4096)
    try:
        await page.prepare(request)
        ways = [asyncio.create_task(way) for way in (_down(upstream, page), _up(page, upstream))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    finally:
        await upstream.close()
        await page.close()
    return page


async def _down(upstream: aiohttp.ClientWebSocketResponse, page: web.WebSocketResponse) -> None:
    async for message in upstream:
        if message.type is WSMsgType.TEXT:
            await page.send_str(message.data)


async def _up(page: web.WebSocketResponse, upstream: aiohttp.ClientWebSocketResponse) -> None:
    async for message in page:
        frame = allowed_frame(message.data) if message.type is WSMsgType.TEXT else None
        if frame is not None:
            await upstream.send_str(frame)
