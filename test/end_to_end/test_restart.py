"""A bot that ended without a goodbye, and the one that comes after it, over real sockets.

The process lives on here; what a killed one leaves behind is the same: orders on the exchange, the journal, no more.
The real SIGKILL is in the chaos run.
"""

import logging
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.peatio_host import instance_name
from hummingbot.connector.exchange.peatio.peatio_order_desk import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.peatio_order_journal import Intent, PeatioOrderJournal
from hummingbot.connector.exchange.peatio.peatio_ownership import account_of, claim
from hummingbot.connector.exchange.peatio.peatio_settings import PeatioSettings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.support import Bot, Person, eventually, person, running_bot
from test.end_to_end.test_orders import ledger_fills, reported_fills

BUY, SELL = TradeType.BUY, TradeType.SELL


async def leave_orders(sandbox: Sandbox, prices: list[str]) -> list[str]:
    """A bot that places sells and is gone."""
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
        ids = [bot.place("BTC-USD", SELL, "0.1", price) for price in prices]
        for order_id in ids:
            await bot.live(order_id)
    return ids


async def test_leftovers_are_cancelled_before_the_first_order(sandbox: Sandbox) -> None:
    await leave_orders(sandbox, ["30000", "30100"])
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
        assert [order.state for order in sandbox.orders("bot")] == ["cancel", "cancel"], "settled before it was ready"
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
        assert [order.state for order in sandbox.orders("bot")] == ["cancel", "cancel", "wait"]


async def test_leftovers_are_adopted_where_that_is_wanted(sandbox: Sandbox, taker: Person) -> None:
    ids = await leave_orders(sandbox, ["30000", "30100"])
    settings = PeatioSettings(leftovers="adopt")
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"], settings=settings) as bot:
        assert sorted(bot.exchange.in_flight_orders) == sorted(ids)
        await taker.place("btcusd", "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, ids[0])
        assert reported_fills(bot) == ledger_fills(sandbox)


async def test_fills_of_the_time_between_are_recorded_once(sandbox: Sandbox, taker: Person) -> None:
    ids = await leave_orders(sandbox, ["30000", "30100"])
    await taker.place("btcusd", "buy", "0.15", "30100")
    await eventually(lambda: sandbox.orders("bot")[1].executed_volume == Decimal("0.05"), "both are hit")
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
        await bot.event(MarketEvent.SellOrderCompleted, ids[0])
        await bot.event(MarketEvent.OrderCancelled, ids[1])
        assert reported_fills(bot) == ledger_fills(sandbox)
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as third:
        assert third.events == [], "nothing is left to tell a third time"


def note_intents(sandbox: Sandbox, folder: Path, watched: Sequence[str] = (), sent: Sequence[str] = ()) -> None:
    """What is left of a bot that was killed between sending an order and hearing the answer."""
    account = account_of(sandbox.url, sandbox.members["bot"].api_key)
    ownership = claim(folder, instance_name(), account)
    journal = PeatioOrderJournal(folder / JOURNAL_NAME, ownership.owner, account, logging.getLogger(__name__))
    amount, price = Decimal("0.1"), Decimal("30000")
    for client_order_id in [*watched, *sent]:
        journal.record(Intent(client_order_id, "BTC-USD", "btcusd", False, amount, price, time.time()))
    for client_order_id in watched:
        journal.watch(client_order_id)
    journal.shut()
    ownership.release()


@pytest.mark.usefixtures("short_waits")
async def test_an_order_whose_answer_nobody_heard_is_found_after_the_restart(
    sandbox: Sandbox, data_folder: Path
) -> None:
    note_intents(sandbox, data_folder, sent=["sent-and-killed"])
    async with person(sandbox, "bot") as the_dead_bot:
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
        await bot.event(MarketEvent.OrderCancelled, "sent-and-killed")
        assert [kind for kind, _ in bot.events] == [MarketEvent.SellOrderCreated, MarketEvent.OrderCancelled]
        assert [order.state for order in sandbox.orders("bot")] == ["cancel"]


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("is_told", [True, False])
async def test_an_order_that_turns_up_after_the_restart_is_cancelled_and_its_fill_recorded(
    sandbox: Sandbox, data_folder: Path, taker: Person, is_told: bool
) -> None:
    note_intents(sandbox, data_folder, sent=["sent-and-killed"])
    async with (
        running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot,
        person(sandbox, "bot") as the_dead_bot,
    ):
        sandbox.ranger.broker_connected = is_told
        sandbox.exchange.order_processor.pause()
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
        await taker.place("btcusd", "buy", "0.04", "30000")
        sandbox.exchange.order_processor.resume()
        if not is_told:
            await eventually(lambda: sandbox.orders("bot")[0].executed_volume, "part of it is filled")
            await bot.exchange._desk.poll()
            sandbox.ranger.broker_connected = True
            sandbox.exchange.restart_engines()  # a snapshot: Ranger's own is of before the loss
        await eventually(lambda: sandbox.orders("bot")[0].state == "cancel", "it is cancelled")
        await eventually(lambda: reported_fills(bot) == ledger_fills(sandbox), "its fill is recorded")
        books = bot.exchange._desk._books
        assert books is not None
        await eventually(lambda: not books.journal.unfinished(), "the bot has heard of the end")
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as third:
        assert third.events == [], "the matter is closed"


async def test_twins_of_which_one_was_given_up_are_both_found_after_the_restart(
    sandbox: Sandbox, data_folder: Path, taker: Person
) -> None:
    note_intents(sandbox, data_folder, watched=["given-up"], sent=["sent-and-killed"])
    async with person(sandbox, "bot") as hand:
        for _ in range(2):
            await hand.place("btcusd", "sell", "0.1", "30000")
    await taker.place("btcusd", "buy", "0.2", "30000")
    await sandbox.settle()
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
        await bot.exchange._desk.poll()
        await eventually(lambda: reported_fills(bot) == ledger_fills(sandbox), "both fills are recorded")
        assert {fill.order_id for fill in bot.of(MarketEvent.OrderFilled)} == {"given-up", "sent-and-killed"}


async def test_leftovers_of_another_instance_are_not_touched(sandbox: Sandbox, bot: Bot) -> None:
    """`bot` holds the first place of this data folder; the others find theirs free and empty."""
    theirs = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(theirs)
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as second:
        assert not second.exchange.in_flight_orders
        assert bot.order(theirs).is_open
        assert sandbox.orders("bot")[0].state == "wait"


async def test_a_market_order_cut_off_silently_is_closed(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    """No event tells that the rest of a market order was cancelled (docs/protocol.md section 4.6)."""
    await taker.place("btcusd", "sell", "0.1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "an ask")
    sandbox.exchange.order_processor.pause()
    order_id = bot.place("BTC-USD", BUY, "0.1", None, OrderType.MARKET)
    await bot.event(MarketEvent.BuyOrderCreated, order_id)
    await taker.cancel(1)
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: bot.order(order_id).is_done, "its end is found out")
    assert reported_fills(bot) == ledger_fills(sandbox)
