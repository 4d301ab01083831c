"""A bot that ended without a goodbye, and the one that comes after it, over real sockets.

The process lives on here; what a killed one leaves behind is the same: orders on the exchange, the journal, no more.
The real SIGKILL is in the chaos run.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Literal

import pytest
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of, acquire
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import instance_name
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.scenarios import scenario
from test.end_to_end.support import Bot
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.venue import Trader, Venue
from test.journals import open_journal
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL


async def leave_orders(venue: Venue, prices: list[str]) -> list[str]:
    """A bot that places sells and is gone."""
    async with venue.running_bot() as bot:
        ids = [bot.place("BTC-USD", SELL, "0.1", price) for price in prices]
        for order_id in ids:
            await bot.live(order_id)
    return ids


@scenario("After a restart", "What the last run left open is cancelled before anything is placed")
async def test_leftovers_are_cancelled_before_the_first_order(sandbox: Sandbox, venue: Venue) -> None:
    await leave_orders(venue, ["30000", "30100"])
    async with venue.running_bot() as bot:
        assert [order.state for order in sandbox.orders("bot")] == ["cancel", "cancel"], "settled before it was ready"
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
        assert [order.state for order in sandbox.orders("bot")] == ["cancel", "cancel", "wait"]


@scenario("After a restart", "Or followed again, with `leftovers: adopt`")
async def test_leftovers_are_adopted_where_that_is_wanted(
    sandbox: Sandbox, venue: Venue, taker: Trader
) -> None:
    ids = await leave_orders(venue, ["30000", "30100"])
    settings = ConnectorSettings(leftovers="adopt")
    async with venue.running_bot(settings=settings) as bot:
        assert sorted(bot.exchange.in_flight_orders) == sorted(ids)
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, ids[0])
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox)


@pytest.mark.parametrize("order_type", [OrderType.LIMIT, OrderType.LIMIT_MAKER])
async def test_a_leftover_keeps_its_order_type(venue: Venue, order_type: OrderType) -> None:
    async with venue.running_bot() as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000", order_type)
        await bot.live(order_id)
    async with venue.running_bot(settings=ConnectorSettings(leftovers="adopt")) as bot:
        assert bot.order(order_id).order_type is order_type


@scenario("After a restart", "Fills between the two runs are recorded once")
async def test_fills_of_the_time_between_are_recorded_once(
    sandbox: Sandbox, venue: Venue, taker: Trader
) -> None:
    ids = await leave_orders(venue, ["30000", "30100"])
    await taker.place("btcusd", "buy", "0.15", "30100")
    await eventually(lambda: sandbox.orders("bot")[1].executed_volume == Decimal("0.05"), "both are hit")
    async with venue.running_bot() as bot:
        await bot.event(MarketEvent.SellOrderCompleted, ids[0])
        await bot.event(MarketEvent.OrderCancelled, ids[1])
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    async with venue.running_bot() as third:
        assert third.events == [], "nothing is left to tell a third time"


@pytest.mark.parametrize("is_restored", [False, True], ids=["forgotten", "restored by Hummingbot"])
async def test_an_order_that_had_ended_for_hummingbot_does_not_end_again(
    venue: Venue, taker: Trader, monkeypatch: pytest.MonkeyPatch, is_restored: bool
) -> None:
    """Its row stayed open, as on a full disk."""
    database = venue.folder / "trades.sqlite"
    with monkeypatch.context() as patched:
        patched.setattr(IntentJournal, "close", lambda *of: None)
        async with venue.running_bot(database=database) as bot:
            filled, cancelled = (bot.place("BTC-USD", SELL, "0.1", price) for price in ("30000", "30100"))
            for order_id in (filled, cancelled):
                await bot.live(order_id)
            saved_states = bot.exchange.tracking_states
            await taker.place("btcusd", "buy", "0.1", "30000")
            await bot.event(MarketEvent.SellOrderCompleted, filled)
            bot.exchange.cancel("BTC-USD", cancelled)
            await bot.event(MarketEvent.OrderCancelled, cancelled)
    async with venue.running_bot(saved_states=saved_states if is_restored else None, database=database) as bot:
        assert bot.events == []
        assert not bot.exchange.in_flight_orders
        await eventually(lambda: not bot.exchange._engine.journal.unfinished(), "their rows are closed")
        assert bot.events == []
    with journal_of_the_dead(venue) as journal:
        assert journal.unfinished() == []


async def test_an_order_whose_id_only_hummingbots_database_has_is_not_searched_for(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refused to write it into the journal."""
    database = venue.folder / "trades.sqlite"
    with monkeypatch.context() as patched:
        patched.setattr(IntentJournal, "live", lambda *of: None)
        async with venue.running_bot(database=database) as bot:
            order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
            await bot.live(order_id)
    with journal_of_the_dead(venue) as journal:
        assert [intent.exchange_order_id for intent in journal.unfinished()] == [None]
    monkeypatch.setattr(OrderLookup, "search", None)
    async with venue.running_bot(database=database) as bot:
        await bot.event(MarketEvent.OrderCancelled, order_id)
        assert [order.state for order in sandbox.orders("bot")] == ["cancel"]
        assert bot.of(MarketEvent.SellOrderCreated) == []


