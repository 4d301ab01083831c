"""The journal over weeks: what has ended goes to the history, and the working table holds what has not."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.common.messages import TradeReport, private_events
from hummingbot.connector.exchange.peatio.execution import journal_file
from hummingbot.connector.exchange.peatio.execution.fills import fill_of
from hummingbot.connector.exchange.peatio.execution.intent import OrderEnd
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import MOVED_PER_STEP, JournalFile
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.core.data_type.in_flight_order import TradeUpdate
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.execution.test_intent_journal import (
    LOGGER,
    RATES,
    intent,
    journal,
    rows_of,
)
from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade
from test.hummingbot.connector.exchange.peatio.rig import Rig
from test.journals import FORM_1

BUY = WireOrder(18)
HALF = WireTrade(8, "30000.0", "0.5", "sell")
REST = WireTrade(9, "30000.0", "0.5", "sell")

FILL = TradeUpdate(
    trade_id="8",
    client_order_id="a",
    exchange_order_id="77",
    trading_pair="DOGE-BTC",
    fill_timestamp=1_795_207_685.0,
    fill_price=Decimal("0.00002431"),
    fill_base_amount=Decimal("1.00000001"),
    fill_quote_amount=Decimal("0.0000243100002431"),
    fee=DeductedFromReturnsTradeFee(flat_fees=[TokenAmount("DOGE", Decimal("1E-16"))]),
    is_taker=False,
)


def old_journal(folder: Path, closed: int) -> None:
    """A file in which an earlier version closed that many orders; one is open."""
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(FORM_1)
        values = [
            (f"old-{number}", "closed" if number < closed else "live", str(number)) for number in range(closed + 1)
        ]
        database.executemany(
            "INSERT INTO intents VALUES (?, 'me', 'account', 'DOGE-BTC', 'dogebtc', 1, '12345.67890123', '0.00002431', "
            "1795207684.5, ?, ?, '0.001', '0.002', 1795207690.25)",
            values,
        )
        database.commit()


def orders(rows: IntentJournal) -> list[dict[str, Any]]:
    return list(_table(rows_of(rows), "order_history"))


def fills(rows: IntentJournal) -> list[dict[str, Any]]:
    return list(_table(rows_of(rows), "fill_history"))


def _table(database: sqlite3.Connection, name: str) -> Iterator[dict[str, Any]]:
    cursor = database.execute(f"SELECT * FROM {name} ORDER BY id")
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def working_rows(rows: IntentJournal) -> int:
    return int(rows_of(rows).execute("SELECT count(*) FROM intents").fetchone()[0])


def test_an_order_that_has_ended_leaves_the_working_table_for_the_history(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "77", RATES)
    rows.close("a", OrderEnd.FILLED)
    assert working_rows(rows) == 0
    (order,) = orders(rows)
    assert {name: order[name] for name in ("client_order_id", "owner", "account", "trading_pair", "market")} == {
        "client_order_id": "a",
        "owner": "me",
        "account": "account",
        "trading_pair": "DOGE-BTC",
        "market": "dogebtc",
    }
    assert (order["is_buy"], order["amount"], order["price"]) == (1, "12345.67890123", "0.00002431")
    assert (order["exchange_order_id"], order["maker_fee"], order["taker_fee"]) == ("77", "0.001", "0.002")
    assert (order["created_at_s"], order["end"]) == (1_795_207_684.5, "filled")
    assert 1_700_000_000 < order["live_at_s"] <= order["closed_at_s"]
    assert rows.is_claimed("77"), "also later: an order of ours is never taken for another"
    assert journal(tmp_path, "another").is_claimed("77")


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ("unsent", "unsent"),
        ("sent absent close", "absent"),
        ("sent close", "absent"),
        ("live close", "failed"),
        ("live ended close", "cancelled"),
    ],
)
def test_the_history_says_how_an_order_ended(tmp_path: Path, steps: str, end: str) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    for step in steps.split():
        match step:
            case "live":
                rows.live("a", "77", None)
            case "sent":
                rows.sent("a", intent("a").created_at_s)
            case "ended":
                rows.ended(rows.unfinished()[0])
            case _:
                getattr(rows, step)("a")
    assert [order["end"] for order in orders(rows)] == [end]


def test_an_order_that_ends_once_more_stands_in_the_history_once(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "77", RATES)
    (known,) = rows.unfinished()
    rows.close("a", OrderEnd.CANCELLED)
    rows.ended(known)
    assert [row.client_order_id for row in journal(tmp_path).unfinished()] == ["a"], "its second cancel is due"
    rows.close("a")
    assert working_rows(rows) == 0
    assert [order["end"] for order in orders(rows)] == ["cancelled"]


def test_rows_that_an_earlier_version_closed_move_a_few_at_a_time(tmp_path: Path) -> None:
    closed = 3 * MOVED_PER_STEP + 1
    old_journal(tmp_path, closed)
    rows = journal(tmp_path)
    assert working_rows(rows) == closed + 1, "opening moves nothing"
    assert [row.client_order_id for row in rows.unfinished()] == [f"old-{closed}"]
    left = []
    while working_rows(rows) > 1:
        rows.tick()
        left.append(working_rows(rows) - 1)
    assert left == [2 * MOVED_PER_STEP + 1, MOVED_PER_STEP + 1, 1, 0]
    rows.tick()
    moved = orders(rows)
    assert {order["client_order_id"] for order in moved} == {f"old-{number}" for number in range(closed)}
    assert {(order["amount"], order["closed_at_s"], order["end"]) for order in moved} == {
        ("12345.67890123", 1795207690.25, None)
    }
    assert rows.is_claimed("0")
    assert [row.client_order_id for row in journal(tmp_path).unfinished()] == [f"old-{closed}"], "open ones stay"


def test_opening_and_reading_take_no_more_steps_the_more_orders_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps of SQLite's virtual machine, which do not depend on the machine's load."""
    taken = {}
    for closed in (10, 10_000):
        folder = tmp_path / str(closed)
        folder.mkdir()
        old_journal(folder, closed)
        steps: list[None] = []

        def counting(*of: Any, steps: list[None] = steps, **with_: Any) -> sqlite3.Connection:
            connection = sqlite3.Connection(*of, **with_)
            connection.set_progress_handler(lambda: steps.append(None), 1)
            return connection

        with monkeypatch.context() as patched:
            patched.setattr(sqlite3, "connect", counting)
            rows = journal(folder)
        assert rows._file is not None
        assert [row.client_order_id for row in rows._file.unfinished()] == [f"old-{closed}"]
        assert [row.client_order_id for row in rows._file.unfinished(settled_of="strategy")] == [f"old-{closed}"]
        rows._file.strangers()
        rows.is_claimed("no order of ours")
        taken[closed] = len(steps)
    assert taken[10_000] < taken[10] * 1.2


