"""What a bot does while a book is not trusted: its quotes, its strategy, its log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple
from hummingbot.strategy.pure_market_making import PureMarketMakingStrategy

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.broken_books import MARKET, PAIR, is_empty, lose_an_increment, public_events_lost, rests, trade
from test.end_to_end.support import TICK_S, Bot, Person, person, running_bot, ticks
from test.patience import eventually

pytestmark = pytest.mark.usefixtures("short_book_times")


@pytest.mark.parametrize("pulls", [True, False])
async def test_own_quotes_are_pulled_from_an_untrusted_market_where_that_is_set(
    sandbox: Sandbox, taker: Person, pulls: bool
) -> None:
    settings = ConnectorSettings(pull_quotes=pulls)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR, "DOGE-BTC"], settings=settings) as bot:
        here = bot.place(PAIR, TradeType.SELL, "0.1", "30500")
        there = bot.place("DOGE-BTC", TradeType.SELL, "1000", "0.00002")
        await bot.live(here)
        await bot.live(there)
        await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30500, "it stands in the book")
        await lose_an_increment(sandbox, taker)
        await eventually(lambda: is_empty(bot), "the book is not trusted")
        if pulls:
            await bot.event(MarketEvent.OrderCancelled, here)
        else:
            await ticks(bot, 1)
        states = {order.market: order.state for order in sandbox.orders("bot")}
        assert states == {MARKET: "cancel" if pulls else "wait", "dogebtc": "wait"}


async def test_pulling_quotes_goes_on_while_the_exchange_takes_no_cancel(
    sandbox: Sandbox, taker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "LEFTOVERS_TIMEOUT_S", 0.1)
    settings = ConnectorSettings(pull_quotes=True)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings) as bot:
        ids = [bot.place(PAIR, TradeType.SELL, "0.1", price) for price in ("30500", "30600", "30700")]
        for order_id in ids:
            await bot.live(order_id)
        away = sandbox.faults.start(
            FaultKind.SERVER_ERROR, path="/market/orders/*/cancel", method="POST", member="bot"
        )
        await lose_an_increment(sandbox, taker)
        await eventually(lambda: sandbox.faults.hits.get(FaultKind.SERVER_ERROR, 0) >= 6, "all are tried again")
        sandbox.faults.stop(away)
        for order_id in ids:
            await bot.event(MarketEvent.OrderCancelled, order_id)


@asynccontextmanager
async def quoting(bot: Bot) -> AsyncIterator[None]:
    """Hummingbot's own pure_market_making on the connector, by a clock of its own."""
    strategy = PureMarketMakingStrategy()
    strategy.init_params(
        market_info=MarketTradingPairTuple(bot.exchange, PAIR, *PAIR.split("-")),
        bid_spread=Decimal("0.01"),
        ask_spread=Decimal("0.01"),
        order_amount=Decimal("0.1"),
        order_refresh_time=0.3,
        max_order_age=1800,
        filled_order_delay=0.2,
    )
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        clock.add_iterator(strategy)
        task = asyncio.create_task(clock.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def break_by_gap(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    await lose_an_increment(sandbox, taker)


async def break_by_cut(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, channel="public", duration_s=3.0)


async def break_by_silence(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    with public_events_lost(sandbox):
        await rests(bot)
        async with person(sandbox, "maker") as maker:
            await trade(maker, taker)
            # Else REST depth may agree with the silent book, which is followed again then.
            await maker.place(MARKET, "sell", "0.1", "30500")
        await eventually(lambda: bot.exchange.order_book_tracker.invalid_reasons, "the silence is noticed")


@pytest.mark.usefixtures("two_sides")
@pytest.mark.parametrize("break_book", [break_by_gap, break_by_cut, break_by_silence])
async def test_pure_market_making_creates_no_order_from_an_untrusted_book(
    sandbox: Sandbox, bot: Bot, taker: Person, break_book: Any
) -> None:
    tracker = bot.exchange.order_book_tracker
    while_untrusted: list[str] = []
    for name in ("buy", "sell"):
        place = getattr(bot.exchange, name)

        def placed(trading_pair: str, *arguments: Any, place: Any = place, **options: Any) -> Any:
            # A restarted engine makes the books of the other markets doubtful too, and nothing is placed there.
            if trading_pair in tracker.invalid_reasons:
                while_untrusted.append(tracker.invalid_reasons[trading_pair])
            return place(trading_pair, *arguments, **options)

        setattr(bot.exchange, name, placed)
    async with quoting(bot):
        await eventually(lambda: len(sandbox.orders("bot")) >= 6, "it quotes and refreshes")
        await break_book(sandbox, bot, taker)
        await eventually(lambda: tracker.invalid_reasons, "the book is not trusted")
        await ticks(bot, 0.5)
        await eventually(
            lambda: not any(order.is_pending_create for order in bot.exchange.in_flight_orders.values()),
            "no create is on its way",
        )
        placed_before = len(sandbox.orders("bot"))
        await ticks(bot, 1)
        assert tracker.invalid_reasons
        assert len(sandbox.orders("bot")) == placed_before
        sandbox.exchange.restart_engines()  # which brings a snapshot
        await eventually(lambda: bot.exchange.ready, "the book is back")
        placed_before = len(sandbox.orders("bot"))
        await eventually(lambda: len(sandbox.orders("bot")) >= placed_before + 4, "it quotes again")
        assert while_untrusted == []


def has_texts(caplog: pytest.LogCaptureFixture, part: str, count: int) -> bool:
    return sum(part in record.getMessage() for record in caplog.records) == count


def fail_as_a_tick_does() -> None:
    try:
        assert Decimal("NaN") < Decimal(1)
    except InvalidOperation:
        logging.getLogger("hummingbot.core.clock").exception("The test's tick failed.")


@pytest.mark.usefixtures("two_sides")
async def test_what_hummingbot_says_of_an_empty_book_is_logged_once_with_its_end(
    sandbox: Sandbox, bot: Bot, taker: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Hummingbot logs it at each price query, and pure_market_making's ticks end with an error meanwhile."""
    async with quoting(bot):
        await eventually(lambda: len(sandbox.orders("bot")) >= 2, "it quotes")
        episodes = bot.exchange.order_book_tracker._empty_books._episodes
        await eventually(lambda: PAIR not in episodes, "the end of what was empty at the start is logged")
        caplog.set_level("INFO")
        caplog.clear()
        for number in (1, 2):
            await lose_an_increment(sandbox, taker)
            await eventually(lambda: is_empty(bot), "the gap is seen")
            for _ in range(30):
                bot.exchange.get_price(PAIR, True)
                fail_as_a_tick_does()
                await asyncio.sleep(TICK_S / 2)
            assert has_texts(caplog, "orderbook for BTC-USD is empty", number)
            assert has_texts(caplog, "The test's tick failed", number)
            # Only while it has orders does the strategy's own tick compare a missing price.
            assert sum("running clock tick" in record.getMessage() for record in caplog.records) <= number
            sandbox.exchange.restart_engines()
            await eventually(lambda: bot.exchange.ready, "the book is back")
            # The restart empties the other book for a moment, too. Its end is logged where somebody asked meanwhile.
            text = f"The order book of {PAIR} has prices again"
            await eventually(partial(has_texts, caplog, text, number), "the end is logged")
    assert "A strategy cannot price while an order book is empty: BTC-USD" in caplog.text
