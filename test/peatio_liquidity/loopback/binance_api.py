"""Binance's spot API, as its public documentation describes it."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

from aiohttp import web
from hummingbot.connector.exchange.binance import binance_constants
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange

from test.peatio_liquidity.loopback.exchange import (
    BASE,
    LOT,
    MAX_AMOUNT,
    MIN_AMOUNT,
    MIN_VALUE,
    QUOTE,
    TICK,
    LoopbackExchange,
    Order,
    RefusedError,
    State,
    Trade,
)
from test.peatio_liquidity.loopback.server import API_KEY, API_SECRET, Sockets, always, dropped, serving

SYMBOL = BASE + QUOTE
PAIR = f"{BASE}-{QUOTE}"
STATES = {State.OPEN: "NEW", State.FILLED: "FILLED", State.CANCELLED: "CANCELED"}


class BinanceServer:
    """What a `LoopbackExchange` looks like through this API.

    :ivar is_overloaded: creates are taken and answered as if that were not known
    :ivar accepts_sockets: of the market's data; those that are open stay
    """

    def __init__(self, exchange: LoopbackExchange) -> None:
        self._exchange = exchange
        self.is_overloaded, self.accepts_sockets = False, True
        self.market = Sockets()
        self.user = Sockets()
        exchange.listeners.append(self._on_change)

    def app(self) -> web.Application:
        """With Binance's paths."""
        app = web.Application()
        for path, answer in (
            ("ping", {}),
            ("exchangeInfo", {"symbols": [self._symbol()]}),
            ("ticker/24hr", {"lastPrice": "30000"}),
        ):
            app.router.add_get(f"/api/v3/{path}", always(answer))
        app.router.add_get("/api/v3/time", self._time)
        app.router.add_get("/api/v3/depth", self._depth)
        app.router.add_get("/api/v3/account", self._account)
        app.router.add_get("/api/v3/myTrades", self._trades)
        app.router.add_post("/api/v3/order", self._create)
        app.router.add_get("/api/v3/order", self._look_up)
        app.router.add_delete("/api/v3/order", self._cancel)
        app.router.add_get("/ws", self._market_socket)
        app.router.add_get("/ws-api/v3", self._user_socket)
        return app

    async def _market_socket(self, request: web.Request) -> web.WebSocketResponse:
        if not self.accepts_sockets:
            raise web.HTTPServiceUnavailable
        return await self.market.serve(request, self._subscribed)

    async def _user_socket(self, request: web.Request) -> web.WebSocketResponse:
        return await self.user.serve(request, self._subscribed_user)

    @staticmethod
    def _symbol() -> dict[str, Any]:
        return {
            "symbol": SYMBOL, "status": "TRADING", "baseAsset": BASE, "quoteAsset": QUOTE,
            "permissionSets": [["SPOT"]], "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
            "filters": [
                {"filterType": "PRICE_FILTER", "tickSize": f"{TICK}"},
                {"filterType": "LOT_SIZE", "minQty": f"{MIN_AMOUNT}", "maxQty": f"{MAX_AMOUNT}", "stepSize": f"{LOT}"},
                {"filterType": "NOTIONAL", "minNotional": f"{MIN_VALUE}"},
            ],
        }  # fmt: skip

    async def _time(self, _: web.Request) -> web.Response:
        return web.json_response({"serverTime": time.time_ns() // 1_000_000})

    async def _depth(self, _: web.Request) -> web.Response:
        sides = {
            name: [[f"{price}", f"{amount}"] for price, amount in self._exchange.levels(is_bid)]
            for name, is_bid in (("bids", True), ("asks", False))
        }
        return web.json_response({"lastUpdateId": self._exchange.update_id, **sides})

    async def _account(self, request: web.Request) -> web.Response:
        _signed(request.query_string, request)
        balances = [
            {"asset": currency, "free": f"{free}", "locked": "0"} for currency, free in self._exchange.balances.items()
        ]
        return web.json_response({"balances": balances})

    async def _trades(self, request: web.Request) -> web.Response:
        given = _signed(request.query_string, request)
        if not self._exchange.answers_look_ups:
            return dropped(request)
        wanted = given.get("orderId")
        found = [trade for trade in self._exchange.trades if wanted in (None, str(trade.order.number))]
        return web.json_response([_trade(trade) for trade in found])

    async def _create(self, request: web.Request) -> web.Response:
        given = _signed(await request.text(), request)
        price = Decimal(given["price"]) if "price" in given else None
        try:
            order = self._exchange.place(
                given["newClientOrderId"], given["side"] == "BUY", Decimal(given["quantity"]), price
            )
        except RefusedError as error:
            return web.json_response({"code": -1013, "msg": f"Filter failure: {error}"}, status=400)
        if not self._exchange.answers_creates:
            return dropped(request)
        if self.is_overloaded:
            text = "Unknown error, please check your request or try again later."
            return web.json_response({"code": -1000, "msg": text}, status=503)
        return web.json_response({"orderId": order.number, "transactTime": time.time_ns() // 1_000_000})

    async def _look_up(self, request: web.Request) -> web.Response:
        given = _signed(request.query_string, request)
        if not self._exchange.answers_look_ups:
            return dropped(request)
        order = self._exchange.of_client(given["origClientOrderId"])
        if order is None:
            return web.json_response({"code": -2013, "msg": "Order does not exist."}, status=400)
        return web.json_response({"orderId": order.number, "status": _state(order), "updateTime": 1_700_000_000_000})

    async def _cancel(self, request: web.Request) -> web.Response:
        given = _signed(request.query_string, request)
        order = self._exchange.of_client(given["origClientOrderId"])
        if order is None or order.state is not State.OPEN:
            return web.json_response({"code": -2011, "msg": "Unknown order sent."}, status=400)
        self._exchange.cancel(order)
        return web.json_response({"status": "CANCELED"})

    @staticmethod
    def _subscribed(message: dict[str, Any]) -> dict[str, Any]:
        return {"result": None, "id": message["id"]}

    @staticmethod
    def _subscribed_user(message: dict[str, Any]) -> dict[str, Any]:
        given = message["params"]
        text = "&".join(f"{key}={given[key]}" for key in sorted(given) if key != "signature")
        assert given["signature"] == _signature(text), "the user stream is signed"
        return {"id": message["id"], "status": 200, "result": {"subscriptionId": 0}}

    def _on_change(self, what: str, subject: Any) -> None:
        now_ms = time.time_ns() // 1_000_000
        if what == "book":
            is_bid, price, amount = subject
            number, level = self._exchange.update_id, [[f"{price}", f"{amount}"]]
            sides = {"b": level if is_bid else [], "a": [] if is_bid else level}
            self.market.send({"e": "depthUpdate", "E": now_ms, "s": SYMBOL, "U": number, "u": number, **sides})
        elif what == "market trade":
            is_buy, price, amount = subject
            trade_of = {"t": now_ms, "T": now_ms - 3, "m": not is_buy}
            self.market.send({"e": "trade", "E": now_ms, "s": SYMBOL, "p": f"{price}", "q": f"{amount}", **trade_of})
        elif what == "order":
            self._report(subject, "CANCELED" if subject.state is State.CANCELLED else "NEW", now_ms)
        elif what == "trade":
            trade: Trade = subject
            details = {
                "l": f"{trade.amount}", "L": f"{trade.price}", "n": f"{trade.fee}", "N": trade.fee_currency,
                "t": trade.number, "T": trade.at_ms,
            }  # fmt: skip
            self._report(trade.order, "TRADE", now_ms, **details)
        elif what == "balances":
            rows = [{"a": currency, "f": f"{free}", "l": "0"} for currency, free in self._exchange.balances.items()]
            self._tell({"e": "outboundAccountPosition", "E": now_ms, "B": rows})

    def _report(self, order: Order, kind: str, now_ms: int, **details: Any) -> None:
        ids = {"c": order.client_id, "C": order.client_id if kind == "CANCELED" else "", "i": order.number}
        self._tell({"e": "executionReport", "E": now_ms, "s": SYMBOL, "x": kind, "X": _state(order), **ids, **details})

    def _tell(self, event: dict[str, Any]) -> None:
        self.user.send({"subscriptionId": 0, "event": event})


def _state(order: Order) -> str:
    return "PARTIALLY_FILLED" if order.state is State.OPEN and order.filled else STATES[order.state]


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "id": trade.number, "orderId": trade.order.number, "price": f"{trade.price}", "qty": f"{trade.amount}",
        "quoteQty": f"{trade.price * trade.amount}", "commission": f"{trade.fee}",
        "commissionAsset": trade.fee_currency, "time": trade.at_ms, "isBuyer": trade.order.is_buy, "isMaker": False,
    }  # fmt: skip


def _signature(text: str) -> str:
    return hmac.new(API_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def _signed(text: str, request: web.Request) -> dict[str, str]:
    """The parameters of a signed request."""
    payload, _, signature = text.rpartition("&signature=")
    if request.headers.get("X-MBX-APIKEY") != API_KEY or signature != _signature(payload):
        raise web.HTTPUnauthorized(text='{"code": -1022, "msg": "Signature for this request is not valid."}')
    return {key: values[0] for key, values in parse_qs(payload).items()}


@asynccontextmanager
async def binance(exchange: LoopbackExchange) -> AsyncIterator[BinanceServer]:
    """Hummingbot's connector finds the exchange here, by no other change than its addresses."""
    server = BinanceServer(exchange)
    async with serving(server.app()) as address:
        with patch.multiple(
            binance_constants,
            REST_URL=f"http://{address}/api/",
            WSS_URL=f"ws://{address}/ws",
            WSS_API_URL=f"ws://{address}/ws-api/v3",
        ):
            yield server


def connector(trading_required: bool = True) -> BinanceExchange:
    """Hummingbot's own, with the keys of the tests."""
    return BinanceExchange(API_KEY, API_SECRET, trading_pairs=[PAIR], trading_required=trading_required)
