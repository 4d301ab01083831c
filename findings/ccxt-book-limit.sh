#!/usr/bin/env bash
# ccxt 4.5.90 (PyPI)
#
# Guess: the limit of watch_order_book is how many levels it returns, of a book that is kept whole.
# What happens: the book itself has no more levels than that, and forgets what lies behind. When levels in front go,
# those behind them are missing, until each of them changes by itself. A change further out closes the row with a gap in
# it, which nothing shows: on binance, whose stream has changes only, a price for an amount is then wrong.
#
# Observed:
#   at first, asks of the exchange:           101 102 103 104 105 106 107
#             watch_order_book:               101 102 103 104 105 106 107
#             watch_order_book with limit 5:  101 102 103 104 105
#   101, 102 and 103 gone, 110 new, exchange: 104 105 106 107 110
#             watch_order_book:               104 105 106 107 110
#             watch_order_book with limit 5:  104 105 110
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: ccxt==4.5.90

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging

import ccxt.pro
from aiohttp import web

logging.disable()

PAIR = "BTC/USDT"


class Server:
    """The book of one market, as binance gives it: by REST, and its changes by a websocket."""

    def __init__(self) -> None:
        self.asks, self.last_id = {price: 1 for price in range(101, 108)}, 1
        self.streams: list[web.WebSocketResponse] = []

    async def snapshot(self, request: web.Request) -> web.Response:
        asks = [[str(price), "1"] for price in sorted(self.asks)][:int(request.query["limit"])]
        return web.json_response({"lastUpdateId": self.last_id, "bids": [["100", "1"]], "asks": asks})

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        self.streams.append(stream)
        async for message in stream:
            await stream.send_json({"result": None, "id": message.json()["id"]})
        return stream

    async def change(self, amounts: dict[int, int]) -> None:
        self.asks = {price: amount for price, amount in {**self.asks, **amounts}.items() if amount}
        self.last_id += 1
        changes = [[str(price), str(amount)] for price, amount in amounts.items()]
        ids = {"U": self.last_id, "u": self.last_id}
        for stream in self.streams:
            await stream.send_json({"e": "depthUpdate", "E": 1, "s": "BTCUSDT", **ids, "b": [], "a": changes})


def client(port: int) -> ccxt.pro.binance:
    exchange = ccxt.pro.binance({"enableRateLimit": False})
    exchange.urls["api"]["public"] = f"http://127.0.0.1:{port}/api/v3"
    exchange.urls["api"]["ws"]["spot"] = f"ws://127.0.0.1:{port}/ws"
    exchange.set_markets([exchange.safe_market_structure({
        "id": "BTCUSDT", "lowercaseId": "btcusdt", "symbol": PAIR, "base": "BTC", "quote": "USDT", "type": "spot",
        "spot": True, "contract": False, "option": False, "precision": {"amount": 1e-8, "price": 0.01},
    })])
    return exchange


def prices(asks) -> str:
    return " ".join(f"{ask[0]:.0f}" for ask in asks)


async def main() -> None:
    server, app = Server(), web.Application()
    app.add_routes([web.get("/api/v3/depth", server.snapshot), web.get("/ws/{name:.*}", server.stream)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    whole, limited = client(port), client(port)
    books = await asyncio.gather(whole.watch_order_book(PAIR), limited.watch_order_book(PAIR, 5))
    for moment in ("at first, asks of the exchange:", "101, 102 and 103 gone, 110 new, exchange:"):
        print(f"{moment:41}", " ".join(map(str, sorted(server.asks))))
        print(f"{'          watch_order_book:':41}", prices(books[0]["asks"]))
        print(f"{'          watch_order_book with limit 5:':41}", prices(books[1]["asks"]))
        if moment.startswith("at first"):
            waiting = asyncio.gather(whole.watch_order_book(PAIR), limited.watch_order_book(PAIR, 5))
            await asyncio.sleep(0)
            await server.change({101: 0, 102: 0, 103: 0, 110: 1})
            books = await waiting
    await whole.close()
    await limited.close()
    await runner.cleanup()


asyncio.run(main())
PYTHON
