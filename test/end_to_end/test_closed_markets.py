"""Markets that the exchange closes: placing pauses there, and goes on once they open."""

import logging
from dataclasses import replace
from decimal import Decimal
from typing import Literal, cast

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.market import Market
from test.end_to_end.support import Bot, open_at_exchange, running_bot, warnings
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL

pytestmark = pytest.mark.usefixtures("short_waits")


async def test_a_closed_market_pauses_placing_there_and_only_there(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = replace(sandbox.exchange.markets["btcusd"], state="disabled")
    monkeypatch.setitem(sandbox.exchange.markets, "btcusd", closed)
    for _ in range(3):
        order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
        await bot.event(MarketEvent.OrderFailure, order_id)
    assert warnings("Order placement on BTC-USD is paused", caplog) == 1
    other = bot.place("DOGE-BTC", BUY, "1000", "0.00002")
    await bot.live(other)


def set_market_state(sandbox: Sandbox, symbol: str, state: Literal["enabled", "disabled"]) -> None:
    markets = cast(dict[str, Market], sandbox.exchange.markets)
    markets[symbol] = replace(markets[symbol], state=state)


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    ours = "hummingbot.connector"
    return [record.getMessage() for record in caplog.records if record.exc_info and record.name.startswith(ours)]


@pytest.fixture
def soon_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed market is asked for again at once, and so is the book of one that has opened."""
    monkeypatch.setattr(CONSTANTS, "CLOSED_MARKET_CHECK_S", 0.1)
    monkeypatch.setattr(CONSTANTS, "SNAPSHOT_TIMEOUT_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "PLACEMENT_PAUSE_S", 0.3)
    monkeypatch.setattr(CONSTANTS, "PLACEMENT_PAUSE_MAXIMUM_S", 0.3)


@pytest.mark.usefixtures("soon_asked")
async def test_a_market_that_was_closed_for_a_moment_is_quoted_again(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    set_market_state(sandbox, "btcusd", "disabled")
    refused = bot.place("BTC-USD", BUY, "0.1", "29000")
    await bot.event(MarketEvent.OrderFailure, refused)
    await eventually(lambda: warnings("BTC-USD is not open", caplog), "the list of markets says so")
    # What a strategy asks at each tick, and what it places with.
    assert bot.exchange.get_order_price_quantum("BTC-USD", Decimal(1)) > 0
    assert await bot.exchange.exchange_symbol_associated_to_pair("BTC-USD") == "btcusd"
    set_market_state(sandbox, "btcusd", "enabled")
    await eventually(lambda: "BTC-USD is open again" in caplog.text, "asked for again")

    async def is_quoted() -> bool:
        order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
        created, failed = MarketEvent.BuyOrderCreated, MarketEvent.OrderFailure
        await eventually(lambda: bot.of(created, order_id) or bot.of(failed, order_id), "its outcome")
        return bool(bot.of(created, order_id))

    await eventually(is_quoted, "an order is placed again")
    assert warnings("BTC-USD is not open", caplog) == caplog.text.count("BTC-USD is open again") == 1
    assert tracebacks(caplog) == []


@pytest.mark.usefixtures("soon_asked")
async def test_a_market_that_is_closed_at_the_start_is_traded_once_it_opens(
    sandbox: Sandbox, taker: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    set_market_state(sandbox, "btcusd", "disabled")
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"], wait_ready=False) as bot:
        await eventually(lambda: warnings("BTC-USD is not open", caplog), "it is named")
        assert not bot.exchange.ready
        set_market_state(sandbox, "btcusd", "enabled")
        await eventually(lambda: bot.exchange.ready, "it is followed", timeout_s=40)
        assert "BTC-USD" in bot.exchange.trading_rules
        await bot.live(bot.place("BTC-USD", SELL, "0.1", "30000"))
        await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "the book follows")
        streams = bot.exchange.order_book_tracker.data_source._connection.streams
        assert streams >= {"btcusd.ob-inc", "btcusd.trades"}
    assert tracebacks(caplog) == []


async def test_a_market_that_was_closed_keeps_no_order_from_being_cancelled(sandbox: Sandbox, venue: Venue) -> None:
    """Its symbol is gone with its rules; cancelling a whole side needs one, cancelling an order does not."""
    settings = ConnectorSettings(exclusive_account=True)
    async with venue.running_bot(("BTC-USD", "ETH-USD"), settings=settings) as bot:
        for pair, price in (("BTC-USD", "30000"), ("ETH-USD", "2000")):
            await bot.live(bot.place(pair, SELL, "0.1", price))
        canceller = bot.exchange._engine.canceller
        symbol_of = canceller._symbol_of

        async def without_bitcoin(pair: str) -> str:
            if pair == "BTC-USD":
                raise KeyError(pair)
            return str(await symbol_of(pair))

        canceller._symbol_of = without_bitcoin
        assert all(result.success for result in await bot.exchange.cancel_all(10))
        assert open_at_exchange(sandbox) == []
