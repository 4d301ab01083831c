"""Orders of others that look like the bot's: the account's owner by hand, another bot. They are never touched."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.support import Bot, running_bot
from test.end_to_end.test_restart import journal_of_the_dead, note_intents
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

SELL = TradeType.SELL
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot", "count": 1}
NAMED = "Order 1 looks like the lost order"
LISTS: dict[str, Any] = {"path": "/market/orders", "method": "GET", "member": "bot"}


@pytest.fixture(autouse=True)
def short_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter than the time for which an order that is not found is looked for, as in production: one that was placed
    after that is stamped, in whole seconds of a clock known to half a second, more than a request's time after it."""
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "LOOKUP_LIMIT_S", 2.5)
    monkeypatch.setattr(CONSTANTS, "SNAPSHOT_TIMEOUT_S", 0.5)  # the longest pause between two looks


def place(bot: Bot, price: str = "30000") -> str:
    return bot.place("BTC-USD", SELL, "0.1", price)


async def given_up(sandbox: Sandbox, bot: Bot) -> str:
    """An order whose request was lost on the way."""
    sandbox.faults.start(FaultKind.REQUEST_LOST, **CREATE)
    order_id = place(bot)
    await bot.event(MarketEvent.OrderFailure, order_id)
    return order_id


def states(sandbox: Sandbox) -> list[str]:
    return [order.state for order in sandbox.orders("bot")]


@pytest.mark.parametrize("is_told", [True, False])
async def test_an_order_placed_by_hand_after_a_lost_one_is_left_alone(
    sandbox: Sandbox, venue: Venue, caplog: pytest.LogCaptureFixture, is_told: bool
) -> None:
    async with venue.running_bot() as bot, venue.trader("bot") as hand:
        await given_up(sandbox, bot)
        lost = None if is_told else sandbox.faults.start(FaultKind.EVENTS_LOST)
        await hand.place("btcusd", "sell", "0.1", "30000")
        await sandbox.settle()
        await bot.exchange._engine.poll()
        if lost is not None:
            sandbox.faults.stop(lost)
        # Its event and the poll have had their effect before an order that was placed later is live.
        await bot.live(place(bot, "31000"))
        assert states(sandbox) == ["wait", "wait"]
        assert caplog.text.count(NAMED) == 1
    async with venue.running_bot() as successor:
        await successor.exchange._engine.poll()
        assert states(sandbox)[0] == "wait", "nor by the next run"


async def test_an_own_order_whose_number_is_not_known_yet_is_no_late_one(caplog: pytest.LogCaptureFixture) -> None:
    """The create is answered with a uuid alone, and its event has the number alone."""
    async with Sandbox(SandboxConfig(seed=11, dialect="third-party-engine")) as sandbox:
        async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
            await given_up(sandbox, bot)
            # Nothing tells the number that belongs to the uuid.
            asking = sandbox.faults.start(FaultKind.SERVER_ERROR, path="/market/orders/*", method="GET", member="bot")
            own = place(bot)
            await bot.event(MarketEvent.SellOrderCreated, own)
            await sandbox.settle()
            await eventually(lambda: sandbox.faults.hits[FaultKind.SERVER_ERROR], "its number is asked for")
            sandbox.faults.stop(asking)
            await bot.live(own)
            await bot.exchange._engine.poll()
    assert "looks like the lost order" not in caplog.text


@pytest.mark.parametrize("is_filled", [True, False])
async def test_an_order_that_was_stored_too_late_while_no_bot_ran_is_named_once(
    sandbox: Sandbox, venue: Venue, taker: Trader, caplog: pytest.LogCaptureFixture, is_filled: bool
) -> None:
    """A request that was held up on its way, and the bot was killed meanwhile."""
    note_intents(venue, sent=["held-up"], sent_in_s=-20)
    async with venue.trader("bot") as the_dead_bot:
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
    if is_filled:
        await taker.place("btcusd", "buy", "0.1", "30000")
    await sandbox.settle()
    async with venue.running_bot() as bot:
        for _ in range(2):
            await bot.exchange.look_for_lost_orders("BTC-USD")
        assert states(sandbox) == ["done" if is_filled else "wait"]
        assert caplog.text.count(NAMED) == 1
        unended = bot.exchange.unended_orders("BTC-USD")
        assert [(order.client_order_id, order.look_alike) for order in unended] == [("held-up", "1")]
        assert ("Cancel it" in caplog.text) is not is_filled
        await bot.live(place(bot, "31000"))
        await bot.exchange._engine.poll()
    assert caplog.text.count("looks like the lost order") == 1, "its own later orders are no candidates"


