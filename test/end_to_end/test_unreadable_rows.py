"""Orders in a state that Peatio does not have, as a fork may report them: somebody else's, and the bot's own."""

from typing import Any, cast

import pytest
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

SELL = TradeType.SELL
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot", "count": 1}

pytestmark = pytest.mark.usefixtures("short_waits")


def expire(sandbox: Sandbox, order_id: int) -> None:
    """The state of a fork."""
    order = sandbox.exchange.store.order(order_id)
    assert order is not None
    order.state = cast(Any, "expired")


async def test_an_order_of_somebody_else_in_an_unknown_state_keeps_no_lookup_and_no_poll_from_ending(
    sandbox: Sandbox, venue: Venue, bot: Bot, taker: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    async with venue.trader("bot") as hand:
        expire(sandbox, await hand.place("btcusd", "sell", "0.2", "40000"))
    sandbox.faults.start(FaultKind.ANSWER_LOST, **CREATE)
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(order_id)
    sandbox.faults.start(FaultKind.EVENTS_LOST, probability=1.0)
    await taker.place("btcusd", "buy", "0.1", "30000")
    await eventually(lambda: sandbox.orders("bot")[1].state == "done", "it is filled unseen")
    for _ in range(3):
        await bot.exchange._update_order_status()
    await bot.event(MarketEvent.SellOrderCompleted, order_id)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    assert caplog.text.count("row 1 is in the state 'expired'") == 1


async def test_an_order_of_the_bot_in_an_unknown_state_is_named_and_keeps_no_other_from_ending(
    sandbox: Sandbox, bot: Bot, taker: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    strange = bot.place("BTC-USD", SELL, "0.1", "31000")
    await bot.live(strange)
    ordinary = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(ordinary)
    expire(sandbox, 1)
    sandbox.faults.start(FaultKind.EVENTS_LOST, probability=1.0)
    await taker.place("btcusd", "buy", "0.1", "30000")
    await eventually(lambda: sandbox.orders("bot")[1].state == "done", "one is filled unseen")
    await bot.exchange._update_order_status()
    await bot.event(MarketEvent.SellOrderCompleted, ordinary)
    assert bot.order(strange).is_open
    named = f"Order {strange} (1) cannot be read: it is in the state 'expired', which Peatio does not have."
    assert named in caplog.text
