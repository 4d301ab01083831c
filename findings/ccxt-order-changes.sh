#!/usr/bin/env bash
# ccxt 4.5.90 (PyPI)
#
# Guess: an order that `watch_orders` returned is its state at that moment, as one of `fetch_order` is:
# what is new is found by comparing the next one with it.
# What happens: it is the entry of ccxt's cache, which the next message changes in place. An order that the caller has
# kept always says the same as the new one, because it is the new one: the comparison finds no fill.
#
# Observed:
#   order of 1 placed: filled 0
#   exchange fills 0.4: filled 0.4, the order kept before says 0.4, new by comparison 0, with a copy 0.4
#   exchange fills 0.6: filled 1, the order kept before says 1, new by comparison 0, with a copy 0.6
#   the first order returned says: filled 1, remaining 0, status closed
#   two orders returned in turn are one object: True
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
    """The channel of a user's orders, as gate has it."""

    def __init__(self) -> None:
        self.stream, self.subscribed = web.WebSocketResponse(), asyncio.Event()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        await self.stream.prepare(request)
        async for message in self.stream:
            asked = message.json()
            await self.stream.send_json({**asked, "result": {"status": "success"}})
            if asked["channel"] == "spot.orders":
                self.subscribed.set()
        return self.stream

    async def say(self, event: str, filled: str, left: str) -> None:
        """Tells the state of the one order there is: to buy 1 at 200."""
        await self.subscribed.wait()
        await self.stream.send_json({"channel": "spot.orders", "event": "update", "time": 1, "result": [{
            "id": "1", "currency_pair": "BTC_USDT", "type": "limit", "side": "buy", "amount": "1", "price": "200",
            "filled_amount": filled, "left": left, "avg_deal_price": "200" if float(filled) else "0", "event": event,
            "filled_total": str(200 * float(filled)), "fee": "0", "fee_currency": "BTC", "create_time_ms": "1",
            "update_time_ms": "1", "finish_as": "filled" if event == "finish" else "open",
        }]})


async def main() -> None:
    server, app = Server(), web.Application()
    app.add_routes([web.get("/ws", server.connect)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    exchange = ccxt.pro.gate({"apiKey": "any", "secret": "any", "enableRateLimit": False})
    exchange.urls["api"]["spot"] = f"ws://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/ws"
    exchange.set_markets([exchange.safe_market_structure({
        "id": "BTC_USDT", "symbol": PAIR, "base": "BTC", "quote": "USDT", "type": "spot", "spot": True,
        "contract": False, "option": False, "precision": {"amount": 1e-8, "price": 0.01},
    })])

    async def next_order(event: str, filled: str, left: str) -> dict:
        """Returns what watch_orders gives when the exchange says that."""
        watching = asyncio.create_task(exchange.watch_orders(PAIR))
        await asyncio.sleep(0)
        await server.say(event, filled, left)
        (order,) = await watching
        return order

    first = kept = await next_order("put", "0", "1")
    copy = dict(kept)
    print(f"order of 1 placed: filled {kept['filled']:g}")
    for fill, event, filled, left in (("0.4", "update", "0.4", "0.6"), ("0.6", "finish", "1", "0")):
        order = await next_order(event, filled, left)
        print(
            f"exchange fills {fill}: filled {order['filled']:g}, the order kept before says {kept['filled']:g},"
            f" new by comparison {order['filled'] - kept['filled']:g}, with a copy {order['filled'] - copy['filled']:g}"
        )
        kept, copy = order, dict(order)
    print(
        f"the first order returned says: filled {first['filled']:g}, remaining {first['remaining']:g},"
        f" status {first['status']}"
    )
    print(f"two orders returned in turn are one object: {first is kept}")
    await exchange.close()
    await runner.cleanup()


asyncio.run(main())
PYTHON
