"""Fills as rows of the hedge journal's table `fill`."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from peatio_liquidity.figures import BookedFill
from peatio_liquidity.fills import Fill, Venue

#: What a fill is known by: venue, trade id, whether it is a buy.
FillKey = tuple[str, str, bool]
ONE = Decimal(1)

INSERT = """
INSERT OR IGNORE INTO fill (
    venue, trade_id, is_buy, base_change, quote_change, at_s, client_order_id, amount, total, fee, other_fees, slippage,
    other_fees_value
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_COLUMNS = "venue, is_buy, amount, total, base_change, quote_change, fee, other_fees, slippage, at_s"
_VALUE = "other_fees_value"
#: What grows with a fill.
_NUMBERS = ("amount", "total", "base_change", "quote_change", "fee", "slippage", _VALUE)


def all_fills(file: sqlite3.Connection) -> Iterator[BookedFill]:
    """Oldest first."""
    yield from map(_fill, file.execute(f"SELECT {_columns_of(file)} FROM fill ORDER BY at_s"))


def fills_since(file: sqlite3.Connection, at_s: float) -> list[tuple[FillKey, BookedFill]]:
    """The fills of a journal from a moment on, for who follows it, oldest first.

    :raises sqlite3.Error: when it is none
    """
    select = f"SELECT trade_id, {_columns_of(file)} FROM fill WHERE at_s >= ? ORDER BY at_s"
    return [((str(row[1]), str(row[0]), bool(row[2])), _fill(row[1:])) for row in file.execute(select, (at_s,))]


def columns(file: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns."""
    return {column[1] for column in file.execute(f"PRAGMA table_info({table})")}


def booked_fill(venue: Venue, fill: Fill, rate: Decimal = ONE, slippage: Decimal | None = None) -> BookedFill:
    """
    :param rate: own quote for one of the fill's quote
    :param slippage: of a hedge's fill, in own quote
    """
    return BookedFill(
        venue, fill.is_buy, fill.amount, fill.total * rate, fill.base_change, fill.quote_change * rate,
        fill.fee * rate, dict(fill.other_fees), slippage, fill.at_s,
    )  # fmt: skip


def take(file: sqlite3.Connection, trade_id: str, amount: Decimal) -> Decimal:
    """Makes a fill on the source smaller, with all that belongs to it.

    :param amount: in base, at most all of it
    :return: by how much; 0 where there is no such fill
    """
    fills = f"FROM fill WHERE venue = '{Venue.SOURCE}' AND trade_id = ?"
    row = file.execute(f"SELECT {', '.join(_NUMBERS)}, other_fees {fills}", (trade_id,)).fetchone()
    if row is None:
        return Decimal(0)
    numbers = [None if number is None else Decimal(number) for number in row[:-1]]
    whole = numbers[0]
    assert whole is not None
    taken = min(amount, whole)
    if taken == whole:
        file.execute(f"DELETE {fills}", (trade_id,))
        return taken
    rest = whole - taken
    left = [None if number is None else f"{number * rest / whole:f}" for number in numbers]
    others = json.dumps({currency: f"{Decimal(fee) * rest / whole:f}" for currency, fee in json.loads(row[-1]).items()})
    values = ", ".join(f"{name} = ?" for name in (*_NUMBERS, "other_fees"))
    file.execute(
        f"UPDATE fill SET {values} WHERE venue = ? AND trade_id = ?", (*left, others, Venue.SOURCE, trade_id)
    )
    return taken


def row_of(fill: Fill, booked: BookedFill) -> tuple[object, ...]:
    """The values of `INSERT`."""
    other_fees = json.dumps({currency: f"{fee:f}" for currency, fee in booked.other_fees.items()})
    slippage, value = (
        None if number is None else f"{number:f}" for number in (booked.slippage, booked.other_fees_value)
    )
    numbers = (booked.amount, booked.total, booked.fee)
    changes = (booked.base_change, booked.quote_change)
    return (
        booked.venue, fill.trade_id, fill.is_buy, *(f"{number:f}" for number in changes), fill.at_s,
        fill.client_order_id, *(f"{number:f}" for number in numbers), other_fees, slippage, value,
    )  # fmt: skip


def _columns_of(file: sqlite3.Connection) -> str:
    # A file of an earlier version that no bot has opened since has no values.
    return f"{_COLUMNS}, {_VALUE if _VALUE in columns(file, 'fill') else 'NULL'}"


def _fill(row: Sequence[Any]) -> BookedFill:
    venue, is_buy, *numbers, other_fees, slippage, at_s, value = row
    amount, total, base_change, quote_change, fee = map(Decimal, numbers)
    others = {currency: Decimal(text) for currency, text in json.loads(other_fees).items()}
    return BookedFill(
        Venue(venue), bool(is_buy), amount, total, base_change, quote_change, fee, others,
        None if slippage is None else Decimal(slippage), at_s, None if value is None else Decimal(value),
    )  # fmt: skip
