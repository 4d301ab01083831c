"""A mirror on an exchange that allows few requests, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

from test.patience import eventually
from test.peatio_liquidity.stage import Stage

pytestmark = pytest.mark.usefixtures("short_waits")


@asynccontextmanager
async def endless_polls(connector: PeatioExchange) -> AsyncIterator[None]:
    """Of both kinds: what such a connector asks by itself is more than the exchange allows."""

    async def poll_orders() -> None:
        while True:
            await connector.rest.open_orders()

    async def poll_markets() -> None:
        while True:
            await connector.rest.markets()

    tasks = [asyncio.ensure_future(poll()) for poll in (poll_orders, poll_markets)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_quotes_follow_the_source_although_polls_would_take_every_request(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is that of the own exchange; the source has the usual one."""
    monkeypatch.setattr(CONSTANTS, "REQUEST_LIMIT", 2)
    monkeypatch.setattr(CONSTANTS, "REQUEST_LIMIT_INTERVAL_S", 1)
    async with world.bots() as bots, endless_polls(bots[0].exchange):
        throttler = bots[0].exchange._throttler
        await eventually(lambda: throttler.waits > 2, "polls wait for each other")
        async with world.controller(*bots, levels=1):
            await eventually(lambda: len(world.quotes()) == 2, "a quote on each side")
            before = throttler.calls
            await world.maker.place("btcusd", "buy", "1", "30000")
            expected = [Decimal("29970.00"), Decimal("30040.01")]
            await eventually(lambda: [price for _, price, _ in world.quotes()] == expected, "the price is followed")
            assert throttler.calls - before <= 8, "a cancel, a create, and what was under way"
