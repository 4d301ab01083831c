"""Listens to the private stream of an account, with the connector's own login and subscriptions.

The stream is asked to cancel nothing when it closes, whatever `cancel_on_close` says in conf/peatio.yml: the bot's
orders must not end with a page.
"""

import logging
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioLogin
from hummingbot.connector.exchange.peatio.peatio_constants import HEARTBEAT_S
from hummingbot.connector.exchange.peatio.websocket.client import Message, RangerConnection
from hummingbot.connector.exchange.peatio.websocket.private import private_url, subscribe_private
from hummingbot.connector.exchange.peatio.websocket.sockets import AssistantSocket

from peatio_cli.watch.exchange_reader import ExchangeReader
from peatio_cli.watch.own_stream import STREAMS, OwnStream

_silent = logging.Logger("watch")
_silent.addHandler(logging.NullHandler())


class AccountFeed:
    """Publishes an account's orders and trades until cancelled.

    :param reader: with a login
    """

    def __init__(self, reader: ExchangeReader, stream: OwnStream) -> None:
        assert reader.auth is not None
        self._auth: PeatioLogin = reader.auth
        self._reader = reader
        self._stream = stream
        self._factory = make_factory(reader.venue, reader.throttler)
        self._connection = RangerConnection(
            connect=self._open,
            on_message=self._on_message,
            on_connected=self._on_connected,
            on_lost=lambda: stream.set_up(False),
            logger=_silent,
            is_exact=True,
        )

    async def run(self) -> None:
        """Connects, and connects again. Ends only when cancelled."""
        await self._connection.run()

    @property
    def url(self) -> str:
        """The address of the stream, with what is asked for in it."""
        return private_url(self._reader.venue.address.websocket_url("private"), self._auth)

    async def _open(self) -> AssistantSocket:
        await self._reader.clock.ensure()
        assistant = await self._factory.get_ws_assistant()
        await assistant.connect(ws_url=self.url, ws_headers=self._auth.headers(), ping_timeout=HEARTBEAT_S)
        return AssistantSocket(assistant)

    async def _on_connected(self) -> None:
        granted = await subscribe_private(self._connection, self._auth, self._reader.venue.dialect)
        if not granted.issuperset(STREAMS):
            raise StreamError("The exchange does not grant the account's streams: look at the key's permissions.")
        self._stream.set_up(True)

    def _on_message(self, message: Message) -> None:
        for name, payload in message.items():
            if name in STREAMS and isinstance(payload, dict):
                self._stream.publish(name, _cleaned(payload))


def _cleaned(payload: dict[str, Any]) -> dict[str, Any]:
    """Without nested values: an order and a trade have none that a page shows."""
    return {name: value for name, value in payload.items() if not isinstance(value, dict | list)}
