"""Cycles of a pegged coin in the middle of what a bot does, in all four ways of telling: nothing is lost or doubled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.cycles import PauseAroundCycle
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind
from peatio_sandbox.exchange.resize import Telling
from test.end_to_end.pegged import (
    MARKET,
    PAIR,
    PRICE,
    RESERVE_PAIR,
    SELL,
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
from test.end_to_end.support import person
from test.patience import eventually

ALL_WAYS = pytest.mark.parametrize("telling", list(Telling))


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    quicken_pegs(monkeypatch)


@ALL_WAYS
async def test_in_the_middle_of_a_create(data_folder: Path, telling: Telling) -> None:
    """The answer is lost, and the order is smaller when it is looked for."""
    async with pegged_sandbox(telling) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        sandbox.faults.start(FaultKind.ANSWER_LOST, count=1, path="/market/orders", method="POST")
        key = bot.place(PAIR, SELL, str(part_of_all(bot, "0.9")), PRICE)
        await eventually(lambda: orders_there(sandbox), "the exchange has it")
        await cycle(sandbox, 200)
        await bot.event(MarketEvent.SellOrderCreated, key)
        await agrees(sandbox, bot)
        assert list(bot.exchange.in_flight_orders) == [key]


@ALL_WAYS
async def test_in_the_middle_of_a_fill(data_folder: Path, telling: Telling) -> None:
    async with pegged_sandbox(telling) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        async with person(sandbox, "taker") as taker:
            sandbox.exchange.trade_executor.pause()
            await taker.place(MARKET, "buy", "100", PRICE)
            await cycle(sandbox, 200)
            await bot.event(MarketEvent.OrderFilled, key)
            await agrees(sandbox, bot)
        assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled)) == 100


@ALL_WAYS
async def test_in_the_middle_of_a_cancel(data_folder: Path, telling: Telling) -> None:
    async with pegged_sandbox(telling) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        pegged = peg_of(sandbox)
        pegged.begin_cycle(200)
        bot.exchange.cancel(PAIR, key)
        await eventually(lambda: pegged.cycles == 1, "the cycle ends")
        await bot.event(MarketEvent.OrderCancelled, key)
        await agrees(sandbox, bot)


async def test_funds_follow_a_cycle_also_while_no_order_is_open(data_folder: Path) -> None:
    """Nothing reports a balance that the peg moved."""
    async with pegged_sandbox(Telling.SILENT) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        before = bot.exchange.get_balance("BAY")
        await cycle(sandbox, 200)
        await eventually(lambda: bot.exchange.get_balance("BAY") < before, "the bot sees it")
        await agrees(sandbox, bot)


@ALL_WAYS
async def test_ten_cycles_at_once_and_a_fill_between(data_folder: Path, telling: Telling) -> None:
    async with pegged_sandbox(telling) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        for part, price in (("0.3", PRICE), ("0.3", "1.3"), ("0.3", "1.4")):
            await sell_part(bot, part, price)
        async with person(sandbox, "taker") as taker:
            for number, peg in enumerate((60, 120, 300, 700, 1198, 900, 400, 52, 0, 100)):
                if number == 3:
                    await taker.place(MARKET, "buy", "50", PRICE)
                await cycle(sandbox, peg)
            await agrees(sandbox, bot)
        filled = sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled))
        assert filled == sum(trade.amount for order in sandbox.orders("bot") for trade in order.trades)


async def test_a_busy_exchange_is_left_alone_for_a_while_and_no_create_is_doubled(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with pegged_sandbox(Telling.ORIGIN, busy_s=1.0) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        pegged = peg_of(sandbox)
        pegged.begin_cycle(53)
        first = bot.place(PAIR, SELL, "10", PRICE)
        await eventually(lambda: "is paused, cancelling is not" in caplog.text, "placing is paused")
        second = bot.place(PAIR, SELL, "20", PRICE)
        await bot.event(MarketEvent.OrderFailure, second)
        await bot.event(MarketEvent.OrderFailure, first)
        assert "server.busy" in bot.of(MarketEvent.OrderFailure, second)[0].error_message
        await eventually(lambda: pegged.cycles == 1, "the cycle ends")
        assert sandbox.orders("bot") == []
        bot.exchange._engine._pauses._pauses[PAIR].until_s = 0.0
        await bot.live(bot.place(PAIR, SELL, "30", PRICE))
        assert [order.origin_volume for order in sandbox.orders("bot")] == [30]
        await agrees(sandbox, bot)


@ALL_WAYS
async def test_the_next_run_after_a_cycle_agrees(data_folder: Path, telling: Telling) -> None:
    async with pegged_sandbox(telling) as sandbox:
        async with pegged_bot(sandbox, data_folder) as bot:
            await sell_part(bot, "0.9")
            await cycle(sandbox, 200)
            await agrees(sandbox, bot)
        await cycle(sandbox, 300)
        async with pegged_bot(sandbox, data_folder) as bot:
            await eventually(lambda: not orders_there(sandbox), "leftovers are cancelled")
            await agrees(sandbox, bot)


async def test_quotes_are_off_around_a_known_cycle_and_come_back(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with pegged_sandbox(Telling.ORIGIN) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.5")
        now = datetime.fromtimestamp(bot.exchange.exchange_clock.time_s(), UTC)
        pause = PauseAroundCycle(known_cycle=now + timedelta(seconds=3), before_s=2, after_s=1)
        bot.exchange._settings.current = ConnectorSettings(pegged=(PAIR,), pause_around_cycle=pause)
        await bot.event(MarketEvent.OrderCancelled, key)
        assert "A cycle of its coin is near" in caplog.text
        refused = bot.place(PAIR, SELL, "10", PRICE)
        await bot.event(MarketEvent.OrderFailure, refused)
        assert len(sandbox.orders("bot")) == 1
        await bot.live(bot.place(RESERVE_PAIR, SELL, "10", "1"))
        await eventually(lambda: "orders are placed on pegged markets again" in caplog.text, "the cycle has ended")
        await bot.live(bot.place(PAIR, SELL, "20", PRICE))
        await agrees(sandbox, bot)
