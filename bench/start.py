"""From the start of a connector's network to `ready`, with many markets."""

import asyncio
import gc

from bench import wire
from bench.server import ServerOptions
from bench.stamps import Instant
from bench.subjects import running_connector, until

#: Hummingbot's default; its first tick asks for the balances that readiness waits for.
TICK_S = 1.0


def measure(subject: str, markets: int) -> dict[str, float]:
    """:param markets: how many it follows, 300 levels on each side"""
    wall_s, cpu_s = asyncio.run(_ready(subject, markets))
    return {"ready_s": wall_s, "cpu_s": cpu_s}


async def _ready(subject: str, markets: int) -> Instant:
    options = ServerOptions(markets=markets)
    top = wire.top_after(options.levels, [])
    async with running_connector(subject, options, tick_s=TICK_S) as (connector, _):
        # When Python looks through all objects for garbage depends on how many the imports made, not on the connector:
        # one such look (80 ms with Hummingbot loaded) fell into the time of one build and not into that of the other.
        gc.collect()
        began_at = Instant.now()
        await until(lambda: connector.ready, f"{markets} markets are ready")
        took = began_at.until(Instant.now())
        for pair, book in connector.order_books.items():
            if (book.get_price(False), book.get_price(True)) != top:
                raise RuntimeError(f"the book of {pair} is not there")
        if len(connector.order_books) != markets:
            raise RuntimeError(f"only {len(connector.order_books)} of {markets} books are there")
        return took
