"""How many requests a status poll and a cancel-all take, counted at the server."""

import asyncio
import time
from collections import Counter
from typing import Any

from bench import wire
from bench.server import ServerOptions
from bench.subjects import Server, place_orders, running_connector, until

CANCEL_TIMEOUT_S = 20.0
#: Longer than all this takes. Hummingbot's timers look every ten seconds whether the exchange is there, for no poll's
#: sake, and every two minutes they make a poll that may fall into the one that is counted.
TIMERS_S = 3600.0
#: What is asked every few seconds where nothing is traded: last prices, by Hummingbot's order book tracker, and the
#: last trade of a market whose book does not move, by the connector.
TIMED = (
    "GET /api/v2/peatio/public/markets/tickers",
    "GET /api/v2/peatio/public/markets/{market}/trades",
    "GET /api/v3/ticker/24hr",
)


def measure(subject: str, orders: int, markets: int, quiet_s: float) -> dict[str, float]:
    """Peatio on the sandbox exchange, binance on a server that answers at once.

    :param orders: how many stand open on `markets` markets, on both sides of each
    :param quiet_s: after this long without a request nothing is under way
    """
    return asyncio.run(_measure(subject, orders, markets, quiet_s))


async def _measure(subject: str, orders: int, markets: int, quiet_s: float) -> dict[str, float]:
    kind = "sandbox" if subject == "peatio" else subject
    async with running_connector(subject, ServerOptions(markets=markets), kind) as (connector, server):
        connector.check_network_interval = connector.LONG_POLL_INTERVAL = TIMERS_S
        await until(lambda: connector.ready, "the connector is ready")
        await place_orders(connector, wire.trading_pairs(markets), orders)
        before = await _quiet(server, quiet_s)
        began_s = time.process_time()
        await _poll(connector)
        poll_s = time.process_time() - began_s
        polled = await _quiet(server, quiet_s)
        began_s = time.process_time()
        results = await connector.cancel_all(CANCEL_TIMEOUT_S)
        cancel_s = time.process_time() - began_s
        cancelled = await _quiet(server, quiet_s)
        if sum(result.success for result in results) != orders:
            raise RuntimeError(f"not all of {orders} orders were cancelled: {results}")
        return {
            "poll_requests": _count(polled - before),
            "cancel_requests": _count(cancelled - polled),
            "poll_and_cancel_requests": _count(cancelled - before),
            "cpu_ms": (poll_s + cancel_s) * 1e3,
        }


def _count(requests: Counter[str]) -> int:
    return sum(count for kind, count in requests.items() if kind not in TIMED)


async def _poll(connector: Any) -> None:
    """Lets Hummingbot's own loop make one status poll, as its timer does."""
    notifier = connector._poll_notifier
    notifier.set()
    await until(lambda: connector._poll_notifier is not notifier, "the poll has ended")


async def _quiet(server: Server, quiet_s: float) -> Counter[str]:
    """The requests that had come once none but the timed ones came for that long."""
    seen, requests = -1, await server.requests()
    while seen != _count(requests):
        seen = _count(requests)
        await asyncio.sleep(quiet_s)
        requests = await server.requests()
    return requests
