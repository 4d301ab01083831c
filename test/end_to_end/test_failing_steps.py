"""One step about an order fails: the order keeps its owner, and what has to be done with it is done."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_engine_host
from hummingbot.connector.exchange.peatio.execution import journal_file
from hummingbot.connector.exchange.peatio.execution.engine import ExecutionEngine
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.trade_records import record_of
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.test_history import kept_fills
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.test_restart import note_intents
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

SELL = TradeType.SELL


def failing_once(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step`; its first call raises."""
    failures = [RuntimeError("this step fails once")]

    def fail_once(*of: Any, **with_: Any) -> Any:
        if failures:
            raise failures.pop()
        return step(*of, **with_)

    return fail_once


async def late_order(venue: Venue, sandbox: Sandbox) -> None:
    """An order that the bot has given up reaches the exchange."""
    async with venue.trader("bot") as the_dead_bot:
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")


async def cancelled(sandbox: Sandbox) -> None:
    await eventually(lambda: [order.state for order in sandbox.orders("bot")] == ["cancel"], "it is cancelled")


@pytest.mark.usefixtures("short_waits")
async def test_a_given_up_order_that_turns_up_is_cancelled_while_the_journal_cannot_be_written(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "BUSY_TIMEOUT_S", 0.0)
    note_intents(venue, watched=["given-up"])
    async with venue.running_bot() as bot:
        with closing(sqlite3.connect(venue.folder / JOURNAL_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await late_order(venue, sandbox)
            await cancelled(sandbox)
            await eventually(lambda: not bot.exchange._engine.journal.unfinished(), "the bot has heard of the end")
            (row,) = other.execute("SELECT state FROM intents")
            assert row == ("watched",), "a successor would look for it"
    async with venue.running_bot() as second:
        assert second.exchange._engine.journal.unfinished() == [], "written as soon as the file was free"


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("step", ["Hummingbot's database", "the report"])
async def test_a_given_up_order_that_turns_up_is_cancelled_although_a_step_fails(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    note_intents(venue, watched=["given-up"])
    async with venue.running_bot() as bot:
        if step == "Hummingbot's database":
            monkeypatch.setattr(peatio_engine_host, "record_of", failing_once(record_of))
        else:
            monkeypatch.setattr(ReportHandler, "apply_order", failing_once(ReportHandler.apply_order))
        await late_order(venue, sandbox)
        await eventually(lambda: sandbox.orders("bot"), "it is there")
        bot.exchange._poll_at_once()
        await cancelled(sandbox)
        await eventually(lambda: not bot.exchange._engine.journal.unfinished(), "the bot has heard of the end")


def no_event(buffer: PendingEventBuffer, order_id: str) -> list[object]:
    return [f"no event of order {order_id}"]


@pytest.mark.parametrize(
    ("owner", "step", "substitute"),
    [
        (PeatioExchange, "_learn_fees", failing_once(PeatioExchange._learn_fees)),
        (ExecutionEngine, "on_placed_order", failing_once(ExecutionEngine.on_placed_order)),
        (ReportHandler, "on_event", failing_once(ReportHandler.on_event)),
        (PendingEventBuffer, "take", no_event),
    ],
    ids=["fees", "engine", "event", "early event"],
)
async def test_an_order_that_the_exchange_has_is_followed_although_a_step_after_it_fails(
    sandbox: Sandbox,
    venue: Venue,
    taker: Trader,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    step: str,
    substitute: Callable[..., Any],
) -> None:
    async with venue.running_bot() as bot:
        monkeypatch.setattr(owner, step, substitute)
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCreated, order_id)
        assert bot.of(MarketEvent.OrderFailure) == []
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, order_id)
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox) == kept_fills(venue.folder)


async def test_the_rows_are_free_for_the_next_connector_although_a_step_of_the_stop_fails(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with venue.running_bot() as bot:
        await bot.live(bot.place("BTC-USD", SELL, "0.1", "30000"))
        monkeypatch.setattr(bot.exchange._engine.switch, "stop", failing_once(bot.exchange._engine.switch.stop))
        with pytest.raises(RuntimeError, match="fails once"):
            await bot.exchange._engine.close()
    async with venue.running_bot():
        assert [order.state for order in sandbox.orders("bot")] == ["cancel"], "the leftovers are the next one's"
