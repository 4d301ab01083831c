"""The tracker behind HTTP: XML-RPC at ``/RPC2``, cycles and oddities by command at ``/tracker``."""

from __future__ import annotations

import asyncio
import json
import logging
import xmlrpc.client
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from peatio_sandbox.peg.commands import Commands
from peatio_sandbox.peg.cycles import CyclePlan, CycleRunner
from peatio_sandbox.peg.tracker import Oddities, Tracker
from peatio_sandbox.peg.wire import WireError, dump_answer, load_call
from peatio_sandbox.port import Port, open_port

_logger = logging.getLogger(__name__)

#: A call is at most this long; a list of all outputs of a large wallet fits in.
LONGEST_BODY = 256 * 1024
_UNREADABLE = -32_700


class TrackerServer:
    """A tracker on a port; an async context manager.

    Attributes:
        tracker: its state.
        cycles: runs its cycles.
    """

    def __init__(
        self, tracker: Tracker, plan: CyclePlan, host: str = "127.0.0.1", port: int = 0, password: str = ""
    ) -> None:
        self.tracker = tracker
        self.cycles = CycleRunner(tracker, plan)
        self._commands = Commands(tracker, password)
        self._host, self._number = host, port
        self._runner: web.AppRunner | None = None
        self._port: Port | None = None
        self._clock: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Return the address that an XML-RPC client is given; empty before the start."""
        return "" if self._port is None else f"http://{self._port.authority}/RPC2"

    async def start(self) -> None:
        """Listen, and begin the cycles' clock.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(client_max_size=LONGEST_BODY)
        app.router.add_post("/RPC2", self._call)
        app.router.add_get("/tracker", self._state)
        app.router.add_post("/tracker/cycle", self._cycle)
        app.router.add_post("/tracker/oddities", self._set_oddities)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            self._port = await open_port(self._runner, self._host, self._number, self._failed)
        except OSError:
            await self.stop()
            raise
        self._clock = asyncio.create_task(self.cycles.run())

    async def stop(self) -> None:
        """Stop listening and the clock. A second call does nothing."""
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)
            self._clock = None
        if self._port is not None:
            self._port.close()
            self._port = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _call(self, request: web.Request) -> web.Response:
        try:
            method, parameters = load_call(await request.read())
            answer = self._commands.call(method, parameters)
        except WireError as error:
            answer = xmlrpc.client.Fault(_UNREADABLE, str(error))
        except xmlrpc.client.Fault as fault:
            answer = fault
        return web.Response(body=dump_answer(answer), content_type="text/xml")

    # For whoever tries things out; Halo has nothing like it.

    async def _state(self, request: web.Request) -> web.Response:
        """Return peg, cycle and phases."""
        if not self._may(request):
            return _refusal(401, "the password is missing or wrong: send it as header X-Tracker-Password")
        tracker = self.tracker
        return web.json_response(
            {
                "peg": tracker.peg,
                "cycle": tracker.cycle,
                "busy": tracker.is_busy,
                "updating": tracker.is_updating,
                "oddities": asdict(tracker.oddities),
            }
        )

    async def _cycle(self, request: web.Request) -> web.Response:
        """Run a cycle and answer when it is shown; its peg is the present one where none is given."""
        if not self._may(request):
            return _refusal(401, "the password is missing or wrong: send it as header X-Tracker-Password")
        try:
            given = await _object(request)
            peg = given.get("peg", self.tracker.peg)
            if isinstance(peg, bool) or not isinstance(peg, int):
                raise ValueError(f"peg is an integer, not {peg!r}")
            await self.cycles.cycle(peg)
        except ValueError as error:
            return _refusal(422, str(error))
        return web.json_response({"peg": self.tracker.peg, "cycle": self.tracker.cycle})

    async def _set_oddities(self, request: web.Request) -> web.Response:
        """Switch oddities on or off; what is not named stays."""
        if not self._may(request):
            return _refusal(401, "the password is missing or wrong: send it as header X-Tracker-Password")
        kinds = {name: type(value) for name, value in asdict(Oddities()).items()}
        try:
            given = await _object(request)
            for name, value in given.items():
                if name not in kinds:
                    raise ValueError(f"there is no {name!r}; there are {', '.join(kinds)}")
                if type(value) is not kinds[name] or value < 0:
                    accepted = "true or false" if kinds[name] is bool else "an integer of 0 or more"
                    raise ValueError(f"{name} is {accepted}")
        except ValueError as error:
            return _refusal(422, str(error))
        for name, value in given.items():
            setattr(self.tracker.oddities, name, value)
        return web.json_response(asdict(self.tracker.oddities))

    def _may(self, request: web.Request) -> bool:
        return self._commands.accepts(request.headers.get("X-Tracker-Password", ""))

    @staticmethod
    def _failed(error: Exception) -> None:
        _logger.error("the tracker's port cannot be opened again", exc_info=error)


async def _object(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    try:
        given = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise ValueError("the body is no JSON object")
    return given


def _refusal(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
