"""The HTTP server of an exchange, and its open websockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

#: As tests give them to the connector.
API_KEY, API_SECRET = "loopback-key", "loopback-secret-of-the-tests"


class Sockets:
    """Messages to all open websockets of a kind, each in the order in which it was sent."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Any]] = set()

    def send(self, message: Any) -> None:
        """To all of them."""
        for queue in self._queues:
            queue.put_nowait(message)

    def drop(self) -> None:
        """Closes all of them."""
        self.send(None)

    def __len__(self) -> int:
        return len(self._queues)

    async def serve(self, request: web.Request, answer: Any) -> web.WebSocketResponse:
        """One connection until its end.

        :param answer: makes of a message what is answered
        """
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self._queues.add(queue)
        sender = asyncio.create_task(self._send(socket, queue))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    queue.put_nowait(answer(json.loads(message.data)))
        finally:
            self._queues.discard(queue)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return socket

    @staticmethod
    async def _send(socket: web.WebSocketResponse, queue: "asyncio.Queue[Any]") -> None:
        while (message := await queue.get()) is not None:
            await socket.send_json(message)
        await socket.close()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """:return: its address, as host and port"""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"{host}:{port}"
    finally:
        await runner.cleanup()


def always(answer: Any) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler that gives the same answer to every request."""

    async def handler(_: web.Request) -> web.Response:
        return web.json_response(answer)

    return handler


def dropped(request: web.Request) -> web.Response:
    """The connection is cut instead of an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)
