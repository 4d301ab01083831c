"""Gate.io's spot API, version 4, as its public documentation describes it. Orders are asked for by its own ids."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from aiohttp import web
from hummingbot.connector.exchange.gate_io import gate_io_constants
from hummingbot.connector.exchange.gate_io.gate_io_exchange import GateIoExchange

from test.peatio_liquidity.loopback.exchange import (
    BASE,
    LOT,
    MIN_AMOUNT,
    MIN_VALUE,
    QUOTE,
    LoopbackExchange,
    Order,
    RefusedError,
    State,
    Trade,
)
from test.peatio_liquidity.loopback.server import API_KEY, API_SECRET, Sockets, always, dropped, serving

SYMBOL = f"{BASE}_{QUOTE}"
PAIR = f"{BASE}-{QUOTE}"
STATUS = {State.OPEN: "open", State.FILLED: "closed", State.CANCELLED: "cancelled"}


class GateIoServer:
    """What a `LoopbackExchange` looks like through this API."""

    def __init__(self, exchange: LoopbackExchange) -> None:
        self._exchange = exchange
        self.sockets = Sockets()
        exchange.listeners.append(self._on_change)

    def app(self) -> web.Application:
        """With Gate.io's paths."""
        app = web.Application()
        pair = {
            "id": SYMBOL, "base": BASE, "quote": QUOTE, "trade_status": "tradable", "precision": 2,
            "amount_precision": 5, "min_base_amount": f"{MIN_AMOUNT}", "min_quote_amount": f"{MIN_VALUE}",
        }  # fmt: skip
        for path, answer in (
            ("currencies/BTC", {}), ("currency_pairs", [pair]), ("tickers", [{"last": "30000"}]),
        ):  # fmt: skip
            app.router.add_get(f"/api/v4/spot/{path}", always(answer))
        app.router.add_get("/api/v4/spot/time", self._time)
        app.router.add_get("/api/v4/spot/order_book", self._book)
        app.router.add_get("/api/v4/spot/accounts", self._accounts)
        app.router.add_get("/api/v4/spot/my_trades", self._trades)
        app.router.add_post("/api/v4/spot/orders", self._create)
        app.router.add_get("/api/v4/spot/orders/{number}", self._look_up)
        app.router.add_delete("/api/v4/spot/orders/{number}", self._cancel)
        app.router.add_get("/ws/v4/", self._socket)
        return app

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        return await self.sockets.serve(request, self._subscribed)

    async def _time(self, _: web.Request) -> web.Response:
        return web.json_response({"server_time": time.time_ns() // 1_000_000})

    async def _book(self, _: web.Request) -> web.Response:
        sides = {
            name: [[f"{price}", f"{amount}"] for price, amount in self._exchange.levels(is_bid)]
            for name, is_bid in (("bids", True), ("asks", False))
        }
        return web.json_response({"id": self._exchange.update_id, **sides})

    async def _accounts(self, request: web.Request) -> web.Response:
        await _signed(request)
        rows = self._exchange.balances.items()
        return web.json_response(
            [{"currency": name, "available": f"{free}", "locked": "0"} for name, free in rows]
        )

    async def _trades(self, request: web.Request) -> web.Response:
        await _signed(request)
        if not self._exchange.answers_look_ups:
            return dropped(request)
        wanted = request.query.get("order_id")
        found = [trade for trade in self._exchange.trades if wanted in (None, str(trade.order.number))]
        return web.json_response([_trade(trade) for trade in found])

    async def _create(self, request: web.Request) -> web.Response:
        await _signed(request)
        given = await request.json()
        is_buy, amount = given["side"] == "buy", Decimal(given["amount"])
        price = Decimal(given["price"]) if given["type"] == "limit" else None
        if price is None and is_buy:  # in quote
            amount = amount / self._exchange.levels(False)[0][0] // LOT * LOT
        try:
            order = self._exchange.place(given["text"], is_buy, amount, price)
        except RefusedError as error:
            return web.json_response({"label": "INVALID_PARAM_VALUE", "message": f"{error}"}, status=400)
        if not self._exchange.answers_creates:
            return dropped(request)
        return web.json_response(_order(order), status=201)

    async def _look_up(self, request: web.Request) -> web.Response:
        await _signed(request)
        if not self._exchange.answers_look_ups:
            return dropped(request)
        return web.json_response(_order(self._order(request)))

    async def _cancel(self, request: web.Request) -> web.Response:
        await _signed(request)
        order = self._order(request)
        if order.state is not State.OPEN:
            raise _not_found()
        self._exchange.cancel(order)
        return web.json_response(_order(order))

    def _order(self, request: web.Request) -> Order:
        order = self._exchange.orders.get(int(request.match_info["number"]))
        if order is None:
            raise _not_found()
        return order

    @staticmethod
    def _subscribed(message: dict[str, Any]) -> dict[str, Any]:
        if message["channel"] in ("spot.orders", "spot.usertrades", "spot.balances"):
            text = f"channel={message['channel']}&event={message['event']}&time={message['time']}"
            assert message["auth"]["SIGN"] == _signature(text), "private channels are signed"
        return {key: message.get(key) for key in ("time", "channel")} | {"event": "subscribe", "result": {}}

    def _on_change(self, what: str, subject: Any) -> None:
        now_ms = time.time_ns() // 1_000_000
        if what == "book":
            is_bid, price, amount = subject
            number, level = self._exchange.update_id, [[f"{price}", f"{amount}"]]
            sides = {"b": level if is_bid else [], "a": [] if is_bid else level}
            self._tell("spot.order_book_update", {"t": now_ms, "s": SYMBOL, "U": number, "u": number, **sides})
        elif what == "order":
            event = "put" if subject.state is State.OPEN else "finish"
            self._tell("spot.orders", [{**_order(subject), "event": event}])
        elif what == "trade":
            trade: Trade = subject
            self._tell("spot.usertrades", [_trade(trade)])
            event = "finish" if trade.order.state is State.FILLED else "update"
            self._tell("spot.orders", [{**_order(trade.order), "event": event}])
        elif what == "balances":
            rows = self._exchange.balances.items()
            self._tell(
                "spot.balances", [{"currency": name, "available": f"{free}", "total": f"{free}"} for name, free in rows]
            )

    def _tell(self, channel: str, result: Any) -> None:
        self.sockets.send({"time": int(time.time()), "channel": channel, "event": "update", "result": result})


def _order(order: Order) -> dict[str, Any]:
    ended = {State.OPEN: "open", State.FILLED: "filled", State.CANCELLED: "cancelled"}
    return {
        "id": str(order.number), "text": order.client_id, "currency_pair": SYMBOL, "status": STATUS[order.state],
        "amount": f"{order.amount}", "left": f"{order.amount - order.filled}",
        "filled_total": f"{order.filled * 30000}", "finish_as": ended[order.state],
        "update_time": "1700000000", "create_time": "1700000000",
    }  # fmt: skip


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "id": str(trade.number), "order_id": str(trade.order.number), "text": trade.order.client_id,
        "amount": f"{trade.amount}", "price": f"{trade.price}", "fee": f"{trade.fee}",
        "fee_currency": trade.fee_currency, "create_time": trade.at_ms / 1000,
    }  # fmt: skip


def _not_found() -> web.HTTPException:
    return web.HTTPNotFound(text='{"label": "ORDER_NOT_FOUND", "message": "Order not found"}')


def _signature(text: str) -> str:
    return hmac.new(API_SECRET.encode(), text.encode(), hashlib.sha512).hexdigest()


async def _signed(request: web.Request) -> None:
    """:raises web.HTTPUnauthorized: when the request is not signed by the account"""
    body = hashlib.sha512(await request.read()).hexdigest()
    text = "\n".join((request.method, request.path, request.query_string, body, request.headers["Timestamp"]))
    if request.headers["KEY"] != API_KEY or request.headers["SIGN"] != _signature(text):
        raise web.HTTPUnauthorized(text='{"label": "INVALID_SIGNATURE"}')


@asynccontextmanager
async def gate_io(exchange: LoopbackExchange) -> AsyncIterator[GateIoServer]:
    """Hummingbot's connector finds the exchange here, by no other change than its addresses."""
    server = GateIoServer(exchange)
    async with serving(server.app()) as address:
        with patch.multiple(
            gate_io_constants, REST_URL=f"http://{address}/api/v4", WS_URL=f"ws://{address}/ws/v4/"
        ):
            yield server


def connector() -> GateIoExchange:
    """Hummingbot's own, with the keys of the tests."""
    return GateIoExchange(API_KEY, API_SECRET, trading_pairs=[PAIR])
