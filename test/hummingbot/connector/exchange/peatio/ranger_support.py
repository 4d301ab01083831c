"""A `RangerConnection` on a real socket, and a clock that a test holds in its hands."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.connector.exchange.peatio.websocket.client import Message, RangerConnection
from hummingbot.connector.exchange.peatio.websocket.fast_socket import open_fast_socket
from hummingbot.connector.exchange.peatio.websocket.sockets import AssistantSocket, Socket

from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running, web_sessions

LOGGER = "peatio-ranger-test"


class Sleeps:
    """Takes the place of `asyncio.sleep`: waits between connections end at once and are noted down; the pause
    between two pings ends when a test calls `ping_time`."""

    def __init__(self) -> None:
        self.waits_s: list[float] = []
        self._ping_time = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        if seconds == CONSTANTS.PING_INTERVAL_S:
            await self._ping_time.wait()
            self._ping_time.clear()
            return
        self.waits_s.append(seconds)
        await asyncio.sleep(0)

    def ping_time(self) -> None:
        self._ping_time.set()


async def open_assistant(url: str) -> Socket:
    factory = make_factory(venue_of(""))
    assistant = await factory.get_ws_assistant()
    await assistant.connect(ws_url=url, ping_timeout=CONSTANTS.PING_INTERVAL_S)
    return AssistantSocket(assistant)


async def open_fast(url: str) -> Socket:
    return await open_fast_socket(url, None)


#: Both kinds of sockets that the connector uses.
OPENERS: Mapping[str, Callable[[str], Awaitable[Socket]]] = {"assistant": open_assistant, "fast": open_fast}


class Ranger:
    """A connection to `server` and what came of it.

    :ivar subscribes: the streams that `on_connected` subscribes to
    :cvar kind: which of `OPENERS` opens the sockets
    :ivar opened: how many sockets were opened; `connected` and `lost` count the calls of those names
    :ivar on_each: called with every message, before it is kept
    """

    kind: ClassVar[str] = "assistant"

    def __init__(self, server: RangerServer) -> None:
        self.server = server
        self.sleeps = Sleeps()
        self.subscribes: list[str] = ["btcusd.trades"]
        self.messages: list[Message] = []
        self.on_each: Callable[[Message], None] = lambda message: None
        self.opened = 0
        self.connected = 0
        self.lost = 0
        self.connection = RangerConnection(
            connect=self.connect,
            on_message=self._on_message,
            on_connected=self._on_connected,
            on_lost=self._on_lost,
            logger=logging.getLogger(LOGGER),
            sleep=self.sleeps,
        )

    def has_connected(self, times: int) -> bool:
        return self.connected == times

    async def connect(self) -> Socket:
        socket = await OPENERS[self.kind](self.server.ws_url)
        self.opened += 1
        return socket

    def _on_message(self, message: Message) -> None:
        self.on_each(message)
        self.messages.append(message)

    async def _on_connected(self) -> None:
        if self.subscribes:
            await self.connection.subscribe(self.subscribes)
        self.connected += 1

    def _on_lost(self) -> None:
        self.lost += 1


@asynccontextmanager
async def ranger_and_server(**settings: Any) -> AsyncIterator[tuple[Ranger, RangerServer]]:
    """A running server with `settings` as attributes, and a connection that does not run yet."""
    async with web_sessions(), RangerServer() as server:
        for name, value in settings.items():
            setattr(server, name, value)
        yield Ranger(server), server


@asynccontextmanager
async def connected(ranger: Ranger) -> AsyncIterator[None]:
    """Runs the connection while the block does."""
    async with running(ranger.connection.run()):
        yield
