"""From the start of a connector's network to `ready`, with many markets."""

import asyncio
import time

from bench import wire
from bench.server import ServerOptions
from bench.subjects import running_connector, until

#: Hummingbot's default; its first tick asks for the balances that readiness waits for.
TICK_S = 1.0


def measure(subject: str, markets: int) -> dict[str, float]:
    """:param markets: how many it follows, 300 levels on each side"""
    return {"ready_s": asyncio.run(_ready_s(subject, markets))}


async def _ready_s(subject: str, markets: int) -> float:
    options = ServerOptions(markets=markets)
    top = wire.top_after(options.levels, [])
    async with running_connector(subject, options, tick_s=TICK_S) as (connector, _):
        began_s = time.perf_counter()
        await until(lambda: connector.ready, f"{markets} markets are ready")
        took_s = time.perf_counter() - began_s
        for pair, book in connector.order_books.items():
            if (book.get_price(False), book.get_price(True)) != top:
                raise RuntimeError(f"the book of {pair} is not there")
        if len(connector.order_books) != markets:
            raise RuntimeError(f"only {len(connector.order_books)} of {markets} books are there")
        return took_s
