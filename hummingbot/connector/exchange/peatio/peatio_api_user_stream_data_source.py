"""The private websocket: our orders and trades, and Hummingbot's tracker of that stream."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import AuthError, RequestError, StreamError, retry_after_s
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioLogin
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue
from hummingbot.connector.exchange.peatio.websocket.client import RangerConnection
from hummingbot.connector.exchange.peatio.websocket.opening import open_socket
from hummingbot.connector.exchange.peatio.websocket.private import (
    private_url,
    subscribe_balances,
    subscribe_private,
)
from hummingbot.connector.exchange.peatio.websocket.sockets import Socket, UpgradeError
from hummingbot.core.data_type.user_stream_tracker import UserStreamTracker
from hummingbot.core.data_type.user_stream_tracker_data_source import UserStreamTrackerDataSource
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange


class PeatioAPIUserStreamDataSource(UserStreamTrackerDataSource):
    """Keeps the private connection open and puts its messages into Hummingbot's queue.

    :param cancels_on_close: whether the exchange is asked to cancel the account's orders when the connection ends
    :ivar connections: how many connections were established, with the private streams acknowledged
    """

    def __init__(
        self,
        auth: PeatioLogin,
        connector: "PeatioExchange",
        api_factory: WebAssistantsFactory,
        venue: Venue,
        cancels_on_close: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self._cancels_on_close = cancels_on_close
        self._auth = auth
        self._connector = connector
        self._api_factory = api_factory
        self._venue = venue
        self._connection: RangerConnection | None = None
        self.connections = 0
        self._is_standing = False

    @property
    def is_subscribed(self) -> bool:
        """Whether the private streams are acknowledged on the current connection."""
        return self._connection is not None and self._connection.streams.issuperset(CONSTANTS.PRIVATE_STREAMS)

    @property
    def last_recv_time(self) -> float:
        """Epoch seconds of the last message, pongs included; 0 while the private streams are not acknowledged."""
        if self._connection is None or self._connection.socket is None or not self.is_subscribed:
            return 0.0
        return float(self._connection.socket.last_recv_time)

    async def listen_for_user_stream(self, output: "asyncio.Queue[Any]") -> None:
        """Puts every private message into `output`, until cancelled."""
        self._connection = RangerConnection(
            connect=self._open_socket,
            on_message=output.put_nowait,
            on_connected=self._on_connected,
            on_lost=self._on_lost,
            logger=self.logger(),
            sleep=self._sleep,
            is_exact=True,
        )
        await self._connection.run()

    async def _open_socket(self) -> Socket:
        try:
            return await self._open()
        except UpgradeError as error:
            if error.status != 401:
                raise self._refusal(f"HTTP {error.status}", retry_after_s(error.headers)) from error
            # The answer to the upgrade has no readable code; that to a signed REST call has one. The call also measures
            # the exchange's clock again if the nonce was refused.
            await self._explain_unauthorized()
            try:
                return await self._open()
            except UpgradeError as second_error:
                raise self._refusal(
                    f"HTTP {second_error.status}; the same API key works over REST, so ask the exchange "
                    "to let it use the websocket",
                    retry_after_s(second_error.headers),
                ) from second_error

    async def _open(self) -> Socket:
        await self._connector.exchange_clock.ensure()
        url = private_url(self._venue.address.websocket_url("private"), self._auth, self._cancels_on_close())
        return await open_socket(self._api_factory, url, self._auth.headers())

    async def _explain_unauthorized(self) -> None:
        """
        :raises StreamError: with the reason that REST gives, if REST refuses the login too
        """
        try:
            await self._connector.rest.get(CONSTANTS.BALANCES_PATH, {"limit": "1"}, is_private=True)
        except AuthError as error:
            raise self._refusal(str(error)) from error
        except RequestError as error:
            raise self._refusal(f"HTTP 401; the REST call to find the reason failed: {error}") from error

    @staticmethod
    def _refusal(reason: str, retry_after_s: float | None = None) -> StreamError:
        return StreamError(f"The exchange refused the private websocket: {reason}", retry_after_s)

    async def _on_connected(self) -> None:
        assert self._connection is not None
        dialect = self._venue.dialect
        streams = await subscribe_private(self._connection, self._auth, dialect)
        missing = set(CONSTANTS.PRIVATE_STREAMS) - streams
        if missing:
            raise StreamError(
                f"The exchange's websocket did not grant the private stream(s) {', '.join(sorted(missing))}: "
                "it did not accept the login. Check the API key and its permissions."
            )
        self.logger().info("Subscribed to the private order and trade streams.")
        self.connections += 1
        self._is_standing = True
        self._connector.on_private_stream_connected()
        await subscribe_balances(self._connection, dialect)

    def _on_lost(self) -> None:
        if self._is_standing:
            self._is_standing = False
            self._connector.on_private_stream_lost()


class PeatioUserStreamTracker(UserStreamTracker):
    """Adds `is_live` to Hummingbot's tracker, and starts no task of its own: the connector supervises the caller's."""

    async def start(self) -> None:
        # What the base class's `stop` cancels and awaits.
        self._user_stream_tracking_task = asyncio.current_task()
        await self.data_source.listen_for_user_stream(self.user_stream)

    @property
    def is_live(self) -> bool:
        """Whether the exchange acknowledged our private streams on the current connection.

        An open socket does not prove it: without a valid login Ranger keeps the connection open and sends nothing.
        """
        return bool(self.data_source.is_subscribed)
