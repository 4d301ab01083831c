"""``/sandbox/peg``: the peg, its cycle, and cycles by command, for whoever runs on the same machine."""

from __future__ import annotations

import json

from aiohttp import web

from peatio_sandbox.peg.market import PeggedMarket
from peatio_sandbox.rest.callers import refusal_for
from peatio_sandbox.rest.common import answer

PATH = "/sandbox/peg"


class PegEndpoints:
    """Handlers of ``/sandbox/peg``."""

    def __init__(self, pegged: PeggedMarket) -> None:
        self._pegged = pegged

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint."""
        router.add_get(PATH, self.state)
        router.add_post(f"{PATH}/cycle", self.cycle)
        router.add_post(f"{PATH}/tracker", self.tracker)

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Return peg, cycle, phases, and how many orders were resized."""
        reason = refusal_for(request, "the peg")
        return _refusal(403, reason) if reason is not None else answer(self._pegged.described())

    async def cycle(self, request: web.Request) -> web.StreamResponse:
        """Begin a cycle; without ``peg`` the peg stays. The answer comes at once, the cycle takes its time."""
        reason = refusal_for(request, "the peg")
        if reason is not None:
            return _refusal(403, reason)
        try:
            text = await request.text()
            given = json.loads(text) if text.strip() else {}
            peg = given.get("peg") if isinstance(given, dict) else "nothing"
            if peg is not None and (isinstance(peg, bool) or not isinstance(peg, int)):
                raise ValueError('the body must be an object such as {"peg": 53}')
            self._pegged.begin_cycle(peg)
        except ValueError as error:
            return _refusal(422, str(error))
        return answer(self._pegged.described(), 202)

    async def tracker(self, request: web.Request) -> web.StreamResponse:
        """Let the exchange lose its tracker, or find it again."""
        reason = refusal_for(request, "the peg")
        if reason is not None:
            return _refusal(403, reason)
        try:
            given = json.loads(await request.text())
        except ValueError:
            given = None
        is_reachable = given.get("reachable") if isinstance(given, dict) else None
        if not isinstance(is_reachable, bool):
            return _refusal(422, 'the body must be an object such as {"reachable": false}')
        self._pegged.set_reachable(is_reachable)
        return answer(self._pegged.described())


def _refusal(status: int, message: str) -> web.Response:
    return answer({"errors": [message]}, status)
