"""A create that had to wait is looked at once more where it leaves: is it still wanted, and would it still rest?"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio import peatio_engine_host
from hummingbot.connector.exchange.peatio.common.errors import JournalError, WithdrawnError
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord, record_of
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot, Person
from test.end_to_end.test_restart import leave_orders
from test.end_to_end.venue import Venue
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot", "count": 1}


@asynccontextmanager
async def creates_held_back(bot: Bot) -> AsyncIterator[None]:
    """The request limit keeps creates waiting, written down already, until the end of the block."""
    async with bot.exchange._throttler._turns[CONSTANTS.CREATE_LIMIT_ID]:
        yield


async def is_written_down(bot: Bot) -> None:
    await eventually(lambda: bot.exchange._engine.journal.unfinished(), "it is written down and waits")


async def test_no_create_leaves_after_the_stop(sandbox: Sandbox, bot: Bot) -> None:
    async with creates_held_back(bot):
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await is_written_down(bot)
        await bot.exchange.stop_network()
    failure = await bot.event(MarketEvent.OrderFailure, order_id)
    assert "stopped before the order was sent" in failure.error_message
    assert sandbox.orders("bot") == []
    await bot.exchange.start_network()
    await eventually(lambda: bot.exchange.ready, "it is started again")
    await bot.live(bot.place("BTC-USD", SELL, "0.1", "30000"))


@asynccontextmanager
async def behind_an_identical_order(sandbox: Sandbox, bot: Bot) -> AsyncIterator[None]:
    fault = sandbox.faults.start(FaultKind.ANSWER_STALLED, **CREATE)
    bot.place("BTC-USD", SELL, "0.1", "30000")
    await eventually(lambda: sandbox.orders("bot"), "it is at the exchange")
    yield
    sandbox.faults.stop(fault)


@asynccontextmanager
async def in_a_pause_after_a_429(sandbox: Sandbox, bot: Bot) -> AsyncIterator[None]:
    sandbox.faults.start(FaultKind.RATE_LIMIT, retry_after_s=2, **CREATE)
    yield


@asynccontextmanager
async def at_the_request_limit(sandbox: Sandbox, bot: Bot) -> AsyncIterator[None]:
    async with creates_held_back(bot):
        yield


@asynccontextmanager
async def before_the_clock_is_known(sandbox: Sandbox, bot: Bot) -> AsyncIterator[None]:
    fault = sandbox.faults.start(FaultKind.LATENCY, path="/public/timestamp", delay_s=0.8, before=True)
    bot.exchange._time_synchronizer.clear_time_offset_ms_samples()
    yield
    sandbox.faults.stop(fault)


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(
    "where", [behind_an_identical_order, in_a_pause_after_a_429, at_the_request_limit, before_the_clock_is_known]
)
async def test_an_order_that_is_cancelled_before_it_is_sent_is_withdrawn_wherever_it_waits(
    sandbox: Sandbox, bot: Bot, where: Callable[[Sandbox, Bot], AbstractAsyncContextManager[None]]
) -> None:
    async with where(sandbox, bot):
        before = len(sandbox.orders("bot"))
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await eventually(lambda: order_id in bot.exchange.in_flight_orders, "it waits")
        bot.exchange.cancel("BTC-USD", order_id)
        failure = await bot.event(MarketEvent.OrderFailure, order_id)
        assert failure.error_type == WithdrawnError.__name__
    # What would have been sent after the wait is sent now.
    await bot.live(bot.place("BTC-USD", SELL, "0.1", "30001"))
    assert len(sandbox.orders("bot")) == before + 1


async def test_an_order_that_had_to_wait_for_too_long_is_not_sent(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with creates_held_back(bot):
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await is_written_down(bot)
        monkeypatch.setattr(CONSTANTS, "STALE_CREATE_S", 0.0)
    failure = await bot.event(MarketEvent.OrderFailure, order_id)
    assert "its price may be out of date" in failure.error_message
    assert sandbox.orders("bot") == []


async def test_a_limit_maker_order_is_looked_at_where_it_leaves(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    await taker.place("btcusd", "sell", "0.1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "the book has it")
    async with creates_held_back(bot):
        order_id = bot.place("BTC-USD", BUY, "0.1", "29000", OrderType.LIMIT_MAKER)
        await is_written_down(bot)
        await taker.place("btcusd", "sell", "0.1", "28900")
        await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 28900, "the market has moved")
    failure = await bot.event(MarketEvent.OrderFailure, order_id)
    assert "would take liquidity" in failure.error_message
    assert sandbox.orders("bot") == []


async def test_an_order_that_the_exchange_took_is_followed_although_the_journal_cannot_say_so(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: JournalFile, intent: object) -> None:
        raise JournalError("database is locked")

    monkeypatch.setattr(JournalFile, "update", fail)
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(order_id)
    assert not bot.of(MarketEvent.OrderFailure)
    file = bot.exchange._engine.journal._file
    assert file is not None
    assert [intent.state for intent in file.unfinished()] == [IntentState.SENT], "the next start will ask"


async def test_a_recovery_that_breaks_is_told_and_tried_again_before_anything_is_placed(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await leave_orders(venue, ["30000"])
    broken = ["database disk image is malformed"]

    def break_once(*of: object) -> OrderRecord:
        if broken:
            raise RuntimeError(broken.pop())
        return record_of(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(peatio_engine_host, "record_of", break_once)
    async with venue.running_bot():
        assert [order.state for order in sandbox.orders("bot")] == ["cancel"], "settled before it was ready"
    assert "cannot be reconciled (RuntimeError('database disk image is malformed'))" in caplog.text
