"""An exchange that answers with `Retry-After`: it is obeyed, kind by kind, and keeps no order open."""

import asyncio

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import RateLimitError
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.test_restart import leave_orders
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

ROUTES = "/api/v2/peatio"
BALANCES = ("GET", f"{ROUTES}/account/balances")
TRADES = ("GET", f"{ROUTES}/market/trades")
CANCEL = ("POST", f"{ROUTES}/market/orders/{{id}}/cancel")
BUY, SELL = TradeType.BUY, TradeType.SELL


async def test_private_queries_wait_and_orders_come_and_go(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    sandbox.faults.start(FaultKind.RATE_LIMIT, path="/account/balances", retry_after_s=3600)
    with pytest.raises(RateLimitError):
        await bot.exchange._update_balances()
    assert bot.exchange._throttler.held_s(CONSTANTS.REST_LIMIT_ID) > 0
    poll = asyncio.create_task(bot.exchange._update_balances())
    asked = sandbox.request_counts[BALANCES], sandbox.request_counts[TRADES]
    sold = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(sold)
    await taker.place("btcusd", "buy", "0.1", "30000")
    await bot.event(MarketEvent.SellOrderCompleted, sold)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    bought = bot.place("BTC-USD", BUY, "0.1", "29000")
    await bot.live(bought)
    bot.exchange.cancel("BTC-USD", bought)
    await bot.event(MarketEvent.OrderCancelled, bought)
    assert (sandbox.request_counts[BALANCES], sandbox.request_counts[TRADES]) == asked
    assert not poll.done()
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)


async def test_a_create_without_an_answer_is_looked_for_soon_because_it_may_be_live(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, bot: Bot
) -> None:
    monkeypatch.setattr(CONSTANTS, "CANCEL_REPEAT_MAXIMUM_S", 0.5)
    sandbox.faults.start(FaultKind.CREATE_ERROR_STORED, count=1, delay_s=0.1)
    sandbox.faults.start(FaultKind.RATE_LIMIT, method="GET", path="/market/orders", retry_after_s=3600, count=1)
    order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
    bot.exchange.cancel("BTC-USD", order_id)
    await bot.event(MarketEvent.OrderCancelled, order_id)
    assert [order.state for order in sandbox.orders("bot")] == ["cancel"]


async def test_what_the_last_run_left_open_is_cancelled_soon(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, venue: Venue
) -> None:
    await leave_orders(venue, ["30000"])
    monkeypatch.setattr(CONSTANTS, "CANCEL_REPEAT_MAXIMUM_S", 0.5)
    sandbox.faults.start(FaultKind.RATE_LIMIT, method="GET", path="/market/orders/*", retry_after_s=3600, count=1)
    async with venue.running_bot():
        assert [order.state for order in sandbox.orders("bot")] == ["cancel"]


async def test_an_exchange_that_wants_to_be_left_alone_for_an_hour_is_asked_again_sooner(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, venue: Venue
) -> None:
    monkeypatch.setattr(CONSTANTS, "RETRY_AFTER_MAXIMUM_S", 0.2)
    async with venue.running_bot(("BTC-USD",)) as bot:
        sandbox.faults.start(FaultKind.RATE_LIMIT, path="/account/balances", retry_after_s=3600, count=1)
        with pytest.raises(RateLimitError):
            await bot.exchange._update_balances()
        asked = sandbox.request_counts[BALANCES]
        await bot.exchange._update_balances()
        assert sandbox.request_counts[BALANCES] > asked


async def test_cancels_wait_for_one_another_and_not_for_long(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, bot: Bot
) -> None:
    monkeypatch.setattr(CONSTANTS, "CANCEL_REPEAT_MAXIMUM_S", 1.0)
    ids = [bot.place("BTC-USD", BUY, "0.1", str(29000 + i)) for i in range(4)]
    for order_id in ids:
        await bot.live(order_id)
    sandbox.faults.start(FaultKind.RATE_LIMIT, path="/market/orders/*/cancel", retry_after_s=3600, count=1)
    throttler = bot.exchange._throttler
    bot.exchange.cancel("BTC-USD", ids[0])
    await eventually(lambda: throttler.held_s(CONSTANTS.CANCEL_LIMIT_ID), "the exchange said when to come back")
    waits = throttler.waits
    for order_id in ids[1:]:
        bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: throttler.waits > waits, "the others wait")
    assert sandbox.request_counts[CANCEL] == 1
    for order_id in ids:
        await bot.event(MarketEvent.OrderCancelled, order_id)
    assert sandbox.request_counts[CANCEL] == 5