@contextmanager
def journal_of_the_dead(venue: Venue) -> Iterator[IntentJournal]:
    """The journal that a killed bot leaves behind."""
    account = account_of(venue.sandbox.url, venue.login_of("bot"))
    lock = acquire(venue.folder, instance_name(), account)
    assert lock is not None
    journal = open_journal(venue.folder / JOURNAL_NAME, lock.owner, account)
    try:
        yield journal
    finally:
        journal.close_file()
        lock.release()


def note_intents(
    venue: Venue, watched: Sequence[str] = (), sent: Sequence[str] = (), sent_in_s: float = 0.0
) -> None:
    """What is left of a bot that was killed between sending an order and hearing the answer.

    :param sent_in_s: how far its clock was ahead
    """
    amount, price = Decimal("0.1"), Decimal("30000")
    with journal_of_the_dead(venue) as journal:
        for client_order_id in [*watched, *sent]:
            journal.record(Intent(client_order_id, "BTC-USD", "btcusd", False, amount, price, time.time() + sent_in_s))
        for client_order_id in watched:
            journal.sent(client_order_id, time.time())
            journal.absent(client_order_id)


@scenario("After a restart", "An order whose answer was lost is found and cancelled")
@pytest.mark.usefixtures("short_waits")
async def test_an_order_whose_answer_nobody_heard_is_found_after_the_restart(
    sandbox: Sandbox, venue: Venue
) -> None:
    note_intents(venue, sent=["sent-and-killed"])
    async with venue.trader("bot") as the_dead_bot:
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
    async with venue.running_bot() as bot:
        await bot.event(MarketEvent.OrderCancelled, "sent-and-killed")
        assert [kind for kind, _ in bot.events] == [MarketEvent.SellOrderCreated, MarketEvent.OrderCancelled]
        assert [order.state for order in sandbox.orders("bot")] == ["cancel"]


@scenario("After a restart", "The same without an event", is_told=False)
@scenario("After a restart", "An order that turns up late is cancelled and its fill recorded", is_told=True)
@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("is_told", [True, False])
async def test_an_order_that_turns_up_after_the_restart_is_cancelled_and_its_fill_recorded(
    sandbox: Sandbox, venue: Venue, taker: Trader, is_told: bool
) -> None:
    note_intents(venue, sent=["sent-and-killed"], sent_in_s=5)  # it is stored once the bot has given it up
    async with (
        venue.running_bot() as bot,
        venue.trader("bot") as the_dead_bot,
    ):
        sandbox.ranger.broker_connected = is_told
        sandbox.exchange.order_processor.pause()
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
        await taker.place("btcusd", "buy", "0.04", "30000")
        sandbox.exchange.order_processor.resume()
        if not is_told:
            await eventually(lambda: sandbox.orders("bot")[0].executed_volume, "part of it is filled")
            await bot.exchange._engine.poll()
            # Not sooner: engines that start while a cancel is under way hold a ghost, another matter.
            await eventually(lambda: sandbox.orders("bot")[0].state == "cancel", "it is cancelled")
            sandbox.ranger.broker_connected = True
            sandbox.exchange.restart_engines()  # a snapshot: Ranger's own is of before the loss
            await bot.exchange._engine.poll()
        await eventually(lambda: sandbox.orders("bot")[0].state == "cancel", "it is cancelled")
        await eventually(lambda: reported_fills(bot, sandbox) == ledger_fills(sandbox), "its fill is recorded")
        journal = bot.exchange._engine.journal
        await eventually(lambda: not journal.unfinished(), "the bot has heard of the end")
    async with venue.running_bot() as third:
        assert third.events == [], "the matter is closed"


