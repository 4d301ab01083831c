"""As much of a Peatio exchange as a connector needs to run on, without cost or delay."""

import asyncio
from typing import Any

from aiohttp import web

from bench import wire
from bench.sockets import Sockets

PREFIX = "/api/v2/peatio"
FEES = [{"group": "any", "market_id": "any", "maker": "0.001", "taker": "0.002"}]


class PeatioApi:
    """REST and both websockets for `markets` markets with `levels` levels a side.

    :param replayed: changes sent after each snapshot, as Ranger replays those it stored
    """

    def __init__(self, markets: int, levels: int, replayed: list[wire.Change]) -> None:
        self._symbols = [f"{wire.market_name(number)}usd" for number in range(markets)]
        self._levels = levels
        self._replayed = replayed
        self.public = Sockets()
        self.private = Sockets()
        self.orders: dict[int, wire.Order] = {}

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        fixed = {
            "public/timestamp": wire.CREATED_AT,
            "public/version": {"version": "3.1.0"},
            "public/markets": [self._market(symbol) for symbol in self._symbols],
            "public/markets/tickers": {},
            "public/trading_fees": FEES,
            "account/members/me": {"uid": "ID0000000001", "email": "bench@example.com", "group": "any"},
            "account/balances": [{"currency": "usd", "balance": "1000000.0", "locked": "0.0"}],
            "market/trades": [],
        }
        return [
            *(web.get(f"{PREFIX}/{path}", _answering(body)) for path, body in fixed.items()),
            web.post(f"{PREFIX}/market/orders", self._create),
            web.get(f"{PREFIX}/market/orders", self._open_orders),
            web.get("/api/v2/ranger/public", self._public),
            web.get("/api/v2/ranger/private", self._private),
        ]

    def increments(self, done: list[wire.Change], market: int = 0, first: int = wire.FIRST_UPDATE) -> list[str]:
        """`done` as messages of one market."""
        symbol = self._symbols[market]
        return [wire.peatio_increment(symbol, change, first + n) for n, change in enumerate(done)]

    def trade(self, number: int) -> str:
        """A public trade on the first market."""
        return wire.peatio_public_trade(self._symbols[0], number)

    def fill(self, order_id: int, number: int) -> str:
        """A fill of one of the orders created here."""
        return wire.peatio_fill(self.orders[order_id], number)

    def _market(self, symbol: str) -> dict[str, Any]:
        return {
            "id": symbol,
            "symbol": symbol,
            "name": symbol.upper(),
            "base_unit": symbol.removesuffix("usd"),
            "quote_unit": "usd",
            "min_price": "0.01",
            "max_price": "0.0",
            "min_amount": "0.0001",
            "amount_precision": 6,
            "price_precision": 2,
            "state": "enabled",
        }

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        number = len(self.orders) + 1
        order = wire.Order(number, "", body["market"], body["side"] == "buy", body["price"], body["volume"])
        self.orders[number] = order
        self.private.send(wire.peatio_order_event(order, "pending"))
        asyncio.get_running_loop().call_soon(self.private.send, wire.peatio_order_event(order, "wait"))
        return web.json_response(wire.peatio_order(order, "pending"), status=201)

    async def _open_orders(self, request: web.Request) -> web.Response:
        return web.json_response([wire.peatio_order(order, "wait") for order in self.orders.values()])

    async def _public(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, self.public)

    async def _private(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, self.private)

    async def _serve(self, request: web.Request, sockets: Sockets) -> web.WebSocketResponse:
        async with sockets.accepted(request) as socket:
            streams: list[str] = []
            await socket.send_json(_ack(streams))
            async for message in socket:
                if message.data == "ping":
                    await socket.send_str("pong")
                    continue
                for stream in message.json()["streams"]:
                    streams.append(stream)
                    if stream.endswith(".ob-inc"):
                        await self._send_book(socket, stream.removesuffix(".ob-inc"))
                await socket.send_json(_ack(streams))
            return socket

    async def _send_book(self, socket: web.WebSocketResponse, symbol: str) -> None:
        await socket.send_str(wire.peatio_snapshot(symbol, self._levels))
        for text in self.increments(self._replayed, self._symbols.index(symbol)):
            await socket.send_str(text)


def _ack(streams: list[str]) -> dict[str, Any]:
    return {"success": {"message": "subscribed", "streams": streams}}


def _answering(body: Any) -> Any:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(body)

    return answer
