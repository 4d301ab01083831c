"""``/sandbox/faults``: faults over HTTP, for whoever runs on the same machine."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from peatio_sandbox.faults.faults import Faults
from peatio_sandbox.faults.kinds import PARAMETERS, FaultKind
from peatio_sandbox.faults.parameters import FaultError, Parameter
from peatio_sandbox.faults.storm import STORM_PARAMETERS
from peatio_sandbox.rest.callers import refusal_for
from peatio_sandbox.rest.common import Handler, answer

PATH = "/sandbox/faults"


class FaultEndpoints:
    """Handlers of ``/sandbox/faults``."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint."""
        for method, path, handler in (
            ("GET", PATH, self.list),
            ("POST", PATH, self.start),
            ("DELETE", PATH, self.stop_all),
            ("DELETE", PATH + "/{id:[0-9]+}", self.stop),
            ("POST", f"{PATH}/storm", self.start_storm),
            ("DELETE", f"{PATH}/storm", self.end_storm),
        ):
            router.add_route(method, path, _for_this_machine(handler))

    async def list(self, _request: web.Request) -> web.StreamResponse:
        """Return the faults in force, what has struck how often, and every kind with its parameters."""
        kinds = {str(kind): _described(parameters) for kind, parameters in PARAMETERS.items()}
        active = [fault.describe() for fault in self._faults.active()]
        hits = {str(kind): count for kind, count in self._faults.hits.items()}
        return answer({"active": active, "hits": hits, "kinds": kinds, "storm": _described(STORM_PARAMETERS)})

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Begin a fault; return its id."""
        try:
            given = await _read_object(request)
            kind = given.pop("kind", None)
            if not isinstance(kind, str):
                raise FaultError(f"kind is missing; there are {', '.join(FaultKind)}")
            if kind == FaultKind.SERVER_RESTART and given.get("duration_s") is None:
                raise FaultError("server_restart needs duration_s: nobody could stop it over HTTP")
            fault = self._faults.prepare(kind, given)
        except FaultError as error:
            return _refusal(422, str(error))
        response = answer({"id": fault.id}, 201)
        if fault.kind == FaultKind.SERVER_RESTART:
            # The answer first: the fault ends the connection it is asked for on.
            await response.prepare(request)
            await response.write_eof()
        self._faults.begin(fault)
        return response

    async def stop(self, request: web.Request) -> web.StreamResponse:
        """End a fault; one that has ended already is no error."""
        try:
            self._faults.stop(int(request.match_info["id"]))
        except FaultError as error:
            return _refusal(404, str(error))
        return web.Response(status=204)

    async def stop_all(self, _request: web.Request) -> web.StreamResponse:
        """End all faults."""
        self._faults.stop()
        return web.Response(status=204)

    async def start_storm(self, request: web.Request) -> web.StreamResponse:
        """Begin a storm."""
        try:
            self._faults.storm_as(await _read_object(request))
        except FaultError as error:
            return _refusal(422, str(error))
        return web.Response(status=204)

    async def end_storm(self, _request: web.Request) -> web.StreamResponse:
        """End the storm and the faults it has left in force."""
        self._faults.end_storm()
        return web.Response(status=204)


def _described(parameters: tuple[Parameter, ...]) -> dict[str, dict[str, Any]]:
    return {entry.name: {"default": entry.default, "accepts": entry.accepts} for entry in parameters}


async def _read_object(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise FaultError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise FaultError('the body must be an object such as {"kind": "latency", "delay_s": 0.5}')
    return body


def _for_this_machine(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        reason = refusal_for(request, "faults")
        return await handler(request) if reason is None else _refusal(403, reason)

    return guarded


def _refusal(status: int, message: str) -> web.Response:
    return answer({"errors": [message]}, status)
