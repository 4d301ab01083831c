"""What was filled and what was hedged, in a file: a hedge stands here before it is sent.

After a crash the exposure is the sum of the fills, and a hedge that is not known to have ended is looked up.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from peatio_liquidity.figures import BookedFill, PairFigures
from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.journal_rows import INSERT, ONE, all_fills, booked_fill, columns, row_of, take
from peatio_liquidity.levels import ZERO

FORM = 2
#: The journals of an instance, in its data folder.
JOURNALS = "peatio_liquidity_*.sqlite"
BUSY_TIMEOUT_S = 5.0
#: What an operator settled has this and the hedge's number as the id of its trade.
SETTLED = "settled "

_TABLES = """
CREATE TABLE IF NOT EXISTS fill (
    venue TEXT NOT NULL, trade_id TEXT NOT NULL, is_buy INTEGER NOT NULL,
    base_change TEXT NOT NULL, quote_change TEXT NOT NULL, at_s REAL NOT NULL,
    client_order_id TEXT NOT NULL, amount TEXT NOT NULL, total TEXT NOT NULL, fee TEXT NOT NULL,
    other_fees TEXT NOT NULL, slippage TEXT, other_fees_value TEXT,
    PRIMARY KEY (venue, trade_id, is_buy)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hedge (
    number INTEGER PRIMARY KEY, client_order_id TEXT UNIQUE, is_buy INTEGER NOT NULL,
    amount TEXT NOT NULL, price TEXT NOT NULL, filled TEXT NOT NULL DEFAULT '0',
    state TEXT NOT NULL, written_s REAL NOT NULL, reason TEXT NOT NULL DEFAULT '',
    best TEXT NOT NULL, rate TEXT NOT NULL, is_market INTEGER NOT NULL DEFAULT 0, exchange_order_id TEXT
);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class HedgeJournalError(Exception):
    """The file cannot be read or written; the text says which and what to do. Nothing may be hedged without it."""


def journal_path(data_folder: Path, controller_id: str) -> Path:
    """Where a controller's journal is."""
    return data_folder / JOURNALS.replace("*", controller_id)


class HedgeState(StrEnum):
    """Written: it may have left without an id of ours. Sent: it has one. Ended: it is known what came of it."""

    WRITTEN = "written"
    SENT = "sent"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Hedge:
    """
    :ivar amount: in base; :ivar filled: what fills of it were reported, in base; :ivar written_s: epoch seconds
    :ivar exchange_order_id: by which many exchanges are asked for an order; None until it is known
    """

    number: int
    client_order_id: str | None
    is_buy: bool
    amount: Decimal
    price: Decimal
    filled: Decimal
    state: HedgeState
    written_s: float
    is_market: bool = False
    exchange_order_id: str | None = None

    @property
    def left(self) -> Decimal:
        """What may still be filled."""
        return max(ZERO, self.amount - self.filled)

    def words(self, amount: Decimal) -> str:
        """For the operator.

        :param amount: its own, or what is left
        """
        at = "by market order" if self.is_market else f"at {self.price:f}"
        return f"{'buy' if self.is_buy else 'sell'} {amount:f} {at}"


class HedgeJournal:
    """One bot's, for one pair of markets. Every method raises `HedgeJournalError` when the file does not work.

    :param path: of the file; its folder exists
    :param markets: the own and the source's market; a journal of others is refused
    :param now_s: epoch seconds
    :param rate_of: own quote for one of a currency, at which fees in a third currency count; None where it is not known
    :ivar figures: of all fills in it
    """

    def __init__(
        self, path: Path, markets: str, now_s: float, rate_of: Callable[[str], Decimal | None] = lambda _: None
    ) -> None:
        self.path = path
        self._rate_of = rate_of
        with self._guarded():
            self._file = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            self._file.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
            self._check_owner(markets, now_s)
            self._add_columns()
            self.figures = PairFigures.of(all_fills(self._file))

    def close(self) -> None:
        """The file may be opened by another process from now on."""
        self._file.close()

    @property
    def net(self) -> Decimal:
        """Base bought less base sold on both exchanges."""
        return self.figures.net

    @property
    def cash(self) -> Decimal:
        """Quote received less quote paid on both exchanges, in own quote."""
        return self.figures.cash

    def known_to_s(self, venue: Venue) -> float:
        """When the youngest fill of a market happened, without one when this file was made; epoch seconds.

        What an operator settled is none: it has the time of the command.
        """
        youngest = "SELECT max(at_s) FROM fill WHERE venue = ? AND trade_id NOT LIKE ?"
        with self._guarded():
            row = self._file.execute(youngest, (venue, f"{SETTLED}%")).fetchone()
            made = self._file.execute("SELECT made_s FROM about").fetchone()
        return float(row[0] or made[0])

    def add_fill(self, venue: Venue, fill: Fill) -> bool:
        """A fill, once; a report that comes again changes nothing. One of a hedge makes less of it left.

        :return: whether it was new
        """
        with self._guarded(), self._transaction():
            booked = self._of_hedge(fill) if venue is Venue.SOURCE else booked_fill(venue, fill)
            booked = replace(booked, other_fees_value=self._value(booked.other_fees))
            added = self._file.execute(INSERT, row_of(fill, booked)).rowcount
            settled = self._fill_hedge(fill) if added and venue is Venue.SOURCE else ZERO
        if settled:
            self.figures = PairFigures.of(all_fills(self._file))
        elif added:
            self.figures.add(booked)
        return bool(added)

    def _fill_hedge(self, fill: Fill) -> Decimal:
        """:return: how much of it was there already, as what an operator settled; the fill is in the place of that"""
        key = fill.client_order_id
        row = self._file.execute("SELECT number, filled FROM hedge WHERE client_order_id = ?", (key,)).fetchone()
        if row is None:
            return ZERO
        settled = ZERO if fill.trade_id.startswith(SETTLED) else take(self._file, f"{SETTLED}{row[0]}", fill.amount)
        filled = Decimal(row[1]) + fill.amount - settled
        self._file.execute("UPDATE hedge SET filled = ? WHERE client_order_id = ?", (f"{filled:f}", key))
        return settled

    def _value(self, fees: Mapping[str, Decimal]) -> Decimal | None:
        """In own quote now; None where a rate is not known."""
        value = ZERO
        for currency, fee in fees.items():
            rate = self._rate_of(currency)
            if rate is None:
                return None
            value += fee * rate
        return value

    def _of_hedge(self, fill: Fill) -> BookedFill:
        key = fill.client_order_id
        row = self._file.execute("SELECT best, rate FROM hedge WHERE client_order_id = ?", (key,)).fetchone()
        if row is None:
            return booked_fill(Venue.SOURCE, fill)
        best, rate = map(Decimal, row)
        more = (fill.total - fill.amount * best) * rate
        return booked_fill(Venue.SOURCE, fill, rate, more if fill.is_buy else -more)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def write(
        self,
        is_buy: bool,
        amount: Decimal,
        price: Decimal,
        now_s: float,
        best: Decimal,
        rate: Decimal = ONE,
        is_market: bool = False,
    ) -> int:
        """A hedge that is about to be sent.

        :param best: the source's best price now, against which its slippage counts
        :param rate: own quote for one of the source's, at which its fills count
        :return: its number here
        """
        with self._guarded():
            number = self._file.execute(
                "INSERT INTO hedge (is_buy, amount, price, state, written_s, best, rate, is_market)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (is_buy, f"{amount:f}", f"{price:f}", HedgeState.WRITTEN, now_s, f"{best:f}", f"{rate:f}", is_market),
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

    def placed(self, client_order_id: str, exchange_order_id: str) -> None:
        """The exchange has the hedge under this id of its own."""
        with self._guarded():
            self._file.execute(
                "UPDATE hedge SET exchange_order_id = ? WHERE client_order_id = ?", (exchange_order_id, client_order_id)
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
                "SELECT number, client_order_id, is_buy, amount, price, filled, state, written_s, is_market,"
                " exchange_order_id FROM hedge WHERE state != ? ORDER BY number",
                (HedgeState.ENDED,),
            ).fetchall()
        return tuple(
            Hedge(
                number, key, bool(is_buy), Decimal(amount), Decimal(price), Decimal(filled), HedgeState(state), at_s,
                bool(is_market), exchange_id,
            )
            for number, key, is_buy, amount, price, filled, state, at_s, is_market, exchange_id in rows
        )  # fmt: skip

    def note(self, name: str, value: str) -> None:
        """What the next run needs to know."""
        with self._guarded():
            self._file.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str | None:
        """What was noted last under a name; None for nothing."""
        with self._guarded():
            row = self._file.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def find(self, client_order_id: str) -> int | None:
        """The number of the hedge with that id."""
        with self._guarded():
            row = self._file.execute(
                "SELECT number FROM hedge WHERE client_order_id = ?", (client_order_id,)
            ).fetchone()
        return None if row is None else int(row[0])

    def _add_columns(self) -> None:
        """Of a file of an earlier version. The form stays: what that version writes means the same without them."""
        for table, name, kind in (
            ("hedge", "is_market", "INTEGER NOT NULL DEFAULT 0"),
            ("hedge", "exchange_order_id", "TEXT"),
            ("fill", "other_fees_value", "TEXT"),
        ):
            if name not in columns(self._file, table):
                self._file.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

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
            raise HedgeJournalError(_other_form(self.path, form))
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


def booked_fills(path: Path) -> tuple[str, list[BookedFill]]:
    """The markets and all fills of a journal that a bot may be writing at the same time.

    :raises HedgeJournalError: when the file cannot be read, or another version wrote it
    """
    try:
        # Not SQLite's own read-only mode, which cannot use what a killed writer left in the WAL.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S)) as file:
            file.execute("PRAGMA query_only=ON")
            form, markets = file.execute("SELECT form, markets FROM about").fetchone()
            if form != FORM:
                raise HedgeJournalError(_other_form(path, form))
            return str(markets), list(all_fills(file))
    except (sqlite3.Error, TypeError) as error:
        raise HedgeJournalError(f"{path} cannot be read: {error}; remedy: look at the file and its rights") from error


def _other_form(path: Path, form: object) -> str:
    return f"{path} has form {form}, and this version knows {FORM}; remedy: use the version that wrote it"
