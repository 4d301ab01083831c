"""A server that says nothing: how soon it is noticed, and what is asked over REST then."""

import asyncio

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot, Person, levels
from test.patience import eventually

PAIR, MARKET = "BTC-USD", "btcusd"
SELL = TradeType.SELL


@pytest.fixture(autouse=True)
def seldom_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is found by the polls that come anyway, nor by balances that differ."""
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 3600.0)
    monkeypatch.setattr("hummingbot.connector.exchange_py_base.ExchangePyBase.LONG_POLL_INTERVAL", 3600.0)
    monkeypatch.setattr("hummingbot.connector.exchange_py_base.ExchangePyBase.SHORT_POLL_INTERVAL", 3600.0)


async def quoted(sandbox: Sandbox, bot: Bot) -> str:
    """The bot's sell order, in the book; no poll is under way."""
    sell = bot.place(PAIR, SELL, "0.1", "30000")
    await bot.live(sell)
    await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30000, "it is in the book")
    await eventually(lambda: not bot.exchange._is_poll_due, "what was asked at the start is answered")
    await sandbox.settle()
    return sell


class PollGate:
    """While it is closed, polls find nothing."""

    def __init__(self, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_open = True
        self.under_way = 0
        self._poll = bot.exchange._engine.reconciler.poll
        monkeypatch.setattr(bot.exchange._engine.reconciler, "poll", self._poll_if_open)

    async def _poll_if_open(self, is_overdue: bool = False) -> None:
        if self.is_open:
            self.under_way += 1
            try:
                await self._poll(is_overdue)
            finally:
                self.under_way -= 1


@pytest.fixture
def polls(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> PollGate:
    return PollGate(bot, monkeypatch)


async def filled_unnoticed(sandbox: Sandbox, bot: Bot, polls: PollGate, taker: Person, sell: str) -> None:
    """Neither a poll that the start asked for is left, nor one under way, once this returns."""
    polls.is_open = False
    await eventually(lambda: not polls.under_way, "what was asked is answered")
    await taker.place(MARKET, "buy", "0.1", "30000")
    await eventually(lambda: sandbox.orders("bot")[0].state == "done", "filled there")
    await sandbox.settle()
    await eventually(lambda: not bot.exchange._is_poll_due, "no poll is waiting")
    assert not bot.of(MarketEvent.OrderFilled, sell)
    polls.is_open = True


@pytest.mark.parametrize("channel", ["public", "private"])
async def test_a_frozen_server_is_noticed_by_its_missing_pong(
    sandbox: Sandbox, bot: Bot, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "HEARTBEAT_S", 0.4)
    await quoted(sandbox, bot)
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, channel=channel, duration_s=0.05)
    streams = {
        "public": lambda: bot.exchange.order_book_tracker.is_connected,
        "private": lambda: bot.exchange._user_stream_tracker.is_live,
    }
    await eventually(lambda: not streams[channel](), "a connection without the new time-out is lost")
    await eventually(lambda: streams[channel](), "and one with it stands")
    sandbox.faults.start(FaultKind.WEBSOCKET_SILENT, channel=channel)
    await eventually(lambda: not streams[channel](), "its silence is noticed")
    if channel == "public":
        assert not levels(bot.exchange.get_order_book(PAIR).ask_entries()), "nobody prices from it"


async def test_a_lost_private_connection_asks_rest_at_once(
    sandbox: Sandbox, bot: Bot, polls: PollGate, taker: Person
) -> None:
    sell = await quoted(sandbox, bot)
    broker_lost = sandbox.faults.start(FaultKind.BROKER_LOST)
    await filled_unnoticed(sandbox, bot, polls, taker, sell)
    sandbox.faults.stop(broker_lost)
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, channel="private", duration_s=60.0)
    await bot.event(MarketEvent.SellOrderCompleted, sell)


async def test_a_gap_in_the_public_stream_asks_rest_at_once(
    sandbox: Sandbox, bot: Bot, polls: PollGate, taker: Person
) -> None:
    """What Ranger missed of the books it may have missed of our orders."""
    sell = await quoted(sandbox, bot)
    broker_lost = sandbox.faults.start(FaultKind.BROKER_LOST)
    await filled_unnoticed(sandbox, bot, polls, taker, sell)
    sandbox.faults.stop(broker_lost)
    await taker.place(MARKET, "buy", "0.1", "28000")
    await bot.event(MarketEvent.SellOrderCompleted, sell)


async def test_an_order_that_the_private_stream_does_not_report_shows_its_silence(
    sandbox: Sandbox, bot: Bot, taker: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(CONSTANTS, "ORDER_EVENT_LATE_S", 0.3)
    monkeypatch.setattr(bot.exchange, "SHORT_POLL_INTERVAL", 0.5)
    sandbox.faults.start(FaultKind.EVENTS_LOST)
    sell = bot.place(PAIR, SELL, "0.1", "30000")
    await bot.event(MarketEvent.SellOrderCreated, sell)
    await eventually(lambda: "The private stream did not report order" in caplog.text, "it is noticed")
    await taker.place(MARKET, "buy", "0.1", "30000")
    await bot.event(MarketEvent.SellOrderCompleted, sell)
    assert caplog.text.count("The private stream did not report order") == 1


async def test_an_order_that_it_reports_does_not(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(CONSTANTS, "ORDER_EVENT_LATE_S", 0.3)
    for _ in range(3):
        await bot.live(bot.place(PAIR, SELL, "0.1", "30000"))
        await asyncio.sleep(0.4)
    assert "The private stream did not report" not in caplog.text