async def test_one_that_is_not_in_the_book_yet_may_be_the_lost_one_until_it_has_ended_unfilled(
    sandbox: Sandbox, venue: Venue
) -> None:
    note_intents(venue, sent=["held-up"], sent_in_s=-20)
    sandbox.faults.start(FaultKind.PROCESSOR_PAUSED)
    async with venue.trader("bot") as the_dead_bot, venue.running_bot() as bot:
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
        await bot.exchange.look_for_lost_orders("BTC-USD")
        assert states(sandbox) == ["pending"]
        assert [order.look_alike for order in bot.exchange.unended_orders("BTC-USD")] == ["1"]
        sandbox.faults.stop()
        await eventually(lambda: states(sandbox) == ["wait"], "it is in the book")
        await the_dead_bot.cancel(1)
        await eventually(lambda: states(sandbox) == ["cancel"], "it has ended")
        await bot.exchange.look_for_lost_orders("BTC-USD")
        assert [order.look_alike for order in bot.exchange.unended_orders("BTC-USD")] == [None]


async def test_the_bots_own_next_order_of_that_price_is_not_taken_for_a_late_one(
    sandbox: Sandbox, venue: Venue, taker: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    note_intents(venue, sent=["held-up"], sent_in_s=-20)
    async with venue.running_bot() as bot:
        await bot.live(order_id := place(bot))
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, order_id)
        await bot.exchange._engine.poll()
    async with venue.running_bot() as successor:
        await successor.exchange._engine.poll()
    assert "looks like the lost order" not in caplog.text


async def test_an_order_placed_by_hand_before_a_lost_one_is_left_alone(sandbox: Sandbox, venue: Venue) -> None:
    async with venue.running_bot() as bot, venue.trader("bot") as hand:
        await hand.place("btcusd", "sell", "0.1", "30000")
        newest = bot.exchange._engine.pending_events
        await eventually(lambda: newest.newest_order_id, "the bot is told of it")
        await given_up(sandbox, bot)
        await bot.live(place(bot, "31000"))
        assert states(sandbox) == ["wait", "wait"]


async def test_bots_with_separate_folders_leave_each_others_orders_alone(
    sandbox: Sandbox, venue: Venue, tmp_path: Path
) -> None:
    other = replace(venue, folder=tmp_path / "other", closes_client=False)
    async with replace(venue, closes_client=False).running_bot() as bot, other.running_bot() as second:
        await given_up(sandbox, bot)
        theirs = place(second)
        await second.live(theirs)
        await bot.exchange._engine.poll()
        assert [row.state for row in bot.exchange._engine.journal.unfinished()] == [IntentState.ABSENT]
        assert states(sandbox) == ["wait"]
        assert second.order(theirs).is_open


async def two_orders_for_one_lost(sandbox: Sandbox, venue: Venue, bot: Bot) -> str:
    away = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, **LISTS)
    sandbox.faults.start(FaultKind.ANSWER_LOST, **CREATE)
    order_id = place(bot)
    counts = bot.exchange._order_tracker.counts["BTC-USD"]
    await eventually(lambda: counts.ambiguous_creates, "the answer is lost")
    async with venue.trader("bot") as hand:
        await hand.place("btcusd", "sell", "0.1", "30000")
    await sandbox.settle()
    sandbox.faults.stop(away)
    return order_id


