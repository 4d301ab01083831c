"""Faults on the way of requests and their answers."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from peatio_sandbox.exchange.exchange import Exchange, OrderRefusedError
from peatio_sandbox.exchange.records import Member, OrderRecord
from peatio_sandbox.faults.kinds import Fault, FaultKind
from peatio_sandbox.faults.strikes import Strikes
from peatio_sandbox.rest.common import MEMBER, Handler, answer
from peatio_sandbox.rest.gateway import RANGER_PREFIX

#: How often a stalled answer looks whether anybody still waits for it, in seconds.
_LOOK_PERIOD_S = 0.05

#: What a gateway says, short or as a page, when what is behind it does not answer.
_TEXT = "upstream connect error or disconnect/reset before headers. reset reason: connection failure"
_PAGE = "<html>\n<head><title>{0}</title></head>\n<body>\n<center><h1>{0}</h1></center>\n</body>\n</html>\n"
_REASONS = {
    401: "Authorization Required",
    403: "Forbidden",
    404: "Not Found",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
_MOVED = "<html>\n<head><title>Moved</title></head>\n<body>\n<center><h1>Moved</h1></center>\n</body>\n</html>\n"
_RATE_LIMITED = "Retry later\n"


class RequestFaults:
    """Stands between the gateway's check of keys and Peatio."""

    def __init__(self, strikes: Strikes, exchange: Exchange) -> None:
        self._strikes = strikes
        self._exchange = exchange
        self._dead = asyncio.Event()

    def server_died(self) -> None:
        """Drop the requests that are held up before their effect, and let go of stalled answers."""
        self._dead.set()
        self._dead = asyncio.Event()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through, or not, and its answer."""
        if not request.path.startswith("/api/"):
            return await handler(request)
        if not self._strikes.is_calm:
            refusal = await self._before(request)
            if refusal is not None:
                return refusal
        response = await handler(request)
        # A websocket has lived its whole life by now.
        if self._strikes.is_calm or request.path.startswith(RANGER_PREFIX):
            return response
        return await self._after(request, response)

    def hand_on(self, order: OrderRecord) -> None:
        """Hand a stored order to the order processor, unless the broker cannot be reached.

        Raises:
            OrderRefusedError: ``market.order.create_error``; the order stays stored and is handed on later.
        """
        name = order.member.name
        fault = self._strikes.strike(FaultKind.CREATE_ERROR_STORED, lambda fault: fault.concerns_member(name))
        if fault is None:
            self._exchange.hand_on(order)
            return
        self._exchange.hand_on_late(order, fault.parameters["delay_s"])
        raise OrderRefusedError("market.order.create_error")

    async def _before(self, request: web.Request) -> web.Response | None:
        """Return the answer of a request that goes no further, None for one that goes on."""
        limited = self._strike(FaultKind.RATE_LIMIT, request)
        if limited is not None:
            headers = {"Retry-After": str(limited.parameters["retry_after_s"])}
            return web.Response(status=429, text=_RATE_LIMITED, headers=headers)
        if self._strike(FaultKind.REQUEST_LOST, request) is not None or self._drops_websocket(request):
            return _cut(request)
        moved = self._strike(FaultKind.REDIRECT, request)
        if moved is not None:
            return _redirect(moved, request)
        failed = self._strike(FaultKind.SERVER_ERROR, request)
        if failed is not None:
            return _server_error(failed)
        refused = self._strike(FaultKind.REFUSED, request)
        if refused is not None:
            return _refusal(refused)
        late = self._strike(FaultKind.LATENCY, request, before=True)
        if late is not None:
            await request.read()  # what was sent has arrived: it takes effect though the client may go meanwhile
            if not await self._passes(late.parameters["delay_s"]):
                return _cut(request)
        return None

    async def _after(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        """Return what becomes of an answer."""
        late = self._strike(FaultKind.LATENCY, request, before=False)
        if late is not None and not await self._passes(late.parameters["delay_s"]):
            return _cut(request)
        if self._strike(FaultKind.ANSWER_LOST, request) is not None:
            return _cut(request)
        if self._strike(FaultKind.ANSWER_STALLED, request) is not None:
            await self._stall(request)
            return _cut(request)
        failed = self._strike(FaultKind.SERVER_ERROR_AFTER, request)
        return response if failed is None else _server_error(failed)

    def _drops_websocket(self, request: web.Request) -> bool:
        """Return whether websockets are being dropped, so that a new one does not come about."""
        if not request.path.startswith(RANGER_PREFIX):
            return False
        channel = "private" if request.path.startswith(f"{RANGER_PREFIX}/private") else "public"
        name = _member_name(request)

        def concerns(fault: Fault) -> bool:
            return fault.parameters["channel"] in (None, channel) and fault.concerns_member(name)

        return self._strikes.strike(FaultKind.WEBSOCKET_DROP, concerns) is not None

    def _strike(self, kind: FaultKind, request: web.Request, **wanted: bool) -> Fault | None:
        return self._strikes.strike(kind, partial(_concerns, request, wanted))

    async def _passes(self, delay_s: float) -> bool:
        """Wait; return False if the server died meanwhile."""
        try:
            await asyncio.wait_for(self._dead.wait(), delay_s)
        except TimeoutError:
            return True
        return False

    async def _stall(self, request: web.Request) -> None:
        """Wait until the client has gone or the server dies."""
        while request.transport is not None and await self._passes(_LOOK_PERIOD_S):
            pass


def _concerns(request: web.Request, wanted: dict[str, bool], fault: Fault) -> bool:
    is_wanted = all(fault.parameters[name] == value for name, value in wanted.items())
    is_about = fault.concerns_request(request.method, request.path)
    return is_wanted and is_about and fault.concerns_member(_member_name(request))


def _member_name(request: web.Request) -> str | None:
    member = request.get(MEMBER)
    return member.name if isinstance(member, Member) else None


def _cut(request: web.Request) -> web.Response:
    """End the connection; the response returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _server_error(fault: Fault) -> web.Response:
    status = fault.parameters["status"]
    if fault.parameters["html"]:
        return _page(status)
    if status == 500:
        return answer({"errors": ["server.internal_error"]}, 500)
    return web.Response(status=status, text=_TEXT)


def _redirect(fault: Fault, request: web.Request) -> web.Response:
    site = fault.parameters["site"] or f"https://{request.host}"
    headers = {"Location": f"{site}{request.raw_path}"}
    return web.Response(status=fault.parameters["status"], text=_MOVED, headers=headers, content_type="text/html")


def _refusal(fault: Fault) -> web.Response:
    status, code = fault.parameters["status"], fault.parameters["code"]
    return _page(status) if code is None else answer({"errors": [code]}, status)


def _page(status: int) -> web.Response:
    title = f"{status} {_REASONS.get(status, 'Server Error' if status >= 500 else 'Bad Request')}"
    return web.Response(status=status, text=_PAGE.format(title), content_type="text/html")
