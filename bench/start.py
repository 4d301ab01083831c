"""From the start of a connector's network to `ready`, with many markets."""

import asyncio
import time

from bench.server import ServerOptions
from bench.subjects import running_connector, until

#: Hummingbot's default; its first tick asks for the balances that readiness waits for.
TICK_S = 1.0


def measure(subject: str, markets: int) -> dict[str, float]:
    """Peatio on the sandbox exchange, binance on a server that answers at once."""
    return {"ready_s": asyncio.run(_ready_s(subject, markets))}


async def _ready_s(subject: str, markets: int) -> float:
    kind = "sandbox" if subject == "peatio" else subject
    began_s = 0.0
    async with running_connector(subject, ServerOptions(markets=markets), kind, tick_s=TICK_S) as (connector, _):
        began_s = time.perf_counter()
        await until(lambda: connector.ready, f"{markets} markets are ready")
        return time.perf_counter() - began_s
