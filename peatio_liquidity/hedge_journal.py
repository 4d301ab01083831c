"""What was filled and what was hedged, in a file: a hedge stands here before it is sent.

After a crash the exposure is the sum of the fills, and a hedge that is not known to have ended is looked up.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from peatio_liquidity.fills import Fill
from peatio_liquidity.levels import ZERO

FORM = 1
BUSY_TIMEOUT_S = 5.0
ONE = Decimal(1)

_TABLES = """
CREATE TABLE IF NOT EXISTS fill (
    venue TEXT NOT NULL, trade_id TEXT NOT NULL, is_buy INTEGER NOT NULL,
    base_change TEXT NOT NULL, quote_change TEXT NOT NULL, at_s REAL NOT NULL,
    PRIMARY KEY (venue, trade_id, is_buy)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hedge (
    number INTEGER PRIMARY KEY, client_order_id TEXT UNIQUE, is_buy INTEGER NOT NULL,
    amount TEXT NOT NULL, price TEXT NOT NULL, filled TEXT NOT NULL DEFAULT '0',
    state TEXT NOT NULL, written_s REAL NOT NULL, reason TEXT NOT NULL DEFAULT ''
);
"""


class HedgeJournalError(Exception):
    """The file cannot be read or written; the text says which and what to do. Nothing may be hedged without it."""


class Venue(StrEnum):
    """Where something was filled."""

    OWN = "own"
    SOURCE = "source"


class HedgeState(StrEnum):
    """Written: it may have left without an id of ours. Sent: it has one. Ended: it is known what came of it."""

    WRITTEN = "written"
    SENT = "sent"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Hedge:
    """:ivar amount: in base; :ivar filled: what fills of it were reported, in base; :ivar written_s: epoch seconds"""

    number: int
    client_order_id: str | None
    is_buy: bool
    amount: Decimal
    price: Decimal
    filled: Decimal
    state: HedgeState
    written_s: float

    @property
    def left(self) -> Decimal:
        """What may still be filled."""
        return max(ZERO, self.amount - self.filled)


class HedgeJournal:
    """One bot's, for one pair of markets. Every method raises `HedgeJournalError` when the file does not work.

    :param path: of the file; its folder exists
    :param markets: the own and the source's market; a journal of others is refused
    :param now_s: epoch seconds
    """

    def __init__(self, path: Path, markets: str, now_s: float) -> None:
        self.path = path
        with self._guarded():
            self._file = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            self._file.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
            self._check_owner(markets, now_s)
            self._net = self._sum("base_change")
            self._cash = self._sum("quote_change")

    def close(self) -> None:
        """The file may be opened by another process from now on."""
        self._file.close()

    @property
    def net(self) -> Decimal:
        """Base bought less base sold on both exchanges."""
        return self._net

    @property
    def cash(self) -> Decimal:
        """Quote received less quote paid on both exchanges, in own quote."""
        return self._cash

    @property
    def known_to_s(self) -> float:
        """When the youngest fill of the own market happened, without one when this file was made; epoch seconds."""
        with self._guarded():
            row = self._file.execute("SELECT max(at_s) FROM fill WHERE venue = ?", (Venue.OWN,)).fetchone()
            made = self._file.execute("SELECT made_s FROM about").fetchone()
        return float(row[0] or made[0])

    def add_fill(self, venue: Venue, fill: Fill, rate: Decimal = ONE) -> bool:
        """A fill, once; a report that comes again changes nothing. One of a hedge makes less of it left.

        :param rate: own quote for one of the quote currency of the fill
        :return: whether it was new
        """
        row = (venue, fill.trade_id, fill.is_buy, f"{fill.base_change:f}", f"{fill.quote_change * rate:f}", fill.at_s)
        with self._guarded(), self._transaction():
            added = self._file.execute("INSERT OR IGNORE INTO fill VALUES (?, ?, ?, ?, ?, ?)", row).rowcount
            if added and venue is Venue.SOURCE:
                self._fill_hedge(fill)
        if added:
            self._net += fill.base_change
            self._cash += fill.quote_change * rate
        return bool(added)

    def _fill_hedge(self, fill: Fill) -> None:
        key = fill.client_order_id
        row = self._file.execute("SELECT filled FROM hedge WHERE client_order_id = ?", (key,)).fetchone()
        if row is not None:
            filled = Decimal(row[0]) + fill.amount
            self._file.execute("UPDATE hedge SET filled = ? WHERE client_order_id = ?", (f"{filled:f}", key))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def write(self, is_buy: bool, amount: Decimal, price: Decimal, now_s: float) -> int:
        """A hedge that is about to be sent.

        :return: its number here
        """
        with self._guarded():
            number = self._file.execute(
                "INSERT INTO hedge (is_buy, amount, price, state, written_s) VALUES (?, ?, ?, ?, ?)",
                (is_buy, f"{amount:f}", f"{price:f}", HedgeState.WRITTEN, now_s),
            ).lastrowid
        assert number is not None
        return number

    def sent(self, number: int, client_order_id: str) -> None:
        """The hedge has this id; it leaves after this."""
        with self._guarded():
            self._file.execute(
                "UPDATE hedge SET state = ?, client_order_id = ? WHERE number = ?",
                (HedgeState.SENT, client_order_id, number),
            )

    def ended(self, number: int, reason: str) -> None:
        """It is known that no more of the hedge will be filled, and all its fills are here.

        :param reason: how it ended, for the reader of the file
        """
        with self._guarded():
            self._file.execute(
                "UPDATE hedge SET state = ?, reason = ? WHERE number = ?", (HedgeState.ENDED, reason, number)
            )

    def pending(self) -> tuple[Hedge, ...]:
        """Hedges that are not known to have ended, oldest first."""
        with self._guarded():
            rows = self._file.execute(
                "SELECT number, client_order_id, is_buy, amount, price, filled, state, written_s FROM hedge"
                " WHERE state != ? ORDER BY number",
                (HedgeState.ENDED,),
            ).fetchall()
        return tuple(
            Hedge(number, key, bool(is_buy), Decimal(amount), Decimal(price), Decimal(filled), HedgeState(state), at_s)
            for number, key, is_buy, amount, price, filled, state, at_s in rows
        )

    def find(self, client_order_id: str) -> int | None:
        """The number of the hedge with that id."""
        with self._guarded():
            row = self._file.execute(
                "SELECT number FROM hedge WHERE client_order_id = ?", (client_order_id,)
            ).fetchone()
        return None if row is None else int(row[0])

    def _sum(self, column: str) -> Decimal:
        rows = self._file.execute(f"SELECT {column} FROM fill")
        return sum((Decimal(value) for (value,) in rows), ZERO)

    def _check_owner(self, markets: str, now_s: float) -> None:
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS about (form INTEGER NOT NULL, markets TEXT NOT NULL, made_s REAL NOT NULL)"
        )
        row = self._file.execute("SELECT form, markets FROM about").fetchone()
        if row is None:
            self._file.execute("INSERT INTO about VALUES (?, ?, ?)", (FORM, markets, now_s))
            return
        form, known = row
        if form != FORM:
            raise HedgeJournalError(
                f"{self.path} has form {form}, and this version knows {FORM}; remedy: use the version that wrote it"
            )
        if known != markets:
            raise HedgeJournalError(
                f"{self.path} belongs to {known}, and the controller trades {markets}; remedy: give the controller"
                " another id, or move the file away when that exposure is closed"
            )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise HedgeJournalError(
                f"{self.path} cannot be used: {error}; remedy: look at the disk's space and the file's rights"
            ) from error


def settle(path: Path, number: int, filled: Decimal, price: Decimal, now_s: float) -> Hedge:
    """Writes down what an operator found out about a hedge: how much of it was traded, and that it has ended.

    :param filled: in base, all of it; what the journal has already is not counted again
    :param price: the average, in own quote
    :raises HedgeJournalError: when there is no such hedge, it has ended, or it was smaller
    """
    if not path.is_file():
        raise HedgeJournalError(f"there is no file {path}; remedy: take the path from the bot's log")
    with closing(sqlite3.connect(path)) as file:
        try:
            row = file.execute("SELECT markets FROM about").fetchone()
        except sqlite3.Error as error:
            raise HedgeJournalError(f"{path} is no hedge journal: {error}") from error
    journal = HedgeJournal(path, row[0], now_s)
    try:
        hedge = next((hedge for hedge in journal.pending() if hedge.number == number), None)
        if hedge is None:
            raise HedgeJournalError(f"hedge {number} is not under way in {path}")
        if not hedge.filled <= filled <= hedge.amount or (filled > hedge.filled and price <= 0):
            raise HedgeJournalError(
                f"hedge {number}: --filled must be between {hedge.filled:f} and {hedge.amount:f}, with its --price"
            )
        if more := filled - hedge.filled:
            base = more if hedge.is_buy else -more
            key, trade_id = hedge.client_order_id or "", f"settled {number}"
            journal.add_fill(Venue.SOURCE, Fill(key, trade_id, hedge.is_buy, more, base, -base * price, now_s))
        journal.ended(number, "settled by the operator")
        return hedge
    finally:
        journal.close()
