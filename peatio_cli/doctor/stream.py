"""One websocket of the exchange for the duration of a check, on the connector's own connection class."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from hummingbot.connector.exchange.peatio.common.dialects import Dialect
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioLogin
from hummingbot.connector.exchange.peatio.peatio_constants import PING_INTERVAL_S
from hummingbot.connector.exchange.peatio.websocket.client import RangerConnection
from hummingbot.connector.exchange.peatio.websocket.private import private_url, subscribe_private
from hummingbot.connector.exchange.peatio.websocket.sockets import AssistantSocket

from peatio_cli.doctor.check_runner import ExchangeSession

Message = Mapping[str, Any]

# The connection logs its errors; the doctor gets them as exceptions.
_silent = logging.Logger("doctor")
_silent.addHandler(logging.NullHandler())


class StreamSession:
    """The messages of one connection. It ends at the first error, where a bot's connection would be opened again."""

    def __init__(self, open_socket: Callable[[], Awaitable[AssistantSocket]]) -> None:
        self._open_socket = open_socket
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self._connection = RangerConnection(
            connect=self._connect,
            on_message=self._messages.put_nowait,
            on_connected=self._on_connected,
            on_lost=self._on_lost,
            logger=_silent,
            is_exact=True,
        )

    async def run(self) -> None:
        """Keeps the connection open until cancelled."""
        await self._connection.run()

    async def wait_until_ready(self, timeout_s: float) -> None:
        """Waits until the connection is established.

        :raises Exception: the error that prevented it
        """
        await asyncio.wait_for(asyncio.shield(self._ready), timeout_s)

    async def subscribe(self, streams: Sequence[str]) -> frozenset[str]:
        """As `RangerConnection.subscribe`."""
        return await self._connection.subscribe(streams)

    async def subscribe_private(self, login: PeatioLogin, dialect: Dialect) -> frozenset[str]:
        """As `websocket.private.subscribe_private`."""
        return await subscribe_private(self._connection, login, dialect)

    async def next_message(self, deadline_s: float) -> Message | None:
        """The next message; None if there is none before `deadline_s` of the monotonic clock.

        :raises StreamError: when the connection ended
        """
        try:
            message = await asyncio.wait_for(self._messages.get(), max(0.0, deadline_s - time.monotonic()))
        except TimeoutError:
            return None
        if message is None:
            raise StreamError("The exchange ended the websocket connection.")
        return message

    async def _connect(self) -> AssistantSocket:
        try:
            return await self._open_socket()
        except Exception as error:
            self._fail(error)
            raise

    async def _on_connected(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _on_lost(self) -> None:
        self._fail(StreamError("The exchange ended the websocket connection before acknowledging it."))
        self._messages.put_nowait(None)

    def _fail(self, error: Exception) -> None:
        if not self._ready.done():
            self._ready.set_exception(error)
            self._ready.exception()  # marks it as retrieved: it may be awaited no longer


@asynccontextmanager
async def open_stream(exchange: ExchangeSession, channel: str) -> AsyncIterator[StreamSession]:
    """An established connection to the `public` or, signed with the key, the `private` websocket."""
    url, is_private = exchange.address.websocket_url(channel), channel == "private"

    async def open_socket() -> AssistantSocket:
        assistant = await exchange.factory.get_ws_assistant()
        await assistant.connect(
            ws_url=private_url(url, exchange.auth) if is_private else url,
            ws_headers=exchange.auth.headers() if is_private else {},
            ping_timeout=PING_INTERVAL_S,
        )
        return AssistantSocket(assistant)

    session = StreamSession(open_socket)
    task = asyncio.create_task(session.run())
    try:
        # An old Ranger does not acknowledge a connection, which then waits as long as an ack may take.
        await session.wait_until_ready(exchange.timeouts.connect_s + exchange.timeouts.request_s)
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
