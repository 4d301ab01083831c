"""Two strategies of one instance, one after the other: each has its own database, and the journal is the instance's."""

import sqlite3
from pathlib import Path
from typing import Literal

import pytest
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.test_history import kept_ends, kept_fills
from test.end_to_end.test_orders import ledger_fills
from test.end_to_end.test_restart import note_intents
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

SELL = TradeType.SELL


def recorded_fills(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    fills = connection.execute("SELECT order_id FROM TradeFill").fetchall()
    connection.close()
    return [order_id for (order_id,) in fills]


@pytest.mark.parametrize("leftovers", ["cancel", "adopt"])
async def test_an_order_of_another_strategy_is_settled_and_its_fill_recorded_where_it_belongs(
    sandbox: Sandbox, venue: Venue, taker: Trader, tmp_path: Path, leftovers: Literal["cancel", "adopt"]
) -> None:
    first, second = tmp_path / "first.sqlite", tmp_path / "second.sqlite"
    async with venue.running_bot(database=first) as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
    await taker.place("btcusd", "buy", "0.04", "30000")
    await eventually(lambda: sandbox.orders("bot")[0].executed_volume, "part of it is filled")
    settings = ConnectorSettings(leftovers=leftovers)
    async with venue.running_bot(settings=settings, database=second) as other:
        await eventually(lambda: sandbox.orders("bot")[0].state == "cancel", "it is settled on the exchange")
        journal = other.exchange._engine.journal
        await eventually(lambda: not journal.unfinished(), "its end is known")
        assert other.events == []
    async with venue.running_bot(settings=settings, database=second) as other:
        assert other.events == []
    assert recorded_fills(second) == []
    async with venue.running_bot(settings=settings, database=first) as again:
        await again.event(MarketEvent.OrderCancelled, order_id)
        assert len(again.of(MarketEvent.OrderFilled, order_id)) == 1
        await eventually(lambda: recorded_fills(first) == [order_id], "its own strategy records the fill")
    async with venue.running_bot(settings=settings, database=first) as third:
        assert third.events == [], "nothing is left to tell a third time"
    assert recorded_fills(first) == [order_id]
    assert kept_fills(venue.folder) == ledger_fills(sandbox), "the history is the instance's, and has it once"
    assert kept_ends(venue.folder) == {order_id: "cancelled"}


async def test_an_order_of_an_earlier_version_belongs_to_the_strategy_that_starts(
    sandbox: Sandbox, venue: Venue, tmp_path: Path
) -> None:
    note_intents(venue, sent=["sent-and-killed"])
    async with venue.trader("bot") as the_dead_bot:
        await the_dead_bot.place("btcusd", "sell", "0.1", "30000")
    async with venue.running_bot(database=tmp_path / "any.sqlite") as bot:
        await bot.event(MarketEvent.OrderCancelled, "sent-and-killed")
