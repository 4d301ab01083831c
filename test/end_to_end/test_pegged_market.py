"""A bot on a pegged market: whatever way the exchange shows a resized order, both sides agree after a cycle.

`docs/reference/compatibility.md` has a column for each way.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.resize import Telling
from peatio_sandbox.peg.market import FEES
from test.end_to_end.pegged import (
    MARKET,
    PAIR,
    PRICE,
    RESERVE_PAIR,
    agrees,
    cycle,
    orders_there,
    part_of_all,
    peg_of,
    pegged_bot,
    pegged_sandbox,
    quicken_pegs,
    sell_part,
)
from test.end_to_end.scenarios import pegged_scenario
from test.end_to_end.support import Bot
from test.end_to_end.venue import Trader
from test.patience import eventually

D = Decimal
BUY, SELL = TradeType.BUY, TradeType.SELL


@pytest.fixture(params=Telling)
async def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    quicken_pegs(monkeypatch)
    async with pegged_sandbox(request.param, busy_s=0.3) as exchange:
        yield exchange


@pytest.fixture
async def bot(sandbox: Sandbox, data_folder: Path) -> AsyncIterator[Bot]:
    async with pegged_bot(sandbox, data_folder) as running:
        yield running


def all_sizes(bot: Bot) -> list[Decimal]:
    """What strategies see of the open orders, the smallest first."""
    return sorted(order.quantity - order.filled_quantity for order in bot.exchange.limit_orders)


def sizes_there(sandbox: Sandbox) -> list[Decimal]:
    return sorted(order.remaining_volume for order in orders_there(sandbox))


@pegged_scenario("Orders shrink with the balance and grow back")
async def test_orders_shrink_with_the_balance_and_grow_back(sandbox: Sandbox, bot: Bot) -> None:
    await sell_part(bot, "0.4")
    await sell_part(bot, "0.5", "1.3")
    placed = all_sizes(bot)
    await cycle(sandbox, 200)
    await agrees(sandbox, bot)
    assert all_sizes(bot) == sizes_there(sandbox)
    assert sum(all_sizes(bot)) < sum(placed) / 2
    await cycle(sandbox, 51)
    await agrees(sandbox, bot)
    assert all_sizes(bot) == sizes_there(sandbox) == placed


@pegged_scenario("Free coins absorb a cycle: balances change, orders do not")
async def test_free_coins_absorb_a_cycle(sandbox: Sandbox, bot: Bot) -> None:
    await sell_part(bot, "0.1")
    placed, had = all_sizes(bot), bot.exchange.get_balance("BAY")
    await cycle(sandbox, 60)
    await agrees(sandbox, bot)
    assert all_sizes(bot) == placed
    assert bot.exchange.get_balance("BAY") < had


@pegged_scenario("Filled at its smaller size, an order completes")
async def test_an_order_completes_at_its_smaller_size(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await sell_part(bot, "0.9")
    await cycle(sandbox, 200)
    await agrees(sandbox, bot)
    (size,) = sizes_there(sandbox)
    await taker.place(MARKET, "buy", str(size), PRICE)
    await eventually(lambda: bot.of(MarketEvent.SellOrderCompleted), "it completes")
    assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled)) == size
    await agrees(sandbox, bot)


@pegged_scenario("What was filled before a cycle stays filled")
async def test_what_was_filled_stays_filled(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await sell_part(bot, "0.9")
    await taker.place(MARKET, "buy", "1000", PRICE)
    await eventually(lambda: bot.of(MarketEvent.OrderFilled), "a part is filled")
    await cycle(sandbox, 200)
    await agrees(sandbox, bot)
    assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled)) == 1000
    assert all_sizes(bot) == sizes_there(sandbox)


@pegged_scenario("A buy whose quote is the pegged coin shrinks as well")
async def test_a_buy_in_the_coin_shrinks(sandbox: Sandbox, bot: Bot) -> None:
    volume = (part_of_all(bot, "0.9", "BAYR") / 3).quantize(D("0.001"))
    await bot.live(bot.place("BAY-BAYR", BUY, str(volume), "3"))
    await cycle(sandbox, 20)
    await agrees(sandbox, bot)
    (size,) = all_sizes(bot)
    assert size < volume


@pegged_scenario("An order at zero is hidden, and both sides agree")
async def test_an_order_at_zero(sandbox: Sandbox, bot: Bot) -> None:
    await sell_part(bot, "0.9")
    tracker, uid = peg_of(sandbox).tracker, sandbox.members["bot"].uid
    balance: Any = tracker.balance(uid)
    assert tracker.trade(uid, balance["liquid"], FEES, "liquid") is True
    await cycle(sandbox, 51)
    await agrees(sandbox, bot)
    assert all_sizes(bot) == []


@pegged_scenario("A cancel in the middle of a cycle takes effect")
async def test_a_cancel_in_the_middle_of_a_cycle(sandbox: Sandbox, bot: Bot) -> None:
    key = await sell_part(bot, "0.5")
    await sell_part(bot, "0.4", "1.3")
    pegged = peg_of(sandbox)
    pegged.begin_cycle(200)
    bot.exchange.cancel(PAIR, key)
    await bot.event(MarketEvent.OrderCancelled, key)
    await eventually(lambda: pegged.cycles == 1, "the cycle ends")
    await sandbox.settle()
    await agrees(sandbox, bot)
    assert all_sizes(bot) == sizes_there(sandbox)


@pegged_scenario("A create in the middle of a cycle creates one order or none")
async def test_a_create_in_the_middle_of_a_cycle(sandbox: Sandbox, bot: Bot) -> None:
    await sell_part(bot, "0.5")
    pegged = peg_of(sandbox)
    pegged.begin_cycle(80)
    keys = [bot.place(PAIR, SELL, "100", "1.4"), bot.place(RESERVE_PAIR, SELL, "100", "0.6")]
    await eventually(lambda: pegged.cycles == 1, "the cycle ends")
    for key in keys:
        await eventually(
            lambda key=key: bot.of(MarketEvent.SellOrderCreated, key)  # type: ignore[misc]
            or bot.of(MarketEvent.OrderFailure, key),
            f"{key} is created or has failed",
        )
    await sandbox.settle()
    await agrees(sandbox, bot)
    created = [key for key in keys if bot.of(MarketEvent.SellOrderCreated, key)]
    assert len(orders_there(sandbox)) == 1 + len(created)


@pegged_scenario("A fill in the middle of a cycle counts once")
async def test_a_fill_in_the_middle_of_a_cycle(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await sell_part(bot, "0.9")
    pegged = peg_of(sandbox)
    await taker.place(MARKET, "buy", "100", PRICE)
    pegged.begin_cycle(200)
    await eventually(lambda: pegged.cycles == 1, "the cycle ends")
    await eventually(lambda: bot.of(MarketEvent.OrderFilled), "the fill")
    await sandbox.settle()
    await agrees(sandbox, bot)
    assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled)) == 100


@pegged_scenario("Ten cycles in a row leave both sides agreeing")
async def test_ten_cycles_in_a_row(sandbox: Sandbox, bot: Bot) -> None:
    await sell_part(bot, "0.4")
    await sell_part(bot, "0.5", "1.3")
    for peg in (60, 120, 300, 200, 90, 51, 150, 70, 30, 100):
        await cycle(sandbox, peg)
    await agrees(sandbox, bot)
    assert all_sizes(bot) == sizes_there(sandbox)


async def test_an_exchange_that_loses_its_tracker(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    """In the middle of a cycle, with a fill on its way: nothing is lost or doubled, and both sides agree afterwards."""
    key = await sell_part(bot, "0.9")
    pegged = peg_of(sandbox)
    await taker.place(MARKET, "buy", "100", PRICE)
    pegged.begin_cycle(200)
    pegged.set_reachable(False)
    refused = bot.place(PAIR, SELL, "100", "1.4")
    await eventually(lambda: not pegged.tracker.is_busy, "the tracker ends its cycle")
    failure = await bot.event(MarketEvent.OrderFailure, refused)
    assert "server.busy" in failure.error_message
    assert bot.of(MarketEvent.OrderFilled) == []
    pegged.set_reachable(True)
    await eventually(lambda: bot.of(MarketEvent.OrderFilled), "the fill")
    await sandbox.settle()
    await agrees(sandbox, bot)
    assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled)) == 100
    assert list(bot.exchange.in_flight_orders) == [key]
    assert [order.state for order in sandbox.orders("bot") if order.price == D("1.4")] == []
