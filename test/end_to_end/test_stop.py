"""A stop and a start in one process: at any time an order has one owner."""

from typing import Any

import pytest
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot
from test.end_to_end.venue import Venue
from test.patience import eventually

SELL = TradeType.SELL
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot"}
LISTS: dict[str, Any] = {"path": "/market/orders", "method": "GET", "member": "bot"}


async def left_behind(sandbox: Sandbox, venue: Venue) -> Bot:
    """A stopped connector; the answer to its create was lost, and the exchange could not be asked for the order."""
    async with venue.running_bot() as bot:
        lost = sandbox.faults.start(FaultKind.ANSWER_LOST, count=1, **CREATE)
        away = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, **LISTS)
        bot.place("BTC-USD", SELL, "0.1", "30000")
        await eventually(lambda: len(sandbox.orders("bot")) == 1, "the exchange has the order")
        await eventually(lambda: bot.exchange._order_tracker.counts["BTC-USD"].lookups, "it is looked for")
    sandbox.faults.stop(lost)
    sandbox.faults.stop(away)
    return bot


@pytest.mark.usefixtures("short_waits")
async def test_an_order_whose_answer_is_lost_at_the_stop_belongs_to_the_next_connector(
    sandbox: Sandbox, venue: Venue
) -> None:
    stopped = await left_behind(sandbox, venue)
    supervised = (stopped.exchange._order_tasks, stopped.exchange._network_tasks)
    assert [len(tasks) for tasks in supervised] == [0, 0], "nothing of it runs"
    reported = len(stopped.events)
    async with venue.running_bot() as successor:
        await eventually(lambda: sandbox.orders("bot")[0].state == "cancel", "the successor cancels it")
        await eventually(lambda: not successor.exchange._engine.journal.unfinished(), "and hears of the end")
        assert [kind for kind, _ in successor.events] == [MarketEvent.SellOrderCreated, MarketEvent.OrderCancelled]
    assert len(stopped.events) == reported, "the stopped connector reports nothing"


@pytest.mark.usefixtures("short_waits")
async def test_the_same_where_cancelling_all_failed_before_the_stop(sandbox: Sandbox, venue: Venue) -> None:
    async with venue.running_bot() as bot:
        away = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, path="/market/orders/*/cancel", member="bot")
        await bot.live(bot.place("BTC-USD", SELL, "0.1", "30000"))
        results = await bot.exchange.cancel_all(0.5)
        assert [result.success for result in results] == [False]
    sandbox.faults.stop(away)
    assert sandbox.orders("bot")[0].state == "wait"
    async with venue.running_bot():
        assert sandbox.orders("bot")[0].state == "cancel", "before the successor is ready"


@pytest.mark.usefixtures("short_waits")
async def test_an_order_is_cancelled_although_the_same_connector_was_stopped_and_started(
    sandbox: Sandbox, bot: Bot
) -> None:
    lost = sandbox.faults.start(FaultKind.ANSWER_LOST, count=1, **CREATE)
    away = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, **LISTS)
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await eventually(lambda: bot.exchange._order_tracker.counts["BTC-USD"].lookups, "it is looked for")
    await bot.exchange._engine.close()
    sandbox.faults.stop(lost)
    sandbox.faults.stop(away)
    bot.exchange._engine.start()
    await bot.event(MarketEvent.OrderCancelled, order_id)
    assert sandbox.orders("bot")[0].state == "cancel"
    await eventually(lambda: bot.exchange.ready, "it places orders again")


@pytest.mark.usefixtures("short_waits")
async def test_an_order_that_was_lost_and_could_not_be_cancelled_belongs_to_the_next_connector(
    sandbox: Sandbox, venue: Venue
) -> None:
    """Its create was not answered, so that cancelling all failed for want of an id."""
    async with venue.running_bot() as bot:
        lost = sandbox.faults.start(FaultKind.ANSWER_LOST, count=1, **CREATE)
        away = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, **LISTS)
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await eventually(lambda: bot.exchange._order_tracker.counts["BTC-USD"].lookups, "it is looked for")
        results = await bot.exchange.cancel_all(0.5)
        assert [(result.order_id, result.success) for result in results] == [(order_id, False)]
        reported = len(bot.events)
    sandbox.faults.stop(lost)
    sandbox.faults.stop(away)
    assert sandbox.orders("bot")[0].state == "wait"
    async with venue.running_bot() as successor:
        assert sandbox.orders("bot")[0].state == "cancel", "before the successor is ready"
        assert not successor.exchange._engine.journal.unfinished()
    assert len(bot.events) == reported, "the stopped connector reports nothing"


@pytest.mark.usefixtures("short_waits")
async def test_a_connector_that_was_started_in_an_outage_and_stopped_leaves_the_order_to_the_next(
    sandbox: Sandbox, venue: Venue
) -> None:
    await left_behind(sandbox, venue)
    away = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, **LISTS)
    async with venue.running_bot(wait_ready=False) as in_the_outage:
        counts = in_the_outage.exchange._order_tracker.counts["BTC-USD"]
        await eventually(lambda: counts.lookups > 1, "it looks for the order and gets no answer")
        assert not in_the_outage.exchange.ready
    supervised = (in_the_outage.exchange._order_tasks, in_the_outage.exchange._network_tasks)
    assert [len(tasks) for tasks in supervised] == [0, 0]
    sandbox.faults.stop(away)
    assert sandbox.orders("bot")[0].state == "wait", "nobody acts"
    async with venue.running_bot() as successor:
        assert sandbox.orders("bot")[0].state == "cancel", "before the successor is ready"
        await eventually(lambda: not successor.exchange._engine.journal.unfinished(), "it hears of the end")
        assert [kind for kind, _ in successor.events] == [MarketEvent.SellOrderCreated, MarketEvent.OrderCancelled]
    assert in_the_outage.events == []
