"""How many requests a status poll and a cancel-all take."""

import asyncio
from contextvars import ContextVar
from typing import Any

import aiohttp
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from bench import wire
from bench.server import ServerOptions
from bench.subjects import place_orders, running_connector, until

CANCEL_TIMEOUT_S = 20.0

_is_polling: ContextVar[bool] = ContextVar("_is_polling", default=False)


class Requests:
    """Counts what leaves through Hummingbot's HTTP client.

    :ivar total: all requests
    :ivar by_poll: those that a status poll led to, the clock's and the balances' included
    """

    def __init__(self) -> None:
        self.total = 0
        self.by_poll = 0

    async def install(self) -> None:
        """Before the client is used first."""
        tracing = aiohttp.TraceConfig()
        tracing.on_request_start.append(self._count)
        ConnectionsFactory()._shared_client = aiohttp.ClientSession(trace_configs=[tracing])

    async def quiet(self, quiet_s: float) -> None:
        """Waits until no request was made for that long."""
        seen = -1
        while seen != self.total:
            seen = self.total
            await asyncio.sleep(quiet_s)

    async def _count(self, *_: Any) -> None:
        self.total += 1
        self.by_poll += _is_polling.get()


def measure(subject: str, orders: int, markets: int, quiet_s: float) -> dict[str, float]:
    """Peatio on the sandbox exchange, binance on a server that answers at once.

    :param orders: how many stand open on `markets` markets, on both sides of each
    :param quiet_s: after this long without a request nothing is under way
    """
    return asyncio.run(_measure(subject, orders, markets, quiet_s))


async def _measure(subject: str, orders: int, markets: int, quiet_s: float) -> dict[str, float]:
    requests = Requests()
    await requests.install()
    kind = "sandbox" if subject == "peatio" else subject
    async with running_connector(subject, ServerOptions(markets=markets), kind) as (connector, _):
        await until(lambda: connector.ready, "the connector is ready")
        await place_orders(connector, wire.trading_pairs(markets), orders)
        await requests.quiet(quiet_s)
        await _poll(connector)
        by_poll = requests.by_poll
        await requests.quiet(quiet_s)
        before = requests.total
        results = await connector.cancel_all(CANCEL_TIMEOUT_S)
        await requests.quiet(quiet_s)
        cancelled = sum(result.success for result in results)
        if cancelled != orders:
            raise RuntimeError(f"{cancelled} of {orders} orders were cancelled")
        return {"poll_requests": by_poll, "cancel_requests": requests.total - before}


async def _poll(connector: Any) -> None:
    """What Hummingbot's status loop does each time."""
    token = _is_polling.set(True)
    await connector._update_time_synchronizer()
    await connector._status_polling_loop_fetch_updates()
    _is_polling.reset(token)
