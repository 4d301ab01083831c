"""The sandbox's port: opened, shut for a while so that TCP is refused, opened again on the same number."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from aiohttp import web

from peatio_sandbox.listening import BACKLOG, authority, bare_host, bound


async def open_port(
    runner: web.AppRunner,
    host: str,
    number: int,
    on_error: Callable[[Exception], None],
    sock: socket.socket | None = None,
) -> Port:
    """Listen; ``number`` 0 lets the system choose. ``on_error`` is called if the port cannot be opened again.

    ``sock`` listens already, on that host and number.

    Raises:
        OSError: the port is taken.
    """
    assert runner.server is not None
    loop = asyncio.get_running_loop()
    if sock is None:
        listener = await loop.create_server(runner.server, bare_host(host), number, backlog=BACKLOG)
    else:
        listener = await loop.create_server(runner.server, sock=sock, backlog=BACKLOG)
    return Port(runner.server, listener, on_error, (bare_host(host), number))


class Port:
    """A listening port and the connections that came through it.

    A server without sockets, which an event loop with a network of its own makes, is opened again by its address.
    """

    def __init__(
        self,
        server: web.Server,
        listener: asyncio.Server,
        on_error: Callable[[Exception], None],
        asked_for: tuple[str, int],
    ) -> None:
        self._server = server
        self._on_error = on_error
        self._listeners = [listener]
        self._asked_for = asked_for
        self._addresses = [(sock.family, sock.getsockname()) for sock in listener.sockets]
        self._reserved: list[socket.socket] = []
        self._opening: asyncio.Task[None] | None = None

    @property
    def authority(self) -> str:
        """Return address and number as a URL has them."""
        host, number = self._addresses[0][1][:2] if self._addresses else self._asked_for
        return authority(str(host), int(number))

    def shut(self) -> None:
        """Refuse TCP and cut every connection, without waiting for answers under way."""
        self.close()
        # Bound and not listening: connections are refused and nobody else gets the number meanwhile.
        self._reserved = [bound(family, address) for family, address in self._addresses]
        for connection in self._server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def reopen(self) -> None:
        """Listen again, from the event loop's next turn on."""
        self._opening = asyncio.get_running_loop().create_task(self._reopen())

    def close(self) -> None:
        """Stop listening."""
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        for listener in self._listeners:
            listener.close()
        for reserved in self._reserved:
            reserved.close()
        self._listeners, self._reserved = [], []

    async def _reopen(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            if not self._addresses:
                self._listeners.append(await loop.create_server(self._server, *self._asked_for, backlog=BACKLOG))
            while self._reserved:
                reserved = self._reserved[-1]
                listener = await loop.create_server(self._server, sock=reserved, backlog=BACKLOG, start_serving=False)
                # From here on it is the listener's socket, also if the port is shut before it listens.
                self._listeners.append(listener)
                self._reserved.remove(reserved)
                await listener.start_serving()
        except OSError as error:
            self._on_error(error)
