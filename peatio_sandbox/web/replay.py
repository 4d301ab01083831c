"""A recording looked at again: the page, fed from a file instead of an exchange (docs/reference/browser.md)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from peatio_sandbox.listening import authority, bare_host
from peatio_sandbox.rest.common import answer
from peatio_sandbox.web.page import add_page
from peatio_sandbox.web.recording import KIND, VERSION


class RecordingError(ValueError):
    """A file is no recording that can be shown; the text says why."""


def check_recording(path: Path) -> None:
    """Look at a recording's first line.

    Raises:
        RecordingError: it is none, or of another version.
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8") as file:
        try:
            head = json.loads(file.readline())
        except ValueError:
            head = None
    if not isinstance(head, dict) or head.get("recording") != KIND:
        raise RecordingError(f"{path} is no recording of a sandbox")
    if head.get("version") != VERSION:
        raise RecordingError(f"{path} is a recording of version {head.get('version')}, not {VERSION}")


class ReplayServer:
    """Serves the page and a recording for it; an asynchronous context manager.

    There is no exchange behind it: nothing can be traded or broken.

    Args:
        path: a recording that `check_recording` has found good.
        host: address to listen on.
        port: port to listen on; 0 lets the system choose one.
    """

    def __init__(self, path: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        self._path = path
        self._host, self._port = host, port
        application = web.Application()
        add_page(application.router)
        application.router.add_get("/sandbox/page", self._page)
        application.router.add_get("/sandbox/recording", self._recording)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)

    @property
    def url(self) -> str:
        """Return the page's address."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{authority(host, port)}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, bare_host(self._host), self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _page(self, _request: web.Request) -> web.Response:
        return answer({"mode": "recording", "name": self._path.name})

    async def _recording(self, _request: web.Request) -> web.Response:
        text = await asyncio.to_thread(self._path.read_bytes)
        return web.Response(body=text, content_type="application/jsonl", headers={"Cache-Control": "no-store"})
