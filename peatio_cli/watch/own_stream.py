"""A private stream for pages, as Ranger has it: orders and trades of one account, from whatever knows of them."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import WSMsgType, web

STREAMS = ("order", "trade")
#: A page that does not read for so many events is disconnected; it comes back and asks for all.
QUEUE = 1000
HEARTBEAT_S = 30.0


class OwnStream:
    """Sends what is published to every page that listens.

    :param clean: takes secrets out of a text before it is sent
    :ivar is_up: while False pages are refused, and those that listen are sent away: there is nothing to hear
    """

    def __init__(self, is_up: bool = True, clean: Callable[[str], str] = str) -> None:
        self.is_up = is_up
        self._clean = clean
        self._queues: set[asyncio.Queue[str | None]] = set()

    def publish(self, name: str, payload: Mapping[str, Any]) -> None:
        """:param name: one of `STREAMS`"""
        text = self._clean(json.dumps({name: payload}, default=str))
        for queue in list(self._queues):
            if queue.full():
                self._end(queue)
            else:
                queue.put_nowait(text)

    def set_up(self, is_up: bool) -> None:
        """Whether there is anything to hear from now on."""
        self.is_up = is_up
        if not is_up:
            self.end_all()

    def end_all(self) -> None:
        """Sends every page away."""
        for queue in list(self._queues):
            self._end(queue)

    def _end(self, queue: "asyncio.Queue[str | None]") -> None:
        self._queues.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a page's websocket until it or the stream ends."""
        if not self.is_up:
            raise web.HTTPServiceUnavailable(text="the stream is down")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=4096)
        await socket.prepare(request)
        queue: asyncio.Queue[str | None] = asyncio.Queue(QUEUE + 1)
        self._queues.add(queue)
        sending = asyncio.create_task(self._send(socket, queue))
        try:
            await socket.send_str(_ack())
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                await socket.send_str("pong" if message.data == "ping" else _ack())
        except ConnectionError:
            pass
        finally:
            self._queues.discard(queue)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return socket

    async def _send(self, socket: web.WebSocketResponse, queue: "asyncio.Queue[str | None]") -> None:
        while (text := await queue.get()) is not None:
            await socket.send_str(text)
        await socket.close()


def _ack() -> str:
    return json.dumps({"success": {"message": "subscribed", "streams": list(STREAMS)}})
