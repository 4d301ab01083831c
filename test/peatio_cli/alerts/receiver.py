"""A webhook on loopback that gets alerts, as apprise's `json://` sends them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


class Receiver:
    """
    :ivar messages: title, text and type of each message that was taken
    :ivar status: what it answers; another than 200 refuses
    :ivar is_silent: whether it takes requests and never answers
    :ivar asked: how many requests there were
    """

    #: What no output and no file may show.
    PATH = "planted-path-7d1f"

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, str]] = []
        self.status = 200
        self.is_silent = False
        self.asked = 0
        self._port = 0
        self._end = asyncio.Event()

    @property
    def address(self) -> str:
        return f"json://planted-user:planted-password@127.0.0.1:{self._port}/{self.PATH}"

    @property
    def texts(self) -> list[str]:
        """The lines of all messages without their times."""
        lines = [line for _, text, _ in self.messages for line in text.splitlines()]
        return [line.partition(" UTC: ")[2] or line for line in lines]

    async def _take(self, request: web.Request) -> web.Response:
        self.asked += 1
        content: dict[str, Any] = await request.json()
        if self.is_silent:
            await self._end.wait()
        elif self.status == 200:
            self.messages.append((content["title"], content["message"], content["type"]))
        return web.Response(status=self.status, text=f"refused at {request.path}")

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Receiver"]:
        app = web.Application()
        app.router.add_post(f"/{self.PATH}", self._take)
        async with TestServer(app) as server:
            self._port = server.port or 0
            yield self
            self._end.set()


def shows_an_address(text: str) -> bool:
    """Whether any part of `Receiver.address` that is secret is in it."""
    return "planted" in text