async def test_of_more_orders_than_lost_ones_none_is_touched_and_placing_there_pauses(
    sandbox: Sandbox, venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    async with venue.running_bot() as bot:
        lost = await two_orders_for_one_lost(sandbox, venue, bot)
        failure = await bot.event(MarketEvent.OrderFailure, lost)
        assert "Orders 1, 2 on BTC-USD look like" in failure.error_message
        refused = place(bot)
        assert "may be any of several" in (await bot.event(MarketEvent.OrderFailure, refused)).error_message
        await bot.live(place(bot, "31000"))
        await bot.exchange._engine.poll()
        assert states(sandbox) == ["wait", "wait", "wait"]
    assert caplog.text.count("Orders 1, 2 on BTC-USD look like") >= 1
    async with venue.running_bot() as successor, venue.trader("bot") as hand:
        (row,) = successor.exchange._engine.journal.unfinished()
        assert (row.client_order_id, row.state) == (lost, IntentState.SENT)
        assert states(sandbox) == ["wait", "wait", "cancel"]
        await successor.event(MarketEvent.OrderFailure, place(successor))
        for order_id in (1, 2):
            await hand.cancel(order_id)
        await eventually(lambda: states(sandbox) == ["cancel"] * 3, "the user has cancelled both")
        await successor.exchange._engine.poll()
        await successor.live(place(successor))


async def test_on_an_exclusive_account_every_order_is_the_bots(sandbox: Sandbox, venue: Venue) -> None:
    async with venue.running_bot(settings=ConnectorSettings(exclusive_account=True)) as bot:
        lost = await two_orders_for_one_lost(sandbox, venue, bot)
        await bot.live(lost)
        assert bot.order(lost).exchange_order_id == "1"


@pytest.mark.parametrize("is_told", [True, False])
async def test_of_more_late_orders_than_lost_ones_none_is_touched(
    sandbox: Sandbox, venue: Venue, is_told: bool
) -> None:
    note_intents(venue, watched=["given-up"])
    async with venue.trader("bot") as hand:
        for _ in range(2):
            await hand.place("btcusd", "sell", "0.1", "30000")
    await sandbox.settle()
    async with venue.running_bot() as bot:
        if is_told:
            sandbox.faults.start(FaultKind.EVENTS_DUPLICATED)
            async with venue.trader("taker") as taker:
                await taker.place("btcusd", "buy", "0.01", "30000")
            await eventually(lambda: bot.exchange._engine.late_orders.undecided(), "its event is looked into")
        await bot.exchange._engine.poll()
        assert states(sandbox) == ["wait", "wait"]
        await bot.event(MarketEvent.OrderFailure, place(bot))
    with journal_of_the_dead(venue) as journal:
        assert [row.state for row in journal.unfinished()] == [IntentState.SENT]


async def test_an_order_that_waited_is_looked_for_from_when_it_left(sandbox: Sandbox, venue: Venue) -> None:
    """The row is written before the wait, and the process dies after it."""
    async with venue.running_bot() as bot:
        sandbox.faults.start(FaultKind.RATE_LIMIT, retry_after_s=2, **CREATE)
        order_id = place(bot)
        await bot.live(order_id)
        intent = bot.exchange._engine.journal.get(order_id)
        assert intent is not None
        written_s = intent.created_at_s
        assert abs(written_s - sandbox.orders("bot")[0].created_at_s) < 1.5
    with journal_of_the_dead(venue) as journal:
        assert [row.created_at_s for row in journal.unfinished()] == [written_s]


async def test_placing_resumes_once_the_orders_that_looked_like_a_lost_one_are_known_to_be_others(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with venue.running_bot() as bot:
        await bot.event(MarketEvent.OrderFailure, await two_orders_for_one_lost(sandbox, venue, bot))
        # Another bot of the account learns which orders are its own.
        monkeypatch.setattr(JournalFile, "claimed_by", lambda *_: "another bot's")
        await bot.exchange._engine.poll()
        assert [row.state for row in bot.exchange._engine.journal.unfinished()] == [IntentState.ABSENT]
        await bot.live(place(bot))