@pytest.mark.parametrize("leftovers", ["cancel", "adopt"])
async def test_an_order_that_failed_and_turned_up_before_the_crash_is_cancelled_and_its_fill_recorded_once(
    sandbox: Sandbox, venue: Venue, taker: Trader, leftovers: Literal["cancel", "adopt"]
) -> None:
    """Both the journal and Hummingbot's saved state know it, as one that has failed and lives on the exchange."""
    note_intents(venue, watched=["failed-and-found"])
    async with venue.trader("bot") as the_dead_bot:
        order_id = str(await the_dead_bot.place("btcusd", "sell", "0.1", "30000"))
    with journal_of_the_dead(venue) as journal:
        journal.live("failed-and-found", order_id, None)
    saved = TrackedOrder(
        client_order_id="failed-and-found",
        exchange_order_id=order_id,
        trading_pair="BTC-USD",
        order_type=OrderType.LIMIT,
        trade_type=SELL,
        amount=Decimal("0.1"),
        price=Decimal("30000"),
        creation_timestamp=time.time(),
        initial_state=OrderState.FAILED,
    )
    await taker.place("btcusd", "buy", "0.04", "30000")
    await eventually(lambda: sandbox.orders("bot")[0].executed_volume, "part of it is filled")
    settings = ConnectorSettings(leftovers=leftovers)
    async with venue.running_bot(settings=settings, saved_states={"failed-and-found": saved.to_json()}) as bot:
        await eventually(lambda: sandbox.orders("bot")[0].state == "cancel", "it is cancelled")
        await bot.exchange._update_lost_orders_status()
        await eventually(lambda: not bot.exchange._order_tracker.lost_orders, "it is forgotten")
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
        assert [kind for kind, _ in bot.events] == [MarketEvent.OrderFilled], "it had failed, and was filled since"
    async with venue.running_bot() as third:
        assert third.events == [], "the matter is closed"


@scenario("After a restart", "Two identical orders are both found")
async def test_twins_of_which_one_was_given_up_are_both_found_after_the_restart(
    sandbox: Sandbox, venue: Venue, taker: Trader
) -> None:
    note_intents(venue, watched=["given-up"], sent=["sent-and-killed"])
    async with venue.trader("bot") as hand:
        for _ in range(2):
            await hand.place("btcusd", "sell", "0.1", "30000")
    await taker.place("btcusd", "buy", "0.2", "30000")
    await sandbox.settle()
    async with venue.running_bot() as bot:
        await bot.exchange._engine.poll()
        await eventually(lambda: reported_fills(bot, sandbox) == ledger_fills(sandbox), "both fills are recorded")
        assert {fill.order_id for fill in bot.of(MarketEvent.OrderFilled)} == {"given-up", "sent-and-killed"}


async def test_leftovers_of_another_instance_are_not_touched(sandbox: Sandbox, venue: Venue, bot: Bot) -> None:
    """`bot` holds the first place of this data folder; the others find theirs free and empty."""
    theirs = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(theirs)
    async with venue.running_bot() as second:
        assert not second.exchange.in_flight_orders
        assert bot.order(theirs).is_open
        assert sandbox.orders("bot")[0].state == "wait"


@scenario("Fills and fees", "A market order whose rest is cancelled silently is closed")
async def test_a_market_order_cut_off_silently_is_closed(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    """No event tells that the rest of a market order was cancelled (docs/protocol.md section 4.6)."""
    await taker.place("btcusd", "sell", "0.1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "an ask")
    sandbox.exchange.order_processor.pause()
    order_id = bot.place("BTC-USD", BUY, "0.1", None, OrderType.MARKET)
    await bot.event(MarketEvent.BuyOrderCreated, order_id)
    await taker.cancel(1)
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: bot.order(order_id).is_done, "its end is found out")
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)


async def test_an_order_that_counts_as_lost_keeps_its_row_and_its_funds(sandbox: Sandbox, venue: Venue) -> None:
    """It may be alive, and a process that dies before the next poll must not orphan it."""
    async with venue.running_bot() as bot:
        free = bot.exchange.available_balances["BTC"]
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
        tracker = bot.exchange._order_tracker
        for _ in range(tracker.lost_order_count_limit + 1):
            await tracker.process_order_not_found(order_id)
        assert list(tracker.lost_orders) == [order_id]
        assert bot.exchange.available_balances["BTC"] == free - Decimal("0.1")
    async with venue.running_bot():
        await eventually(lambda: [order.state for order in sandbox.orders("bot")] == ["cancel"], "it is cancelled")
