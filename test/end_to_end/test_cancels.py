"""A cancel that is wanted goes on until the order has ended, whatever the exchange answers meanwhile."""

import asyncio
import logging
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.paces import POLL_INTERVAL_S
from test.end_to_end.support import Bot, engine_levels
from test.end_to_end.test_restart import leave_orders
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

BUY = TradeType.BUY
CANCELS: dict[str, Any] = {"path": "/market/orders/*/cancel", "method": "POST", "member": "bot"}
BROKEN_CANCEL = {"status": 422, "code": "market.order.cancel_error"}

#: What is no word about the order.
NOT_NOW = [
    (FaultKind.SERVER_ERROR, {"status": 503}),
    (FaultKind.REFUSED, {"status": 403}),
    (FaultKind.REFUSED, {"status": 404}),
    (FaultKind.REFUSED, {"status": 401, "code": "authz.invalid_session"}),
    (FaultKind.REFUSED, BROKEN_CANCEL),
    (FaultKind.REQUEST_LOST, {}),
]


async def quotes(bot: Bot, count: int = 2) -> list[str]:
    """Orders that rest in the exchange's book."""
    ids = [bot.place("BTC-USD", BUY, "0.1", str(29000 + number)) for number in range(count)]
    for order_id in ids:
        await bot.live(order_id)
    return ids


def states(sandbox: Sandbox) -> set[str]:
    return {order.state for order in sandbox.orders("bot")}


@pytest.mark.parametrize(("kind", "parameters"), NOT_NOW)
async def test_a_strategys_cancel_goes_on_through_what_is_no_word_about_the_order(
    sandbox: Sandbox, bot: Bot, kind: FaultKind, parameters: dict[str, Any]
) -> None:
    """Hummingbot asks once, and not again for a minute."""
    ids = await quotes(bot)
    sandbox.faults.start(kind, count=4, **CANCELS, **parameters)
    for order_id in ids:
        bot.exchange.cancel("BTC-USD", order_id)
    for order_id in ids:
        await bot.event(MarketEvent.OrderCancelled, order_id)
    assert sandbox.faults.hits[kind] == 4
    assert states(sandbox) == {"cancel"}


async def test_many_refused_cancels_leave_no_stale_quote(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    ids = await quotes(bot)
    away = sandbox.faults.start(FaultKind.SERVER_ERROR, **CANCELS)
    for order_id in ids:
        bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: sandbox.faults.hits.get(FaultKind.SERVER_ERROR, 0) >= 12, "each is tried often")
    sandbox.faults.stop(away)
    await eventually(lambda: len(bot.of(MarketEvent.OrderCancelled)) == len(ids), "both are cancelled", timeout_s=20)
    said = [record for record in caplog.records if record.getMessage().startswith("Failed to cancel order")]
    assert {record.levelno for record in said} == {logging.WARNING}
    assert len(said) == len(ids), "said once an order"
    assert not any(record.exc_info for record in said)


@pytest.mark.parametrize(("kind", "parameters"), NOT_NOW)
async def test_cancelling_all_goes_on_until_its_time_is_over(
    sandbox: Sandbox, bot: Bot, kind: FaultKind, parameters: dict[str, Any]
) -> None:
    ids = await quotes(bot, 4)
    sandbox.faults.start(kind, count=6, **CANCELS, **parameters)
    results = await bot.exchange.cancel_all(15)
    assert [result.success for result in results] == [True] * len(ids)
    assert states(sandbox) == {"cancel"}


async def test_what_cancelling_all_left_is_cancelled_as_long_as_the_connector_runs(
    sandbox: Sandbox, bot: Bot
) -> None:
    (order_id,) = await quotes(bot, 1)
    away = sandbox.faults.start(FaultKind.REFUSED, **CANCELS)
    (result,) = await bot.exchange.cancel_all(0.1)
    assert not result.success
    sandbox.faults.stop(away)
    await bot.event(MarketEvent.OrderCancelled, order_id)


