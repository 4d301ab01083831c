"""The websockets that are open on a server, and the sending of many frames at once."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from bench import wire

#: Messages handed to the system at a time. Whole ones: an answer to the reader may go out between two pieces.
PIECE = 500


class Sockets:
    """All clients of one address."""

    def __init__(self) -> None:
        self._transports: set[asyncio.Transport] = set()

    @asynccontextmanager
    async def accepted(self, request: web.Request) -> AsyncIterator[web.WebSocketResponse]:
        """The request as a websocket that is sent to until it closes."""
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        self._transports.add(transport)
        try:
            yield socket
        finally:
            self._transports.discard(transport)

    def send(self, text: str) -> None:
        """One message to all."""
        data = wire.frame(text)
        for transport in self._transports:
            transport.write(data)

    async def send_many(self, texts: Sequence[str]) -> None:
        """Many messages to all, in large pieces: the load is on the reader, not on the sender."""
        for piece in itertools.batched(map(wire.frame, texts), PIECE):
            data = b"".join(piece)
            for transport in self._transports:
                transport.write(data)
            while any(transport.get_write_buffer_size() for transport in self._transports):  # noqa: ASYNC110
                await asyncio.sleep(0.0005)
