"""A local server that speaks as much of Ranger, and answers as many REST calls, as a test tells it to.

It knows nothing of the exchange behind a Ranger: what is stored, refused or left out is up to the test.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Self

from aiohttp import WSMsgType, web
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory


@asynccontextmanager
async def running(awaitable: Awaitable[Any]) -> AsyncIterator["asyncio.Future[Any]"]:
    """Runs `awaitable` beside the block and cancels it at the end."""
    task = asyncio.ensure_future(awaitable)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def web_sessions() -> AsyncIterator[None]:
    """Ends Hummingbot's HTTP session, one for the whole process, with the event loop it was made on."""
    await ConnectionsFactory().close()
    try:
        yield
    finally:
        await ConnectionsFactory().close()


class Client:
    """One websocket connection as the server sees it."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.request = request
        self.socket = socket
        self.streams: list[str] = []
        self.frames: list[str] = []
        self.pongs: list[bytes] = []
        self.closed = asyncio.Event()

    async def send(self, message: object) -> None:
        """Text as it is, everything else as JSON."""
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def ack(self, event: str = "subscribed") -> None:
        await self.send({"success": {"message": event, "streams": self.streams}})

    def cut(self) -> None:
        """Ends the TCP connection without a close frame, as a Rango that restarts."""
        assert self.request.transport is not None
        self.request.transport.close()


class RangerServer:
    """At `url`; websockets under /api/v2/ranger/, REST under /api/v2/peatio/.

    :ivar greets: whether a new connection gets its ack without asking
    :ivar acks: whether subscriptions are acknowledged; not the ones to the streams in `refused`
    :ivar stored: stream → what a subscription to it is answered with before the ack
    :ivar upgrade_statuses: HTTP statuses for the next upgrade requests, instead of a websocket
    :ivar upgrade_headers: the headers of these answers
    :ivar rest: path below /api/v2/peatio/ → (status, body); a list of them is used up to its last
    """

    def __init__(self) -> None:
        self.greets = True
        self.acks = True
        self.refused: set[str] = set()
        self.stored: dict[str, list[object]] = defaultdict(list)
        self.upgrade_statuses: list[int] = []
        self.upgrade_headers: dict[str, str] = {}
        self.rest: dict[str, list[tuple[int, str]]] = {}
        self.clients: list[Client] = []
        self.upgrades: list[web.Request] = []
        self.rest_requests: list[web.Request] = []
        self._runner: web.AppRunner | None = None
        self.url = ""

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/api/v2/ranger/public"

    @property
    def client(self) -> Client:
        """The newest connection."""
        return self.clients[-1]

    @property
    def frames(self) -> list[str]:
        """All texts received, connection by connection."""
        return [frame for client in self.clients for frame in client.frames]

    def answer_time(self) -> None:
        """Lets public/timestamp tell this machine's time."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        self.rest["public/timestamp"] = [(200, json.dumps(now))]

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/api/v2/ranger/{channel}", self._websocket)
        app.router.add_route("*", "/api/v2/peatio/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    async def _rest(self, request: web.Request) -> web.Response:
        self.rest_requests.append(request)
        answers = self.rest.get(request.match_info["path"], [(404, "404 Not Found")])
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return web.Response(status=status, text=body, content_type="application/json")

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        self.upgrades.append(request)
        if self.upgrade_statuses:
            return web.Response(status=self.upgrade_statuses.pop(0), headers=self.upgrade_headers)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        client = Client(request, socket)
        self.clients.append(client)
        try:
            if self.greets:
                await client.ack()
            async for message in socket:
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.PONG:
                    client.pongs.append(bytes(message.data))
                elif message.type is WSMsgType.TEXT:
                    client.frames.append(message.data)
                    await self._answer(client, message.data)
        finally:
            client.closed.set()
        return socket

    async def _answer(self, client: Client, text: str) -> None:
        if text == "ping":
            await client.send("pong")
            return
        message = json.loads(text)
        if "event" not in message:
            return  # a token: the test answers
        is_subscription = message["event"] == "subscribe"
        for stream in message["streams"]:
            if is_subscription and stream not in self.refused:
                for payload in self.stored[stream]:
                    await client.send(payload)
                if stream not in client.streams:
                    client.streams.append(stream)
            elif stream in client.streams:
                client.streams.remove(stream)
        if self.acks:
            await client.ack("subscribed" if is_subscription else "unsubscribed")
