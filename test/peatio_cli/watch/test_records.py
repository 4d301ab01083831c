"""Orders of a bot's other connectors, from a database that Hummingbot itself has written."""

import os
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.model import get_declarative_base
from hummingbot.model.order import Order
from hummingbot.model.order_status import OrderStatus
from hummingbot.model.trade_fill import TradeFill
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from peatio_cli.watch.records import KEPT, RecordsReader
from peatio_cli.watch.state_json import bot_row
from peatio_cli.watch.watched_bot import WatchedBot


class Database:
    """As a bot writes it.

    :ivar session: what is added to it is there after its commit
    """

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}")
        get_declarative_base().metadata.create_all(self._engine)
        self.session = Session(self._engine)

    def order(self, key: str, market: str, at_ms: int, *states: str, symbol: str = "BTC-USDT", **more: Any) -> None:
        values: dict[str, Any] = {
            "config_file_path": "mm.yml", "strategy": "mm", "base_asset": "BTC", "quote_asset": "USDT",
            "order_type": "LIMIT", "amount": Decimal("0.5"), "price": Decimal("30000.25"), "leverage": 1,
        } | more  # fmt: skip
        times = {"creation_timestamp": at_ms, "last_update_timestamp": at_ms + 1000}
        self.session.add(Order(id=key, market=market, symbol=symbol, last_status=states[-1], **times, **values))
        for number, state in enumerate(states):
            self.session.add(OrderStatus(order_id=key, timestamp=at_ms + number, status=state))
        self.session.commit()

    def fill(self, key: str, market: str, trade: str, at_ms: int, amount: str, price: str, side: str = "SELL") -> None:
        values: dict[str, Any] = {
            "config_file_path": "mm.yml", "strategy": "mm", "base_asset": "BTC", "quote_asset": "USDT",
            "order_type": "LIMIT", "leverage": 1, "trade_fee": {}, "trade_fee_in_quote": Decimal("0.125"),
            "symbol": "BTC-USDT", "price": Decimal(price), "amount": Decimal(amount),
        }  # fmt: skip
        place = {"market": market, "order_id": key, "exchange_trade_id": trade}
        self.session.add(TradeFill(timestamp=at_ms, trade_type=side, **place, **values))
        self.session.commit()

    def close(self) -> None:
        self.session.close()
        self._engine.dispose()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    made = Database(data / "mm.sqlite")
    yield made
    made.close()


def test_orders_and_fills_of_other_connectors_are_read_and_the_own_ones_left_out(
    data: Path, database: Database
) -> None:
    database.order("own", "peatio", 1_000, "BuyOrderCreated")
    database.order("hedge-1", "kraken", 2_000, "SellOrderCreated", "OrderFilled", "SellOrderCompleted")
    database.fill("hedge-1", "kraken", "t1", 2_500, "0.2", "30000")
    database.fill("hedge-1", "kraken", "t2", 2_600, "0.3", "30010")
    database.order("hedge-2", "kraken", 3_000, "BuyOrderCreated", order_type="MARKET")
    database.order("far-1", "binance", 4_000, "BuyOrderCreated", "OrderFailure", symbol="ETH-USDT")
    problems: list[str] = []
    records = RecordsReader(data, {"peatio"}).look(problems)
    assert problems == []
    assert records.connectors == ["binance", "kraken"]
    far, second, first = records.orders
    assert (far.client_order_id, far.trading_pair, far.side, far.state) == ("far-1", "ETH-USDT", "buy", "failed")
    assert (second.side, second.price, second.state, second.ended_at_s) == ("buy", None, "open", None)
    assert (first.side, first.amount, first.price) == ("sell", Decimal("0.5"), Decimal("30000.25"))
    assert (first.filled, first.average, first.state) == (Decimal("0.5"), Decimal(30006), "filled")
    assert (first.created_at_s, first.ended_at_s) == (2.0, 3.0)
    latest, earlier = records.fills
    assert (latest.trade_id, latest.side, latest.amount, latest.price) == ("t2", "sell", Decimal("0.3"), Decimal(30010))
    assert (earlier.filled_at_s, earlier.fee_in_quote) == (2.5, Decimal("0.125"))


def test_what_comes_is_seen_and_only_the_latest_are_kept(data: Path, database: Database) -> None:
    reader = RecordsReader(data, {"peatio"})
    assert reader.look([]).connectors == []
    for number in range(KEPT + 10):
        database.order(f"h{number}", "kraken", 1_000 * number, "BuyOrderCreated")
    records = reader.look([])
    assert [one.client_order_id for one in records.orders][:2] == [f"h{KEPT + 9}", f"h{KEPT + 8}"]
    assert len(records.orders) == KEPT


def test_a_million_own_orders_are_not_read_for_a_few_of_others(data: Path, database: Database) -> None:
    """By the steps of SQLite: each market is found by the index, whatever lies before it."""
    values: dict[str, Any] = {
        "config_file_path": "", "strategy": "", "base_asset": "BTC", "quote_asset": "USD", "order_type": "LIMIT",
        "amount": 1, "price": 1, "leverage": 1, "last_status": "BuyOrderCreated", "market": "peatio",
        "symbol": "BTC-USD", "creation_timestamp": 1, "last_update_timestamp": 1,
    }  # fmt: skip
    database.session.add_all(Order(id=f"o{number}", **values) for number in range(3000))
    database.order("hedge", "kraken", 1, "BuyOrderCreated")
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    with sqlite3.connect(data / "mm.sqlite") as file:
        file.set_progress_handler(count, 1)
        found = list(RecordsReader(data, {"peatio"})._foreign(file, "Order"))
    file.close()
    assert found == [("kraken", "BTC-USDT")]
    assert steps[0] < 1000, steps  # 33,000 by a look at each row


def test_a_file_of_something_else_is_passed_over_and_a_broken_one_named(data: Path, database: Database) -> None:
    database.order("hedge", "kraken", 1, "BuyOrderCreated")
    sqlite3.connect(data / "other.sqlite").executescript("CREATE TABLE x (y); INSERT INTO x VALUES (1)").close()
    (data / "broken.sqlite").write_text("no database at all, but long enough to be looked at" * 20)
    problems: list[str] = []
    reader = RecordsReader(data, ())
    assert reader.look(problems).connectors == ["kraken"]
    (problem,) = problems
    assert problem.startswith(f"{data / 'broken.sqlite'}: the orders on other exchanges cannot be read (")
    # A bot that writes at this moment is no problem: what was seen before stays.
    os.utime(data / "mm.sqlite", (1, 1))
    (data / "broken.sqlite").unlink()
    with sqlite3.connect(data / "mm.sqlite", isolation_level=None) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        problems.clear()
        assert reader.look(problems).connectors == ["kraken"]
        writer.execute("ROLLBACK")
    writer.close()
    assert problems == []


def test_the_page_names_the_other_exchanges_of_a_bot(data: Path, database: Database) -> None:
    database.order("own", "peatio_sand", 1_000, "BuyOrderCreated")
    database.order("hedge", "kraken", 2_000, "SellOrderCreated")
    bot = WatchedBot(data.parent)
    bot.sites["peatio_sand"] = "https://one.example"
    bot.look()
    elsewhere = bot_row(bot)["elsewhere"]
    assert elsewhere["connectors"] == ["kraken"]
    assert [(one["id"], one["price"], one["filled"]) for one in elsewhere["orders"]] == [("hedge", "30000.25", "0")]
    bot.reader.close()
