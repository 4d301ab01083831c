"""As much of binance as Hummingbot's connector needs to run on, without cost or delay."""

import asyncio
import time
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bench import wire
from bench.sockets import Sockets


class BinanceApi:
    """REST and both websockets for `markets` markets with `levels` levels a side.

    :param replayed: changes sent once a market is subscribed to
    """

    def __init__(self, markets: int, levels: int, replayed: list[wire.Change]) -> None:
        self._symbols = [f"{wire.market_name(number)}usd".upper() for number in range(markets)]
        self._levels = levels
        self._replayed = replayed
        self.public = Sockets()
        self.private = Sockets()
        self.orders: dict[int, wire.Order] = {}

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        return [
            web.get("/api/v3/ping", _json({})),
            web.get("/api/v3/time", self._time),
            web.get("/api/v3/exchangeInfo", _json({"symbols": [self._symbol(symbol) for symbol in self._symbols]})),
            web.get("/api/v3/depth", _json(wire.binance_snapshot(self._levels))),
            web.get("/api/v3/ticker/24hr", _json({"lastPrice": "30000.0"})),
            web.get("/api/v3/account", _json({"balances": [{"asset": "USD", "free": "1000000.0", "locked": "0.0"}]})),
            web.get("/api/v3/myTrades", _json([])),
            web.post("/api/v3/order", self._create),
            web.get("/api/v3/order", self._status),
            web.delete("/api/v3/order", self._cancel),
            web.get("/ws", self._public),
            web.get("/ws-api", self._private),
        ]

    def increments(self, done: list[wire.Change], market: int = 0, first: int = wire.FIRST_UPDATE) -> list[str]:
        """`done` as messages of one market."""
        symbol = self._symbols[market]
        return [wire.binance_increment(symbol, change, first + n) for n, change in enumerate(done)]

    def trade(self, number: int) -> str:
        """A public trade on the first market."""
        return wire.binance_public_trade(self._symbols[0], number)

    def fill(self, order_id: int, number: int) -> str:
        """A fill of one of the orders created here."""
        return wire.binance_report(self.orders[order_id], number, is_fill=True)

    def _symbol(self, symbol: str) -> dict[str, Any]:
        return {
            "symbol": symbol,
            "status": "TRADING",
            "baseAsset": symbol.removesuffix("USD"),
            "quoteAsset": "USD",
            "permissionSets": [["SPOT"]],
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.0", "tickSize": "0.01"},
                {"filterType": "LOT_SIZE", "minQty": "0.0001", "maxQty": "1000000.0", "stepSize": "0.000001"},
                {"filterType": "NOTIONAL", "minNotional": "0.0001"},
            ],
        }

    async def _time(self, request: web.Request) -> web.Response:
        return web.json_response({"serverTime": int(time.time() * 1000)})

    async def _create(self, request: web.Request) -> web.Response:
        # Hummingbot calls the form that it sends JSON.
        body = dict(parse_qsl(await request.text()))
        number = len(self.orders) + 1
        is_buy = body["side"] == "BUY"
        order = wire.Order(number, body["newClientOrderId"], body["symbol"], is_buy, body["price"], body["quantity"])
        self.orders[number] = order
        asyncio.get_running_loop().call_soon(self.private.send, wire.binance_report(order, number, is_fill=False))
        return web.json_response({"orderId": number, "transactTime": wire.CREATED_AT_S * 1000})

    async def _status(self, request: web.Request) -> web.Response:
        order = self._asked_for(request)
        return web.json_response({"orderId": order.order_id, "status": "NEW", "updateTime": wire.CREATED_AT_S * 1000})

    async def _cancel(self, request: web.Request) -> web.Response:
        return web.json_response({"orderId": self._asked_for(request).order_id, "status": "CANCELED"})

    def _asked_for(self, request: web.Request) -> wire.Order:
        client_order_id = request.query["origClientOrderId"]
        return next(order for order in self.orders.values() if order.client_order_id == client_order_id)

    async def _public(self, request: web.Request) -> web.WebSocketResponse:
        async with self.public.accepted(request) as socket:
            async for message in socket:
                body = message.json()
                await socket.send_json({"result": None, "id": body["id"]})
                for stream in body["params"]:
                    symbol, _, kind = stream.partition("@")
                    if kind.startswith("depth"):
                        for text in self.increments(self._replayed, self._symbols.index(symbol.upper())):
                            await socket.send_str(text)
            return socket

    async def _private(self, request: web.Request) -> web.WebSocketResponse:
        async with self.private.accepted(request) as socket:
            async for message in socket:
                await socket.send_json({"id": message.json()["id"], "status": 200, "result": {"subscriptionId": 0}})
            return socket


def _json(body: Any) -> Any:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(body)

    return answer
