"""Open orders that the exchange makes smaller and larger without a trade."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.resize import Telling
from test.end_to_end.pegged import (
    MARKET,
    PAIR,
    PEGGED,
    PRICE,
    agrees,
    cycle,
    orders_there,
    pegged_bot,
    pegged_sandbox,
    quicken_pegs,
    sell_part,
)
from test.end_to_end.support import Bot, person, warnings
from test.patience import eventually

D = Decimal


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    quicken_pegs(monkeypatch)


async def test_an_order_whose_origin_is_lowered_is_resized_at_once_on_any_market(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with pegged_sandbox(Telling.ORIGIN) as sandbox, pegged_bot(sandbox, data_folder, ConnectorSettings()) as bot:
        key = await sell_part(bot, "0.9")
        placed = bot.order(key).amount
        await cycle(sandbox, 200)
        await eventually(lambda: bot.order(key).amount < placed, "it is resized")
        (there,) = orders_there(sandbox)
        assert bot.order(key).amount == there.remaining_volume
        assert [order.quantity for order in bot.exchange.limit_orders] == [there.remaining_volume]
        await agrees(sandbox, bot)
        await cycle(sandbox, 51)
        await eventually(lambda: bot.order(key).amount == placed, "it has grown back")
        await agrees(sandbox, bot)
        await cycle(sandbox, 200)
        async with person(sandbox, "taker") as taker:
            await eventually(lambda: bot.order(key).amount < placed, "it is resized again")
            size = bot.order(key).amount
            await taker.place(MARKET, "buy", str(size), PRICE)
            await bot.event(MarketEvent.SellOrderCompleted, key)
        (done,) = bot.of(MarketEvent.SellOrderCompleted, key)
        assert done.base_asset_amount == size
        assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled, key)) == size
        await agrees(sandbox, bot)
        assert warnings("", caplog) == 0


async def test_a_phantom_fill_on_a_pegged_market_is_a_resize(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with pegged_sandbox(Telling.REMAINING) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        placed = bot.order(key).amount
        await cycle(sandbox, 200)
        await agrees(sandbox, bot)
        size = bot.order(key).amount
        assert size < placed
        assert not bot.of(MarketEvent.OrderFilled)
        await cycle(sandbox, 100)
        await eventually(lambda: size < bot.order(key).amount < placed, "it grows at once")
        await agrees(sandbox, bot)
        size = bot.order(key).amount
        async with person(sandbox, "taker") as taker:
            await taker.place(MARKET, "buy", "100", PRICE)
            await bot.event(MarketEvent.OrderFilled, key)
            await agrees(sandbox, bot)
            await taker.place(MARKET, "buy", str(size - 100), PRICE)
            await bot.event(MarketEvent.SellOrderCompleted, key)
        assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled, key)) == size
        await agrees(sandbox, bot)
        assert warnings("", caplog) == 0


async def test_a_phantom_fill_elsewhere_stays_one_whose_trade_is_looked_for(data_folder: Path) -> None:
    async with (
        pegged_sandbox(Telling.REMAINING) as sandbox,
        pegged_bot(sandbox, data_folder, ConnectorSettings()) as bot,
    ):
        key = await sell_part(bot, "0.9")
        placed = bot.order(key).amount
        await cycle(sandbox, 200)
        asked = bot.exchange._throttler.calls
        await eventually(lambda: bot.exchange._throttler.calls > asked + 5, "its trade is looked for")
        assert bot.order(key).amount == placed


async def test_a_silent_resize_is_found_by_a_poll(data_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with pegged_sandbox(Telling.SILENT) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        placed = bot.order(key).amount
        await cycle(sandbox, 200)
        await eventually(lambda: bot.order(key).amount < placed, "a poll finds it")
        await agrees(sandbox, bot)
        size = bot.order(key).amount
        await cycle(sandbox, 300)
        smaller = orders_there(sandbox)[0].remaining_volume
        async with person(sandbox, "taker") as taker:
            await taker.place(MARKET, "buy", str(smaller), PRICE)
            done = await bot.event(MarketEvent.SellOrderCompleted, key)
        assert done.base_asset_amount == smaller < size
        await agrees(sandbox, bot)
        assert warnings("", caplog) == 0


async def test_an_order_at_zero_is_neither_open_for_sums_nor_lost(data_folder: Path) -> None:
    async with pegged_sandbox(Telling.ORIGIN) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        placed = bot.order(key).amount
        (there,) = orders_there(sandbox)
        sandbox.exchange.resizer().resize(there, D(0), Telling.ORIGIN)
        await eventually(lambda: bot.order(key).amount == 0, "it is resized to zero")
        assert bot.exchange.limit_orders == []
        assert list(bot.exchange.in_flight_orders) == [key]
        assert "1 of them at zero" in bot.exchange.notices[0]
        sandbox.exchange.resizer().resize(there, placed, Telling.ORIGIN)
        await eventually(lambda: bot.order(key).amount == placed, "it has grown back")
        assert [order.quantity for order in bot.exchange.limit_orders] == [placed]
        assert bot.exchange.notices == []
        sandbox.exchange.resizer().resize(there, D(0), Telling.ORIGIN)
        await eventually(lambda: bot.order(key).amount == 0, "it is at zero again")
        bot.exchange.cancel(PAIR, key)
        await bot.event(MarketEvent.OrderCancelled, key)


async def test_a_cycle_is_one_line_in_the_log_and_is_counted(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with pegged_sandbox(Telling.ORIGIN) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        await sell_part(bot, "0.3")
        await sell_part(bot, "0.6", "1.3")
        await cycle(sandbox, 200)
        await eventually(lambda: bot.exchange._engine.resizes.log.cycles == 1, "it is logged")
        await agrees(sandbox, bot)
        lines = [text for text in caplog.messages if text.startswith("The exchange changed orders or funds")]
        assert len(lines) == 1
        assert "resized 2 order(s)" in lines[0]
        assert "BAY " in lines[0]
        assert "BAYR " in lines[0]
        assert bot.exchange._order_tracker.counts[PAIR].resizes == 2


async def test_funds_that_a_cycle_moves_are_known_with_the_first_comparison(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No order is resized, so that only a poll shows it; elsewhere events that may be on their way are waited for."""
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 3600.0)
    async with pegged_sandbox(Telling.ORIGIN) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        await cycle(sandbox, 200)
        bot.exchange._poll_at_once()
        await agrees(sandbox, bot)


