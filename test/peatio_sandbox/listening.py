"""Websockets for tests of what the sandbox tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest_asyncio

from peatio_sandbox import Sandbox
from test.patience import eventually

from .support import Client


class Listener:
    """A websocket whose messages are kept."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            self.messages.append(message.json())

    @property
    def end(self) -> int | None:
        """Return the close code, 1006 for TCP's end without a close frame; None while the websocket is open."""
        return self.socket.close_code if self._reader.done() else None

    def told(self) -> list[str]:
        """Return what has come: ``order 1 wait``, ``trade 1``, ``btcusd.ob-inc 2``."""
        return [_label(kind, body) for message in self.messages for kind, body in message.items()]

    async def close(self) -> None:
        """End the websocket."""
        await self.socket.close()
        await self._reader


def _label(kind: str, body: Any) -> str:
    if kind == "order":
        return f"order {body['id']} {body['state']}"
    if kind == "trade":
        return f"trade {body['id']}"
    return f"{kind} {body['sequence']}" if "sequence" in body else kind


async def subscribe(sandbox: Sandbox, session: aiohttp.ClientSession) -> Listener:
    """Subscribe to the book of btcusd; return what comes up to the acknowledgement, the websocket closed again."""
    url = f"{sandbox.url}/api/v2/ranger/public?stream=btcusd.ob-inc"
    listener = Listener(await session.ws_connect(url))
    await eventually(lambda: "success" in listener.told())
    await listener.close()
    return listener


Listen = Callable[[str], Awaitable[Listener]]


@pytest_asyncio.fixture
async def listen(sandbox: Sandbox, session: aiohttp.ClientSession) -> AsyncIterator[Listen]:
    """Return an opener of websockets: private ones by member's name, "" for the public streams of btcusd."""
    opened: list[Listener] = []

    async def open_(member: str) -> Listener:
        streams = "stream=order&stream=trade" if member else "stream=btcusd.ob-inc&stream=btcusd.trades"
        url = f"{sandbox.url}/api/v2/ranger/{'private' if member else 'public'}?{streams}"
        headers = Client(sandbox, session, member).headers() if member else {}
        listener = Listener(await session.ws_connect(url, headers=headers))
        opened.append(listener)
        await eventually(lambda: "success" in listener.told())
        listener.messages.clear()
        return listener

    yield open_
    for listener in opened:
        await listener.close()
