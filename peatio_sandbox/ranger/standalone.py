"""Rango alone on a port of its own, with its own paths and its own check of tokens."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

from peatio_sandbox.ranger.ranger import Ranger

# Go takes request lines of any sensible length; hundreds of `stream=` parameters pass the default of aiohttp.
_MAX_LINE_BYTES = 1 << 16


class RangerServer:
    """Serves a `Ranger` at ``/private``, which needs a token, and at any other path, which does not.

    Use it as an asynchronous context manager.

    Args:
        ranger: what is served; closed with the server.
        host: address to listen on.
        port: port to listen on; 0 lets the system choose one, which is kept over `go_down`.
    """

    def __init__(self, ranger: Ranger, host: str = "127.0.0.1", port: int = 0) -> None:
        self.ranger = ranger
        self.host = host
        self.port = port
        application = web.Application()
        application.router.add_route("*", "/private", ranger.handle_private)
        application.router.add_route("*", "/{path:.*}", ranger.handle_public)
        self._runner = web.AppRunner(application, access_log=None, max_line_size=_MAX_LINE_BYTES)
        self._site: web.TCPSite | None = None

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.come_back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.ranger.close()
        await self._runner.cleanup()

    async def come_back(self) -> None:
        """Listen, after `go_down` on the same port.

        Raises:
            OSError: the port is taken.
        """
        self._site = web.TCPSite(self._runner, self.host, self.port)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    async def go_down(self) -> None:
        """Stop as on a signal: every connection ends without a close frame, new ones are refused."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self.ranger.restart()
