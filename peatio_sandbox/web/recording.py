"""Records what a sandbox's clients saw, to show it again or to send it with a bug report (docs/reference/browser.md).

One JSON object a line: first what the exchange was like, then events as they left for Ranger, REST requests with
their answers, websockets, faults asked for and the members' balances, each with its time. Headers are never written,
and so no key, signature or token.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from peatio_sandbox.exchange.decimals import decimal_text
from peatio_sandbox.exchange.exchange import EventSink, Exchange
from peatio_sandbox.exchange.market_data import PERIODS, Statistics
from peatio_sandbox.exchange.presentation import market_body, trading_fee_body
from peatio_sandbox.exchange.records import Member
from peatio_sandbox.faults.control import PATH as FAULTS_PATH
from peatio_sandbox.ranger.go_json import encode
from peatio_sandbox.rest.common import MEMBER, Handler
from peatio_sandbox.rest.gateway import RANGER_PREFIX
from peatio_sandbox.traders import CROWD, HOUSE
from peatio_sandbox.web.sessions import HEADER, PARAMETER

_logger = logging.getLogger(__name__)

KIND = "peatio-sandbox"
VERSION = 1
#: What the page shows of candles (candles.js and live.js in peatio_page/static/js).
PERIODS_SHOWN = (1, 5, 15, 60, 240, 1440)
CANDLES_SHOWN = 300


class Recorder:
    """A recording that is being made. The sandbox's own traders' accounts are left out: nobody looks at them.

    Args:
        path: the file to make.

    Raises:
        FileExistsError: there is such a file; a recording never takes another one's place.
        OSError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        # By lines, so that a crash loses none that was finished.
        self._file = path.open("x", encoding="utf-8", buffering=1)
        self._path = path
        self._time_s: Callable[[], float] = lambda: 0.0
        self._began_s = 0.0
        self._members: dict[str, Member] = {}

    def begin(self, exchange: Exchange, dialect: str, time_s: Callable[[], float], statistics: Statistics) -> None:
        """Write what the exchange is like and follow its ledger; `time_s` is a clock that only goes forward."""
        self._time_s, self._began_s = time_s, time_s()
        people = (member for member in exchange.members.values() if member.name not in (HOUSE, CROWD))
        self._members = {member.uid: member for member in people}
        self._write(json.dumps({**self._head(exchange, dialect), "candles": _candles(exchange, statistics)}))
        before = exchange.ledger.on_change

        def on_change(uid: str, currency: str) -> None:
            before(uid, currency)
            if uid in self._members:
                account = exchange.ledger.account(uid, currency)
                free, locked = decimal_text(account.balance), decimal_text(account.locked)
                name = self._members[uid].name
                self._note("balance", {"member": name, "currency": currency, "free": free, "locked": locked})

        exchange.ledger.on_change = on_change

    def tap(self, ranger: EventSink) -> EventSink:
        """Return a sink that writes events down on their way to Ranger."""
        return _Tap(self, ranger)

    def write_event(self, routing_key: str, payload: object) -> None:
        """Write an event down as clients get it."""
        scope, _, rest = routing_key.partition(".")
        if scope != "private" or rest.partition(".")[0] in self._members:
            key = json.dumps(routing_key)
            self._write(f'{{"ms": {self._now_ms()}, "event": {key}, "payload": {encode(payload)}}}')

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Write requests down with what came of them. What the page reads of an account is left out."""
        if request.path.startswith(RANGER_PREFIX):
            return await self._watch_websocket(request, handler)
        is_of_faults = request.path.startswith(FAULTS_PATH) and request.method != "GET"
        is_of_page = HEADER in request.headers and request.method == "GET"
        if is_of_page or not (request.path.startswith("/api/") or is_of_faults):
            return await handler(request)
        came_ms = self._now_ms()
        body = (await request.read()).decode("utf-8", "replace") if request.can_read_body else ""
        response = await handler(request)
        if isinstance(response, web.Response):
            self._write_request(request, body, response, came_ms)
        return response

    def close(self) -> None:
        """End the recording; one that never began leaves no file."""
        self._file.close()
        if self._path.exists() and self._path.stat().st_size == 0:
            self._path.unlink()

    def _head(self, exchange: Exchange, dialect: str) -> Mapping[str, Any]:
        fees = enumerate(exchange.config.trading_fees, start=1)
        return {
            "recording": KIND,
            "version": VERSION,
            "at_ms": int(exchange.clock.now_s() * 1000),
            "dialect": dialect,
            "markets": [market_body(market) for market in exchange.markets.values() if market.is_enabled],
            "trading_fees": [trading_fee_body(fee, number, exchange.started_s) for number, fee in fees],
            "members": [
                {
                    "name": member.name,
                    "uid": member.uid,
                    "group": member.group,
                    "balances": [
                        {"currency": currency, "balance": decimal_text(free), "locked": decimal_text(locked)}
                        for currency, (free, locked) in sorted(exchange.ledger.holdings(member.uid).items())
                    ],
                }
                for member in self._members.values()
            ],
        }

    async def _watch_websocket(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        channel = "private" if request.path.startswith(f"{RANGER_PREFIX}/private") else "public"
        if PARAMETER in request.query:
            return await handler(request)
        self._note("websocket", {"channel": channel, "is_open": True})
        try:
            return await handler(request)
        finally:
            # Whose it is was found out on the way.
            self._note("websocket", {"channel": channel, "is_open": False, "member": _name(request)})

    def _write_request(self, request: web.Request, body: str, response: web.Response, came_ms: int) -> None:
        is_cut = request.transport is None or request.transport.is_closing()
        query = [f"{name}={value}" for name, value in request.query.items() if name != PARAMETER]
        entry = {
            "member": _name(request),
            "method": request.method,
            "path": request.path,
            "query": "&".join(query),
            "body": _read(body),
            "came_ms": came_ms,
            "status": None if is_cut else response.status,
            "answer": None if is_cut else _read(response.text or ""),
        }
        self._note("request", entry)

    def _note(self, kind: str, what: Mapping[str, Any]) -> None:
        self._write(json.dumps({"ms": self._now_ms(), kind: what}))

    def _write(self, line: str) -> None:
        if self._file.closed:
            return
        try:
            self._file.write(line + "\n")
        except OSError as error:
            _logger.error("the recording ends here, it cannot be written: %s", error)
            self._file.close()

    def _now_ms(self) -> int:
        return round(1000 * (self._time_s() - self._began_s))


def _candles(exchange: Exchange, statistics: Statistics) -> Mapping[str, Any]:
    """Return the candles of before the recording: market → name of the period → rows; only those there are."""
    found = {
        market: {PERIODS[period]: statistics.latest(market, period, CANDLES_SHOWN) for period in PERIODS_SHOWN}
        for market in exchange.markets
    }
    return {market: periods for market, periods in found.items() if any(periods.values())}


class _Tap:
    def __init__(self, recorder: Recorder, ranger: EventSink) -> None:
        self._recorder = recorder
        self._ranger = ranger

    def publish(self, routing_key: str, payload: object) -> None:
        """Write an event down and hand it on."""
        self._recorder.write_event(routing_key, payload)
        self._ranger.publish(routing_key, payload)


def _name(request: web.Request) -> str | None:
    member = request.get(MEMBER)
    return member.name if isinstance(member, Member) else None


def _read(text: str) -> Any:
    """Return a body as JSON where it is, as text where it is not, None where there is none."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