def test_a_journal_opens_while_another_bot_writes(tmp_path: Path) -> None:
    journal(tmp_path, "other").record(intent("theirs"))
    writer = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert journal(tmp_path).unfinished() == []
    writer.execute("ROLLBACK")


def test_a_fill_stands_in_the_history_once_and_exactly(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.fill(FILL, is_buy=True)
    rows.fill(FILL, is_buy=True)
    rows.fill(FILL._replace(client_order_id="b", exchange_order_id="78"), is_buy=False)
    journal(tmp_path).fill(FILL, is_buy=True)
    first, second = fills(rows)
    assert first.pop("recorded_at_s") > 1_700_000_000
    assert first == {
        "id": 1,
        "client_order_id": "a",
        "trade_id": "8",
        "owner": "me",
        "account": "account",
        "exchange_order_id": "77",
        "trading_pair": "DOGE-BTC",
        "is_buy": 1,
        "price": "0.00002431",
        "amount": "1.00000001",
        "total": "0.0000243100002431",
        "fee": "1E-16",
        "fee_currency": "DOGE",
        "is_taker": 0,
        "filled_at_s": 1_795_207_685.0,
    }
    assert (second["client_order_id"], second["trade_id"], second["is_buy"]) == ("b", "8", 0)


def test_what_the_disk_refused_is_written_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies in between leaves an order open whose fills are missing, never the other way round."""
    monkeypatch.setattr(journal_file, "BUSY_TIMEOUT_S", 0.0)
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "77", RATES)
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    rows.fill(FILL, is_buy=True)
    rows.close("a", OrderEnd.FILLED)
    with pytest.raises(JournalError):
        rows.record(intent("b"))
    other.execute("ROLLBACK")
    assert rows.unfinished() == [], "memory goes on"
    written: list[str] = []
    rows_of(rows).set_trace_callback(written.append)
    rows.tick()
    tables = [statement.split()[2] for statement in written if statement.startswith(("INSERT", "DELETE"))]
    assert tables == ["fill_history", "order_history", "intents"]
    assert (working_rows(rows), len(orders(rows)), len(fills(rows))) == (0, 1, 1)


async def test_the_history_has_each_fill_that_hummingbot_learned_before_the_order_ends(rig: Rig) -> None:
    rows = rig.exchange._engine.journal
    at_the_end: list[str] = []
    listener = EventForwarder(lambda _: at_the_end.extend(fill["trade_id"] for fill in fills(rows)))
    rig.exchange.add_listener(MarketEvent.BuyOrderCompleted, listener)
    rig.follow_live(BUY)
    rig.hear(HALF.event(BUY), HALF.event(BUY), REST.event(BUY), BUY.now("done", "1.0").event())
    assert at_the_end == ["8", "9"]
    reported = [
        (event.exchange_trade_id, event.price, event.amount, event.trade_fee.flat_fees[0])
        for event in rig.of(MarketEvent.OrderFilled)
    ]
    written = [
        (
            fill["trade_id"],
            Decimal(fill["price"]),
            Decimal(fill["amount"]),
            TokenAmount(fill["fee_currency"], Decimal(fill["fee"])),
        )
        for fill in fills(rows)
    ]
    assert written == reported


async def test_a_fill_that_only_hummingbots_database_knows_is_added(rig: Rig) -> None:
    """Recorded by an earlier version, which kept no history."""
    order = rig.follow_live(BUY)
    order.recorded_trade_ids = OrderRecord(True, frozenset({"8"})).trade_ids
    rig.hear(HALF.event(BUY))
    assert rig.of(MarketEvent.OrderFilled) == []
    assert [fill["trade_id"] for fill in fills(rig.exchange._engine.journal)] == ["8"]


async def test_a_fill_that_hummingbot_saved_with_the_order_is_added(rig: Rig) -> None:
    """The process died after Hummingbot had saved fill and order, and before the journal was written."""
    order = rig.follow_live(BUY)
    (trade,) = private_events(HALF.event(BUY), lambda error: pytest.fail(str(error)))
    assert isinstance(trade, TradeReport)
    fill = fill_of(order, trade)
    assert fill is not None
    order.update_with_trade_update(fill)
    for known in (rig.tracker._in_flight_orders, rig.tracker._by_exchange_order_id):
        known.clear()  # a new process
    rig.tracker.restore_tracking_states({"c1": order.to_json()})
    for _ in range(2):
        rig.hear(HALF.event(BUY))
    assert rig.of(MarketEvent.OrderFilled) == []
    (row,) = fills(rig.exchange._engine.journal)
    assert (row["trade_id"], row["is_taker"]) == ("8", int(fill.is_taker))


async def test_the_history_names_the_end_that_hummingbot_learned(rig: Rig) -> None:
    rows = rig.exchange._engine.journal
    for order_id, state, executed in ((18, "done", "1.0"), (19, "cancel", "0.0"), (20, "reject", "0.0")):
        wire = WireOrder(order_id)
        rows.record(intent(str(order_id)))
        rows.live(str(order_id), str(order_id), None)
        order = rig.follow_live(wire, str(order_id))
        if state == "done":
            rig.hear(WireTrade(8, "30000.0", "1.0", "sell").event(wire))
        if state == "cancel":
            rig.exchange._engine.second_cancels.on_cancel_sent(order)
        rig.hear(wire.now(state, executed).event())
    assert {order["client_order_id"]: order["end"] for order in orders(rows)} == {
        "18": "filled",
        "19": "cancelled",
        "20": "failed",
    }


async def test_a_fill_that_hummingbots_loop_for_lost_orders_finds_is_in_the_history(rig: Rig) -> None:
    rig.follow_live(BUY)
    for _ in range(rig.tracker.lost_order_count_limit + 1):
        await rig.tracker.process_order_not_found("c1")
    assert "c1" in rig.tracker.lost_orders
    rig.answer_order(BUY.now("done", "1.0"), [HALF, REST])
    await rig.exchange._update_lost_orders_status()
    assert [event.exchange_trade_id for event in rig.of(MarketEvent.OrderFilled)] == ["8", "9"]
    assert [fill["trade_id"] for fill in fills(rig.exchange._engine.journal)] == ["8", "9"]


def test_a_fill_that_comes_before_the_file_can_be_opened_is_in_the_history(tmp_path: Path) -> None:
    """Hummingbot restores orders while the disk is full."""
    rows = IntentJournal(lambda: JournalFile(tmp_path / "journal.sqlite", "me", "account"), LOGGER)
    rows.fill(FILL, is_buy=True)
    rows.open()
    assert rows_of(rows).execute("SELECT trade_id FROM fill_history").fetchall() == [(FILL.trade_id,)]


def test_the_last_cancelled_orders_are_found_again(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name, price, end in (
        ("first", "1", OrderEnd.CANCELLED),
        ("filled", "1", OrderEnd.FILLED),
        ("market", None, OrderEnd.CANCELLED),
        ("last", "1", OrderEnd.CANCELLED),
    ):
        rows.record(intent(name, price))
        rows.live(name, name, RATES)
        rows.close(name, end)
    assert [each.client_order_id for each in rows.cancelled_since(0.0, 10)] == ["last", "first"]
    assert [each.client_order_id for each in rows.cancelled_since(0.0, 2)] == ["last"]
    assert rows.cancelled_since(time.time() + 1, 10) == []
    assert journal(tmp_path, owner="other").cancelled_since(0.0, 10) == []
