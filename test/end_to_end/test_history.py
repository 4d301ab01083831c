"""The history beside the journal, compared with the exchange's ledger."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.test_restart import note_intents
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

SELL = TradeType.SELL


def kept_fills(folder: Path) -> set[tuple[str, ...]]:
    query = "SELECT exchange_order_id, trade_id, price, amount, fee_currency, fee FROM fill_history"
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database:
        rows = database.execute(query).fetchall()
    kept = {(*row[:2], _plain(row[2]), _plain(row[3]), row[4], _plain(row[5])) for row in rows}
    assert len(kept) == len(rows), "a fill is kept twice"
    return kept


def kept_ends(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database:
        return dict(database.execute("SELECT client_order_id, end FROM order_history").fetchall())


def _plain(number: str) -> str:
    return str(Decimal(number).normalize())


async def test_every_fill_and_every_end_stands_in_the_history_over_a_restart(
    sandbox: Sandbox, venue: Venue, taker: Trader
) -> None:
    async with venue.running_bot() as bot:
        sells = []
        for price in ("30000", "30100", "30200"):
            sells.append(bot.place("BTC-USD", SELL, "0.1", price))
            await bot.live(sells[-1])
        await taker.place("btcusd", "buy", "0.03", "30000")
        await bot.event(MarketEvent.OrderFilled, sells[0])
        assert kept_fills(venue.folder) == ledger_fills(sandbox) == reported_fills(bot, sandbox)
    await taker.place("btcusd", "buy", "0.12", "30100")
    await eventually(lambda: sandbox.orders("bot")[1].executed_volume == Decimal("0.05"), "both are hit")
    async with venue.running_bot() as second:
        await second.event(MarketEvent.SellOrderCompleted, sells[0])
        await second.event(MarketEvent.OrderCancelled, sells[2])
        journal = second.exchange._engine.journal
        await eventually(lambda: not journal.unfinished(), "the second cancels are answered")
    assert len(ledger_fills(sandbox)) == 3
    assert kept_fills(venue.folder) == ledger_fills(sandbox)
    assert kept_ends(venue.folder) == {sells[0]: "filled", sells[1]: "cancelled", sells[2]: "cancelled"}


async def test_a_fill_that_was_missed_and_found_by_a_poll_is_kept_before_it_is_reported(
    sandbox: Sandbox, venue: Venue, taker: Trader
) -> None:
    async with venue.running_bot() as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
        sandbox.ranger.broker_connected = False
        await taker.place("btcusd", "buy", "0.1", "30000")
        await eventually(lambda: sandbox.orders("bot")[0].state == "done", "it is filled")
        bot.exchange._poll_at_once()
        await bot.event(MarketEvent.SellOrderCompleted, order_id)
        assert kept_fills(venue.folder) == ledger_fills(sandbox)
        assert kept_ends(venue.folder) == {order_id: "filled"}


async def test_the_end_of_an_order_that_turned_up_late_is_the_exchanges(sandbox: Sandbox, venue: Venue) -> None:
    """For Hummingbot it has failed; the history has what became of it."""
    note_intents(venue, watched=["given-up"])
    async with venue.trader("bot") as the_dead_bot:
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
    async with venue.running_bot() as bot:
        await eventually(lambda: not bot.exchange._engine.journal.unfinished(), "it is cancelled")
        assert [order.state for order in sandbox.orders("bot")] == ["cancel"]
    assert kept_ends(venue.folder) == {"given-up": "cancelled"}
