#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a connector asks for the first book when it has subscribed to the changes, so that none is missed.
# What happens: OrderBookTracker starts both at once. What changes after the answer with the book and before the
# subscription is never seen: the level stays in the book until it changes again, or for an hour.
#
# Observed:
#   asked for the book, the bid at 100 is gone, subscribed
#   the book's bids: [100.0, 99.0, 98.0]
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from unittest.mock import patch

from aiohttp import web
from bidict import bidict
from hummingbot.connector.exchange.binance import binance_constants
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange

logging.disable()
PAIR, SYMBOL = "BTC-USDT", "BTCUSDT"
bids = {"100": "1", "99": "1"}
events: list[str] = []
asked, subscribed = asyncio.Event(), asyncio.Event()


async def depth(_: web.Request) -> web.Response:
    events.append("asked for the book")
    asked.set()
    return web.json_response({"lastUpdateId": 10, "bids": list(bids.items()), "asks": [["110", "1"]]})


async def stream(request: web.Request) -> web.WebSocketResponse:
    await asked.wait()
    await asyncio.sleep(0.2)  # a connection takes longer than an answer on one that is open
    del bids["100"]
    events.append("the bid at 100 is gone")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if "depth" in message.data:
            events.append("subscribed")
            change = {"e": "depthUpdate", "E": 1, "s": SYMBOL, "U": 12, "u": 12, "b": [["98", "1"]], "a": []}
            await socket.send_json(change)
            subscribed.set()
    return socket


async def ticker(_: web.Request) -> web.Response:
    return web.json_response({"lastPrice": "100"})


async def main() -> None:
    """Runs the tracker of Hummingbot's connector for Binance against a server with Binance's paths."""
    app = web.Application()
    app.router.add_get("/api/v3/depth", depth)
    app.router.add_get("/api/v3/ticker/24hr", ticker)
    app.router.add_get("/ws", stream)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    address = f"{host}:{port}"
    with patch.multiple(binance_constants, REST_URL=f"http://{address}/api/", WSS_URL=f"ws://{address}/ws"):
        connector = BinanceExchange("", "", trading_pairs=[PAIR], trading_required=False)
        connector._set_trading_pair_symbol_map(bidict({SYMBOL: PAIR}))
        tracker = connector.order_book_tracker
        tracker.start()
        await tracker.wait_ready()
        await subscribed.wait()
        while tracker.order_books[PAIR].last_diff_uid != 12:
            await asyncio.sleep(0.01)
        print(", ".join(events))
        print("the book's bids:", [row.price for row in tracker.order_books[PAIR].bid_entries()])
        tracker.stop()
        await connector._web_assistants_factory.close()
    await runner.cleanup()


asyncio.run(main())
PYTHON
