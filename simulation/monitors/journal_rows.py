"""The open rows of a bot's journal as they are on its disk, read while the bot writes."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.execution.journal_schema import CLAIMING

from simulation.monitors.owners import Row

# A reader that opens and closes at each look costs less than one that keeps the file of a process open that dies.
_QUERY = (
    "SELECT client_order_id, exchange_order_id, market, is_buy, amount, price, state FROM intents "
    "WHERE state != 'closed' ORDER BY client_order_id"
)
#: Of an order that was not found, whose row waits for it.
GIVEN_UP = IntentState.ABSENT.value


def read_rows(journal: Path, failed: Collection[str] = ()) -> tuple[list[Row], int]:
    """
    :param failed: client order ids that the bot announced as failed. Where one of them has a row without an order, it
        was given up, although the disk refused to note that
    :return: the rows, and how many of them were given up
    :raises sqlite3.Error: when the file cannot be read
    """
    found = _read(journal, _QUERY)
    rows = [
        Row(key, order_id, (market, bool(is_buy), Decimal(amount), None if price is None else Decimal(price)))
        for key, order_id, market, is_buy, amount, price, _ in found
    ]
    return rows, sum(
        state == GIVEN_UP or (order_id is None and key in failed) for key, order_id, *_, state in found
    )


def wanted_cancels(journal: Path) -> set[str]:
    """The client order ids of the orders whose cancel is noted as wanted.

    :raises sqlite3.Error: when the file cannot be read
    """
    return {key for (key,) in _read(journal, "SELECT client_order_id FROM wanted_cancels")}


def due_cancels(journal: Path) -> set[str]:
    """The ids at the exchange of orders that go on under another id, and that are to be cancelled once more.

    :raises sqlite3.Error: when the file cannot be read
    """
    query = "SELECT exchange_order_id FROM follow_ups WHERE kind = ?"
    return {order_id for (order_id,) in _read(journal, query, FollowUp.SECOND_CANCEL.value)}


def known_ids(journal: Path) -> set[str]:
    """The ids at the exchange that the bot knows of its orders, open or ended, be it that another one took the place.

    :raises sqlite3.Error: when the file cannot be read
    """
    query = " UNION ".join(f"SELECT exchange_order_id FROM {table}" for table in CLAIMING)
    return {order_id for (order_id,) in _read(journal, query) if order_id is not None}


def _read(journal: Path, query: str, *values: str) -> list[Any]:
    if not journal.exists():
        return []
    uri = f"{journal.absolute().as_uri()}?mode=rw"
    # SQLite's own connection: this reader is not a process of the simulated host, whose disk may fail.
    with closing(sqlite3.connect(uri, uri=True, factory=sqlite3.Connection)) as connection:
        connection.execute("PRAGMA query_only=ON")
        return connection.execute(query, values).fetchall()
