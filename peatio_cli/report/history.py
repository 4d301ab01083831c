"""Reads the history beside the order journal (docs/reference/history.md). Bots may be writing it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.execution.intent import OrderEnd
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME

from peatio_cli.report.fill import Fill
from peatio_cli.report.journal_form import form_problem
from peatio_cli.report.period import Period
from peatio_cli.report.profit import EXACT

_FILLS = """
    SELECT exchange_order_id, trade_id, account, trading_pair, is_buy, price, amount, total, fee, fee_currency,
           filled_at_s, client_order_id
    FROM fill_history WHERE filled_at_s >= ? AND filled_at_s < ?
    ORDER BY filled_at_s, CAST(trade_id AS INTEGER), id
"""
_ORDER_IDS = """
    SELECT account, exchange_order_id FROM order_history WHERE exchange_order_id IS NOT NULL
    UNION SELECT account, exchange_order_id FROM intents WHERE exchange_order_id IS NOT NULL
"""
_REPLACED = "SELECT account, exchange_order_id FROM replaced_orders"
_ACCOUNTS = "SELECT account FROM fill_history UNION SELECT account FROM order_history UNION SELECT account FROM intents"
# An earlier version closed orders without saying how, and kept no fills.
_WITHOUT_FILLS = "SELECT count(*) FROM order_history WHERE end IS NULL AND closed_at_s >= ? AND created_at_s < ?"
_FILLED = f"""
    SELECT orders.account, orders.exchange_order_id, orders.amount, fills.amount
    FROM order_history AS orders LEFT JOIN fill_history AS fills USING (client_order_id)
    WHERE orders.end = '{OrderEnd.FILLED.value}' AND orders.exchange_order_id IS NOT NULL
        AND orders.closed_at_s >= ? AND orders.created_at_s < ?
"""
_BEGINNING, _END = 0.0, 1e18


class HistoryError(Exception):
    """There is no history that can be read; the text says why and what to do."""


@dataclass(frozen=True)
class AccountNote:
    """What the journal notes of an account, as far as it does.

    :ivar site: the exchange's URL; "" where it is not noted
    :ivar key: the first characters of the API key; "" as above
    :ivar member: a mark of the member whose account it is; "" also where the exchange does not tell
    """

    account: str
    site: str = ""
    key: str = ""
    member: str = ""


class History:
    """:param folder: an instance's data folder
    :raises HistoryError: from the constructor and every method, when the file is missing or cannot be read
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL_NAME
        if not self.path.is_file():
            raise HistoryError(
                f"there is no history in {folder}; remedy: name the directory of an instance in which a bot has traded"
            )
        with self._errors():
            # Not SQLite's own read-only mode, which cannot use what a killed writer left in the WAL.
            self._database = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
            self._database.execute("PRAGMA query_only=ON")
        self._check_form()

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def fills(self, period: Period) -> Iterator[Fill]:
        """The fills of a period by time, and within a second by trade id."""
        with self._errors():
            for row in self._database.execute(_FILLS, _bounds(period)):
                yield self._fill(row)

    def order_ids(self) -> set[tuple[str, str]]:
        """Account and exchange order id of every order that the journal or the history has; all ids where the exchange
        put others in its place."""
        with self._errors():
            known = set(self._database.execute(_ORDER_IDS))
            # Files that no bot of this version has opened yet do not have it.
            has_replaced = self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'replaced_orders'")
            return known.union(self._database.execute(_REPLACED) if has_replaced.fetchone() else ())

    def orders_short_of_fills(self, period: Period) -> set[tuple[str, str]]:
        """Account and exchange order id of the orders of a period that ended as filled, and have fills of less."""
        missing: dict[tuple[str, str], Decimal] = {}
        with self._errors():
            for account, order_id, ordered, filled in self._database.execute(_FILLED, _bounds(period)):
                left = missing.get((account, order_id), self._amount(ordered, order_id))
                missing[account, order_id] = EXACT.subtract(left, self._amount(filled or "0", order_id))
        return {key for key, left in missing.items() if left > 0}

    def orders_without_fills(self, period: Period) -> int:
        """How many orders of the period an earlier version has written, which kept no fills."""
        with self._errors():
            return int(self._database.execute(_WITHOUT_FILLS, _bounds(period)).fetchone()[0])

    def accounts(self) -> list[AccountNote]:
        """Every account with orders or fills, with what is noted of it."""
        with self._errors():
            names = [str(name) for (name,) in self._database.execute(_ACCOUNTS)]
            rows = self._database.execute("SELECT key, value FROM meta WHERE key LIKE 'account %'").fetchall()
        notes = {str(key).removeprefix("account "): _note(str(value)) for key, value in rows}
        return [AccountNote(name, **notes.get(name, {})) for name in sorted(names)]

    def _check_form(self) -> None:
        with self._errors():
            problem = form_problem(self._database, self.path)
        if problem:
            raise HistoryError(problem)

    def _amount(self, text: str, order_id: str) -> Decimal:
        try:
            return Decimal(text)
        except InvalidOperation as error:
            raise HistoryError(
                f"{self.path}: order {order_id} has an amount that is no number; remedy: restore the file from a copy"
            ) from error

    def _fill(self, row: tuple[Any, ...]) -> Fill:
        try:
            price, amount, total, fee = map(Decimal, row[5:9])
        except (InvalidOperation, TypeError) as error:
            raise HistoryError(
                f"{self.path}: the fill of order {row[11]} in trade {row[1]} has an amount that is no number; remedy: "
                "restore the file from a copy, or remove that row"
            ) from error
        # An earlier version wrote the exchange's name down.
        currency = currency_name(str(row[9]))
        return Fill(row[0], row[1], row[2], row[3], bool(row[4]), price, amount, total, fee, currency, row[10])

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(
                f"{self.path} cannot be read ({error}); remedy: look for wrong permissions or a damaged file"
            ) from error


def _bounds(period: Period) -> tuple[float, float]:
    start = _BEGINNING if period.from_s is None else period.from_s
    return start, _END if period.to_s is None else period.to_s


def _note(text: str) -> dict[str, str]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    names = ("site", "key", "member")
    return {name: str(content[name]) for name in names if isinstance(content, dict) and content.get(name)}
