"""What a connector can say of orders of which somebody else has only the size and price, or an id of long ago."""

from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.execution.intent import OrderEnd
from hummingbot.connector.exchange.peatio.execution.order_recall import OrdersLike
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot, Person
from test.end_to_end.venue import Venue
from test.patience import eventually

SELL = TradeType.SELL
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot", "count": 1}

pytestmark = pytest.mark.usefixtures("short_waits")


def place(bot: Bot, price: str = "30000") -> str:
    return bot.place("BTC-USD", SELL, "0.1", price)


async def like(bot: Bot, price: str = "30000", amount: str = "0.1", since_s: float = 0.0) -> OrdersLike:
    found: OrdersLike = await bot.exchange.orders_like(
        "BTC-USD", False, Decimal(amount), Decimal(price), since_s
    )
    return found


async def test_it_says_how_an_order_ended_also_after_a_restart(
    sandbox: Sandbox, venue: Venue, taker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with venue.running_bot() as bot:
        filled, cancelled, is_open = place(bot), place(bot, "31000"), place(bot, "32000")
        for each in (filled, cancelled, is_open):
            await bot.live(each)
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, filled)
        bot.exchange.cancel("BTC-USD", cancelled)
        await bot.event(MarketEvent.OrderCancelled, cancelled)
        assert bot.exchange.order_end(cancelled) is OrderEnd.CANCELLED
        await eventually(lambda: bot.exchange.order_end(filled) is OrderEnd.FILLED, "its row is in the history")
        assert bot.exchange.order_end(is_open) is bot.exchange.order_end("unknown") is None
        sandbox.faults.start(FaultKind.REQUEST_LOST, **CREATE)
        lost = place(bot, "33000")
        await bot.event(MarketEvent.OrderFailure, lost)
        assert bot.exchange.order_end(lost) is None, "it may still turn up"
        monkeypatch.setattr(CONSTANTS, "WATCH_LIMIT_S", 0.0)
        await bot.exchange._engine.poll()
        assert bot.exchange.order_end(lost) is OrderEnd.ABSENT
    async with venue.running_bot() as successor:
        ends = [successor.exchange.order_end(each) for each in (filled, cancelled, lost)]
        assert ends == [OrderEnd.FILLED, OrderEnd.CANCELLED, OrderEnd.ABSENT]


async def test_its_own_orders_are_found_by_size_and_price_open_or_ended_and_in_the_next_run(
    venue: Venue, taker: Person
) -> None:
    async with venue.running_bot() as bot:
        filled, is_open = place(bot), place(bot, "31000")
        await bot.live(is_open)
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, filled)
        assert await like(bot) == OrdersLike((filled,), ())
        assert await like(bot, "31000") == OrdersLike((is_open,), ())
        assert await like(bot, "31000", amount="0.2") == OrdersLike((), ())
        now_s = bot.exchange.exchange_clock.time_s()
        assert await like(bot, since_s=now_s + 60) == OrdersLike((), ())
    async with venue.running_bot() as successor:
        assert await like(successor) == OrdersLike((filled,), ())


async def test_orders_of_nobody_that_it_knows_are_named_while_they_are_open_or_once_they_were_filled(
    venue: Venue, taker: Person, sandbox: Sandbox
) -> None:
    async with venue.running_bot() as bot, venue.trader("bot") as hand:
        number = await hand.place("btcusd", "sell", "0.1", "30000")
        other = await hand.place("btcusd", "sell", "0.1", "31000")
        await sandbox.settle()
        assert await like(bot) == OrdersLike((), (str(number),))
        await hand.cancel(other)
        await taker.place("btcusd", "buy", "0.1", "30000")
        await sandbox.settle()
        assert await like(bot) == OrdersLike((), (str(number),))
        assert await like(bot, "31000") == OrdersLike((), ())


async def test_a_list_that_may_lack_some_is_no_answer(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    async with venue.running_bot() as bot:
        await bot.live(place(bot))
        monkeypatch.setattr(CONSTANTS, "PAGE_LIMIT", 1)
        with pytest.raises(MessageError, match="btcusd has more orders since 0 than the exchange lists at once"):
            await like(bot)