async def test_an_order_that_is_replaced_goes_on_under_its_new_id(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with pegged_sandbox(Telling.REPLACE) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        placed = bot.order(key).amount
        async with person(sandbox, "taker") as taker:
            await taker.place(MARKET, "buy", "100", PRICE)
            await bot.event(MarketEvent.OrderFilled, key)
            await cycle(sandbox, 200)
            await agrees(sandbox, bot)
            assert bot.order(key).amount < placed
            await taker.place(MARKET, "buy", "50", PRICE)
            await eventually(lambda: len(bot.of(MarketEvent.OrderFilled, key)) == 2, "a fill of the new one")
            await agrees(sandbox, bot)
            await cycle(sandbox, 51)
            await agrees(sandbox, bot)
            assert abs(bot.order(key).amount - placed) <= D("0.001"), "it grows back"
            size = bot.order(key).amount
            await taker.place(MARKET, "buy", str(size - 150), PRICE)
            done = await bot.event(MarketEvent.SellOrderCompleted, key)
        assert done.base_asset_amount == size
        assert sum(fill.amount for fill in bot.of(MarketEvent.OrderFilled, key)) == size
        assert not bot.of(MarketEvent.OrderCancelled)
        await agrees(sandbox, bot)
        assert warnings("", caplog) == 0


async def test_two_orders_of_one_price_are_replaced_by_two(data_folder: Path) -> None:
    async with pegged_sandbox(Telling.REPLACE) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        for part in ("0.3", "0.6"):
            await sell_part(bot, part)
        await cycle(sandbox, 200)
        await agrees(sandbox, bot)
        assert len(bot.exchange.in_flight_orders) == 2
        assert not bot.of(MarketEvent.OrderCancelled)


async def test_an_order_that_is_cancelled_and_not_replaced_ends(data_folder: Path) -> None:
    async with pegged_sandbox(Telling.REPLACE) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        (there,) = orders_there(sandbox)
        sandbox.exchange.cancel(there)
        await bot.event(MarketEvent.OrderCancelled, key)
        await agrees(sandbox, bot)


async def test_our_own_cancel_is_not_held_back_and_what_replaces_the_order_is_cancelled(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The cycle comes between the answer to our cancel and its effect."""
    async with pegged_sandbox(Telling.REPLACE) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        await cancelled_and_replaced(sandbox, bot)
        await eventually(lambda: not orders_there(sandbox), "what replaced it is cancelled")
        await agrees(sandbox, bot)
        assert "whose cancel it had taken" in caplog.text


async def test_what_replaces_an_order_behind_its_cancel_is_found_without_an_event_and_its_fill_is_recorded(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pegged seed 681 of the simulation: the event was lost."""
    async with (
        pegged_sandbox(Telling.REPLACE) as sandbox,
        pegged_bot(sandbox, data_folder) as bot,
        person(sandbox, "taker") as taker,
    ):
        key = await cancelled_and_replaced_without_event(sandbox, bot, monkeypatch)
        await taker.place(MARKET, "buy", "100", PRICE)
        await eventually(lambda: not orders_there(sandbox), "what replaced it is cancelled")
        await eventually(lambda: bot.of(MarketEvent.OrderFilled, key), "its fill is recorded")
        assert [fill.amount for fill in bot.of(MarketEvent.OrderFilled, key)] == [100]
        assert len(bot.of(MarketEvent.OrderCancelled, key)) == 1
        await agrees(sandbox, bot)


async def test_the_next_start_finds_what_replaced_an_order_behind_its_cancel(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died before it had asked. What replaced the order was filled and resized meanwhile."""
    async with pegged_sandbox(Telling.REPLACE) as sandbox, person(sandbox, "taker") as taker:
        with monkeypatch.context() as patched:
            async with pegged_bot(sandbox, data_folder) as bot:
                patched.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 3600.0)
                key = await cancelled_and_replaced_without_event(sandbox, bot, patched)
        await taker.place(MARKET, "buy", "100", PRICE)
        (there,) = orders_there(sandbox)
        sandbox.exchange.resizer().resize(there, there.remaining_volume - 100, Telling.REPLACE)
        async with pegged_bot(sandbox, data_folder) as bot:
            assert not orders_there(sandbox), "leftovers are cancelled before the bot is ready"
            await eventually(lambda: bot.of(MarketEvent.OrderFilled, key), "the fill is recorded")
            assert [fill.amount for fill in bot.of(MarketEvent.OrderFilled, key)] == [100]
            await agrees(sandbox, bot)


async def cancelled_and_replaced(sandbox: Sandbox, bot: Bot) -> str:
    """An order that ended for the bot after its cancel was taken, and that the exchange replaced before that took
    effect."""
    key = await sell_part(bot, "0.9")
    (there,) = orders_there(sandbox)
    sandbox.exchange.order_processor.pause()
    bot.exchange.cancel(PAIR, key)
    await eventually(lambda: bot.order(key).is_pending_cancel_confirmation, "the cancel is taken")
    sandbox.exchange.resizer().resize(there, there.remaining_volume - 100, Telling.REPLACE)
    sandbox.exchange.order_processor.resume()
    await bot.event(MarketEvent.OrderCancelled, key)
    return key


async def cancelled_and_replaced_without_event(sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, where no event reports the order that is in its place."""
    monkeypatch.setattr(bot.exchange._engine._replacements, "on_unknown_order", lambda report: None)
    key = await cancelled_and_replaced(sandbox, bot)
    await eventually(lambda: len(orders_there(sandbox)) == 1, "another order is in its place")
    return key


async def test_a_cancel_that_meets_a_replaced_order_cancels_the_one_in_its_place(data_folder: Path) -> None:
    async with pegged_sandbox(Telling.REPLACE) as sandbox, pegged_bot(sandbox, data_folder) as bot:
        key = await sell_part(bot, "0.9")
        (there,) = orders_there(sandbox)
        sandbox.exchange.resizer().resize(there, there.remaining_volume - 100, Telling.REPLACE)
        bot.exchange.cancel(PAIR, key)
        await bot.event(MarketEvent.OrderCancelled, key)
        await eventually(lambda: not orders_there(sandbox), "what replaced it is cancelled")
        await agrees(sandbox, bot)


async def test_a_replaced_order_of_the_last_run_is_found(data_folder: Path) -> None:
    async with pegged_sandbox(Telling.REPLACE) as sandbox:
        async with pegged_bot(sandbox, data_folder) as bot:
            await sell_part(bot, "0.9")
        await cycle(sandbox, 200)
        assert len(orders_there(sandbox)) == 1
        async with pegged_bot(sandbox, data_folder) as bot:
            assert not orders_there(sandbox), "leftovers are cancelled before the bot is ready"
            await agrees(sandbox, bot)


async def test_what_a_replaced_order_of_the_last_run_was_filled_for_before_counts(data_folder: Path) -> None:
    """As after a crash, where Hummingbot saved nothing: the fills of its former ids were no part of its amounts (pegged
    seed 681 of the simulation)."""
    async with pegged_sandbox(Telling.REPLACE) as sandbox, person(sandbox, "taker") as taker:
        async with pegged_bot(sandbox, data_folder) as bot:
            key = await sell_part(bot, "0.9")
            for bought, peg in (("100", 200), ("50", 210)):
                await taker.place(MARKET, "buy", bought, PRICE)
                await bot.event(MarketEvent.OrderFilled, key)
                await cycle(sandbox, peg)
                await agrees(sandbox, bot)
            size = bot.order(key).amount
        async with pegged_bot(sandbox, data_folder, PEGGED.model_copy(update={"leftovers": "adopt"})) as bot:
            assert (bot.order(key).executed_amount_base, bot.order(key).amount) == (150, size)
            await taker.place(MARKET, "buy", str(size - 150), PRICE)
            done = await bot.event(MarketEvent.SellOrderCompleted, key)
            assert done.base_asset_amount == size
            await agrees(sandbox, bot)


async def test_a_state_that_hummingbot_saved_before_the_replacement_finds_the_order_that_the_journal_has(
    data_folder: Path,
) -> None:
    """As after a crash: Hummingbot saves the state of orders now and then, the journal knows at once."""
    async with pegged_sandbox(Telling.REPLACE) as sandbox:
        async with pegged_bot(sandbox, data_folder) as bot:
            key = await sell_part(bot, "0.9")
            saved = json.loads(json.dumps(bot.exchange.tracking_states))
            await cycle(sandbox, 200)
            await agrees(sandbox, bot)
        adopting = PEGGED.model_copy(update={"leftovers": "adopt"})
        async with pegged_bot(sandbox, data_folder, adopting, saved) as bot:
            await agrees(sandbox, bot)
            assert list(bot.exchange.in_flight_orders) == [key]
            assert not bot.of(MarketEvent.OrderCancelled)


async def test_a_saved_state_that_is_older_by_two_replacements_finds_it_as_well(data_folder: Path) -> None:
    """The journal has the order between them as one of its former ids."""
    async with pegged_sandbox(Telling.REPLACE) as sandbox, person(sandbox, "taker") as taker:
        async with pegged_bot(sandbox, data_folder) as bot:
            key = await sell_part(bot, "0.9")
            saved = json.loads(json.dumps(bot.exchange.tracking_states))
            await cycle(sandbox, 200)
            await agrees(sandbox, bot)
            await taker.place(MARKET, "buy", "100", PRICE)
            await bot.event(MarketEvent.OrderFilled, key)
            await cycle(sandbox, 210)
            await agrees(sandbox, bot)
            size = bot.order(key).amount
        adopting = PEGGED.model_copy(update={"leftovers": "adopt"})
        async with pegged_bot(sandbox, data_folder, adopting, saved) as bot:
            await agrees(sandbox, bot)
            assert list(bot.exchange.in_flight_orders) == [key]
            assert (bot.order(key).executed_amount_base, bot.order(key).amount) == (100, size)
            assert not bot.of(MarketEvent.OrderCancelled)