async def test_leftovers_whose_cancel_is_refused_are_cancelled_later(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hummingbot has no other that would ask for it: the strategy of the last run is gone."""
    monkeypatch.setattr(CONSTANTS, "LEFTOVERS_TIMEOUT_S", 0.2)
    await leave_orders(venue, ["30000", "30100"])
    away = sandbox.faults.start(FaultKind.REFUSED, **CANCELS)
    async with venue.running_bot():
        assert states(sandbox) == {"wait"}
        sandbox.faults.stop(away)
        await eventually(lambda: states(sandbox) == {"cancel"}, "they are cancelled")


async def test_a_cancel_of_an_order_that_the_exchange_does_not_know_ends(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    (order_id,) = await quotes(bot, 1)
    sandbox.faults.start(FaultKind.REFUSED, status=404, code="record.not_found", **CANCELS)
    bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: "the exchange does not know the order" in caplog.text, "it is said")
    await eventually(lambda: not bot.exchange._engine.canceller._running, "the cancel has ended")
    # Once for each time that it was wanted: by the strategy, and by a poll that found the order open.
    sent = sandbox.faults.hits[FaultKind.REFUSED]
    assert sent == caplog.text.count("the exchange does not know the order") <= 2
    assert bot.order(order_id).is_open


async def test_an_accepted_cancel_whose_event_is_lost_asks_the_exchange(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only the next poll, two minutes later, finds that the private stream has fallen silent."""
    # Balances that differ lead to the ends as well, and may be faster.
    monkeypatch.setattr(bot.exchange._balance_updates, "on_funds_changed", lambda: None)
    ids = await quotes(bot)
    assert bot.exchange._get_poll_interval(0.0) == 120
    lost = sandbox.faults.start(FaultKind.BROKER_LOST)
    for order_id in ids:
        bot.exchange.cancel("BTC-USD", order_id)
    for order_id in ids:
        await bot.event(MarketEvent.OrderCancelled, order_id)
    assert bot.exchange._get_poll_interval(0.0) == POLL_INTERVAL_S, "what else was not reported is asked for soon"
    assert caplog.text.count("The private stream did not report") == 1
    sandbox.faults.stop(lost)
    await quotes(bot, 1)
    await eventually(lambda: bot.exchange._get_poll_interval(0.0) == 120, "it speaks again")


async def test_a_cancel_without_effect_is_sent_again(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is restarted while it has the cancel in hand, and forgets it."""
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 0.5)
    (order_id,) = await quotes(bot, 1)
    paused = sandbox.faults.start(FaultKind.MATCHING_PAUSED)
    bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: bot.order(order_id).is_pending_cancel_confirmation, "accepted")
    sandbox.faults.stop(paused)
    sandbox.exchange.restart_engines()
    await bot.event(MarketEvent.OrderCancelled, order_id)
    await asyncio.wait_for(bot.exchange._engine.second_cancels.wait(), 15)
    assert states(sandbox) == {"cancel"}


async def test_an_order_that_is_submitted_again_behind_its_cancel_leaves_no_ghost(
    sandbox: Sandbox, bot: Bot, taker: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It met an order that had ended: the trade executor makes no trade and hands it to the engine again, which has
    taken the cancel by then."""
    monkeypatch.setattr(CONSTANTS, "ENGINE_CHECK_S", 0.05)
    other = await taker.place("btcusd", "buy", "0.1", "30000")
    await eventually(lambda: engine_levels(sandbox, "btcusd")[1] != [], "the other one rests")
    sandbox.exchange.trade_executor.pause()
    order_id = bot.place("BTC-USD", TradeType.SELL, "0.1", "30000")
    await bot.live(order_id)
    await eventually(lambda: engine_levels(sandbox, "btcusd") == ([], []), "they have met")
    ended = sandbox.exchange.store.order(other)
    assert ended is not None
    sandbox.exchange._process_cancel(ended)
    bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: bot.order(order_id).is_pending_cancel_confirmation, "accepted")
    await eventually(lambda: not len(sandbox.exchange.matching), "the engine has taken the cancel")
    sandbox.exchange.trade_executor.resume()
    await bot.event(MarketEvent.OrderCancelled, order_id)
    await eventually(lambda: engine_levels(sandbox, "btcusd")[0] != [], "it is in the engine's book again")
    await eventually(lambda: engine_levels(sandbox, "btcusd") == ([], []), "and gone from it")


async def test_a_cancel_goes_on_where_the_exchange_finds_the_order_after_all(sandbox: Sandbox, bot: Bot) -> None:
    (order_id,) = await quotes(bot, 1)
    sandbox.faults.start(FaultKind.REFUSED, count=1, status=404, code="record.not_found", **CANCELS)
    bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: sandbox.faults.hits.get(FaultKind.REFUSED) == 1, "the order was not found")
    await eventually(lambda: not bot.exchange._engine.canceller._running, "its cancel has ended")
    await bot.exchange._update_order_status()
    await bot.event(MarketEvent.OrderCancelled, order_id)
    assert states(sandbox) == {"cancel"}
