"""The hedge journal of a mirror as it is on its disk, read while the mirror writes."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from peatio_liquidity.hedge_journal import journal_path
from simulation.mirror.plan import CONTROLLER

#: Exchange (own or source), trade id, whether it bought.
FillKey = tuple[str, str, bool]


@dataclass(frozen=True)
class HedgeRow:
    """
    :ivar client_order_id: None for one whose id was not written
    :ivar limit: the price; None of a market order
    """

    number: int
    client_order_id: str | None
    state: str
    is_buy: bool = True
    amount: Decimal = Decimal(0)
    limit: Decimal | None = None


@dataclass(frozen=True)
class JournalRecords:
    """:ivar fills: what each changed of the base"""

    fills: dict[FillKey, Decimal]
    hedges: tuple[HedgeRow, ...]


def read_journal(folder: Path) -> JournalRecords:
    """Empty where there is none yet.

    :raises sqlite3.Error: when the file cannot be read
    """
    path = journal_path(folder, CONTROLLER)
    if not path.exists():
        return JournalRecords({}, ())
    # SQLite's own connection: this reader is not a process of the simulated host, whose disk may fail.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, factory=sqlite3.Connection)) as file:
        file.execute("PRAGMA query_only=ON")
        if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'hedge'").fetchone():
            return JournalRecords({}, ())
        fills = file.execute("SELECT venue, trade_id, is_buy, base_change FROM fill").fetchall()
        hedges = file.execute(
            "SELECT number, client_order_id, state, is_buy, amount, price, is_market FROM hedge ORDER BY number"
        ).fetchall()
    return JournalRecords(
        {(venue, trade_id, bool(is_buy)): Decimal(change) for venue, trade_id, is_buy, change in fills},
        tuple(
            HedgeRow(number, key, state, bool(is_buy), Decimal(amount), None if is_market else Decimal(price))
            for number, key, state, is_buy, amount, price, is_market in hedges
        ),
    )


