"""Ranger: the exchange's websocket server, behaving as Rango 3.1.0 does (docs/protocol.md section 5).

`Ranger` takes events as Peatio publishes them to RabbitMQ and serves websocket clients through two aiohttp
handlers. docs/reference/sandbox-ranger.md says what is reproduced and how that is measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from peatio_sandbox.ranger.connection import Connection, RangerConfig
from peatio_sandbox.ranger.handshake import UpgradeResponse, check_upgrade
from peatio_sandbox.ranger.hub import Hub
from peatio_sandbox.ranger.messages import streams_of_uri

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

    from peatio_sandbox.ranger.auth import TokenVerifier

__all__ = ["Ranger", "RangerConfig"]

# What a gateway says of a server it cannot reach.
_UNREACHABLE = "upstream connect error or disconnect/reset before headers. reset reason: connection failure"


class Ranger:
    """One Rango: its routing table, its stored books, its connections.

    Args:
        config: limits and times.
        verifier: checks ``Authorization`` headers as Rango itself does. None where a gateway stands in front:
            then the gateway puts ``request["uid"]`` (and ``request["role"]``) on private requests.
        on_end: called for each connection that ended while Rango and its broker were up: its upgrade request, and the
            uid of the member, empty for an anonymous one.

    Attributes:
        broker_connected: whether RabbitMQ reaches Rango. While it does not, sockets stay open and silent, and
            what is published is gone.
        is_silent: whether the line to a member (empty: to an anonymous client) is dead: asked for everything that
            is to pass it, in either direction.
    """

    def __init__(
        self,
        config: RangerConfig | None = None,
        verifier: TokenVerifier | None = None,
        on_end: Callable[[web.Request, str], None] = lambda _request, _uid: None,
    ) -> None:
        self.broker_connected = True
        self.is_silent: Callable[[str], bool] = lambda _uid: False
        self._config = config or RangerConfig()
        self._verifier = verifier
        self._on_end = on_end
        self._hub = self._make_hub()
        # In the order in which they came: that of a set would differ from run to run.
        self._connections: dict[Connection, None] = {}
        self._back_up: asyncio.TimerHandle | None = None

    @property
    def is_up(self) -> bool:
        """False for a while after a restart with a ``down_s``."""
        return self._back_up is None

    @property
    def connection_count(self) -> int:
        """Websockets open now."""
        return len(self._connections)

    def publish(self, routing_key: str, payload: object) -> None:
        """Take an event as Peatio gives it to RabbitMQ.

        Args:
            routing_key: as ``public.btcusd.ob-inc``, ``public.global.tickers`` or ``private.UID.order``.
            payload: what JSON can hold (`Decimal` counts as a JSON number). It is not kept: if anyone is to
                have it, it is encoded before the call returns.

        Raises:
            TypeError: the payload is not JSON and someone is to have it.
        """
        if self.is_up and self.broker_connected:
            self._hub.route(routing_key, payload)

    async def handle_public(self, request: web.Request) -> web.StreamResponse:
        """Serve ``/public`` and every path Rango does not know: identity is optional."""
        return await self._serve(request, *(self._identify(request) or ("", "")))

    async def handle_private(self, request: web.Request) -> web.StreamResponse:
        """Serve ``/private``: without identity, 401 with an empty body."""
        identity = self._identify(request)
        if identity is None:
            return web.Response(status=401)
        return await self._serve(request, *identity)

    def _identify(self, request: web.Request) -> tuple[str, str] | None:
        """The uid and role behind a request, as the gateway or else the token says."""
        if self._verifier is not None:
            return self._verifier.identify(request.headers.get(hdrs.AUTHORIZATION))
        uid = request.get("uid")
        return (uid, request.get("role", "member")) if uid else None

    async def _serve(self, request: web.Request, uid: str, role: str) -> web.StreamResponse:
        if not self.is_up:
            return web.Response(status=503, text=_UNREACHABLE)
        refusal = check_upgrade(request)
        if refusal is not None:
            return refusal
        response = UpgradeResponse(request.headers[hdrs.SEC_WEBSOCKET_KEY])
        writer = await response.prepare(request)
        transport = request.transport
        if writer is None or transport is None:  # the peer went during the handshake
            return response
        connection = self._make_connection(transport, writer, uid, role)
        self._connections[connection] = None
        try:
            connection.start(self._streams_of(request.raw_path))
            request.protocol.set_parser(connection)
            request.protocol.keep_alive(False)
            await connection.wait_ended()
        finally:
            connection.end()
            # A restart has forgotten it: nobody is left to tell of its end.
            if connection in self._connections:
                del self._connections[connection]
                if self.broker_connected:
                    self._on_end(request, uid)
        return response

    def _make_hub(self) -> Hub:
        return Hub(self._config.roles_by_prefix)

    def _make_connection(
        self, transport: asyncio.Transport, writer: AbstractStreamWriter, uid: str, role: str
    ) -> Connection:
        return Connection(transport, writer, self._hub, uid, role, self._config, lambda uid: self.is_silent(uid))

    def _streams_of(self, raw_path: str) -> tuple[str, ...]:
        """The streams asked for by URL."""
        return streams_of_uri(raw_path)

    def restart(self, down_s: float = 0.0) -> None:
        """End every connection without a close frame and lose the stored books.

        Args:
            down_s: how long new connections are refused (503, as a gateway says it).
        """
        self._hub = self._make_hub()
        for connection in list(self._connections):
            connection.end()
        self._connections.clear()
        if self._back_up is not None:
            self._back_up.cancel()
            self._back_up = None
        if down_s > 0:
            self._back_up = asyncio.get_running_loop().call_later(down_s, self._come_back)

    def end_connections(self, concerns: Callable[[str], bool]) -> int:
        """End connections without a close frame, by the uid of their members; return how many."""
        ended = [connection for connection in self._connections if concerns(connection.uid)]
        for connection in ended:
            connection.end()
        return len(ended)

    async def close(self) -> None:
        """End every connection, and return when all have ended."""
        connections = list(self._connections)
        self.restart()
        await asyncio.gather(*(connection.wait_ended() for connection in connections))

    def _come_back(self) -> None:
        self._back_up = None
