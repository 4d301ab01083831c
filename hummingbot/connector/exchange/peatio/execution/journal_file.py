"""The order journal's file: SQLite rows of intents. `intent_journal` decides what is written.

WAL mode with `synchronous=NORMAL`: a commit reaches the operating system but not the disk. The death of the process at
any instant loses nothing; a power cut can lose the last moments, and with them the knowledge of orders placed in these.
A commit costs some ten microseconds; with `FULL` it would cost a disk flush, tens of milliseconds.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.core.data_type.common import OrderType

JOURNAL_NAME = "peatio_journal.sqlite"
SCHEMA_VERSION = 2
# Long enough for any inquiry into what happened, short enough to keep the file small.
KEEP_CLOSED_S = 30 * 24 * 3600
# Another process writes for microseconds; whatever holds the file longer is broken.
BUSY_TIMEOUT_S = 0.5

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS intents (
    client_order_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    account TEXT NOT NULL,
    trading_pair TEXT NOT NULL,
    market TEXT NOT NULL,
    is_buy INTEGER NOT NULL,
    amount TEXT NOT NULL,
    price TEXT,
    created_at_s REAL NOT NULL,
    state TEXT NOT NULL,
    exchange_order_id TEXT,
    maker_fee TEXT,
    taker_fee TEXT,
    updated_at_s REAL NOT NULL,
    is_maker_only INTEGER NOT NULL DEFAULT 0,
    database TEXT
);
CREATE INDEX IF NOT EXISTS intents_open ON intents (owner, state);
CREATE INDEX IF NOT EXISTS intents_exchange_order_id ON intents (account, exchange_order_id);
CREATE TABLE IF NOT EXISTS wanted_cancels (client_order_id TEXT PRIMARY KEY);
"""

# What the rows of form 1 lack.
_ADDED_COLUMNS = {"is_maker_only": "INTEGER NOT NULL DEFAULT 0", "database": "TEXT"}

# What the exchange can distinguish orders by: market, whether it buys, amount, and price (None at market).
OrderFingerprint = tuple[str, bool, Decimal, Decimal | None]


class IntentState(Enum):
    """Where an intent stands; the value is what the file holds.

    `RECORDED → SENT → LIVE → ENDED → CLOSED`. `RECORDED` is in memory only: the file says "sent" before the request
    leaves, because a process can die between the two. `ABSENT`: the create was not answered and the exchange lists no
    such order; it can still turn up. `ENDED`: cancelled, and a second cancel is due (docs/protocol.md section 4.4).
    `SETTLED`: the order of another strategy has ended; the next start of that strategy records its fills.
    """

    RECORDED = "recorded"
    SENT = "sent"
    LIVE = "live"
    ABSENT = "watched"
    ENDED = "ended"
    SETTLED = "settled"
    CLOSED = "closed"


#: The states of an intent that is not closed, as the file holds them.
OPEN_STATES = (IntentState.SENT, IntentState.LIVE, IntentState.ABSENT, IntentState.ENDED)


@dataclass(frozen=True)
class Intent:
    """An order that was to be placed.

    :ivar price: None for a market order
    :ivar created_at_s: when the request was about to leave, by the exchange's clock
    :ivar is_maker_only: whether the strategy asked for LIMIT_MAKER
    :ivar database: the strategy's database in Hummingbot; None where nothing records, and in rows of form 1
    :ivar is_cancel_wanted: whether somebody asked for its cancel, and it has not ended yet
    """

    client_order_id: str
    trading_pair: str
    market: str
    is_buy: bool
    amount: Decimal
    price: Decimal | None
    created_at_s: float
    state: IntentState = IntentState.SENT
    exchange_order_id: str | None = None
    fee_rates: FeeRates | None = None
    is_cancel_wanted: bool = False
    is_maker_only: bool = False
    database: str | None = None

    @property
    def order_type(self) -> OrderType:
        if self.price is None:
            return OrderType.MARKET
        return OrderType.LIMIT_MAKER if self.is_maker_only else OrderType.LIMIT

    @property
    def fingerprint(self) -> OrderFingerprint:
        return self.market, self.is_buy, self.amount, self.price


class JournalFile:
    """The rows of one owner (an instance of Hummingbot and an account at an exchange).

    :param is_read_only: for another process that looks on; it waits for no lock and leaves the file as it is
    :raises JournalError: from the constructor and every method, when the file cannot be read or written
    """

    def __init__(self, path: Path, owner: str, account: str, is_read_only: bool = False) -> None:
        self._path = path
        self._owner = owner
        self._account = account
        with self._errors("opened"):
            if is_read_only:
                # Not SQLite's own read-only mode, which cannot use what a killed writer left in the WAL.
                self._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
                self._database.execute("PRAGMA query_only=ON")
                self._check_version()
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            self._check_version()
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(_SCHEMA)
            self._add_columns()
            self._database.execute("INSERT OR REPLACE INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
            self._database.execute(
                "DELETE FROM intents WHERE state = ? AND updated_at_s < ?",
                (IntentState.CLOSED.value, time.time() - KEEP_CLOSED_S),
            )

    def insert(self, intent: Intent) -> None:
        """A new row, in the state "sent"."""
        with self._errors("written"):
            self._database.execute(
                "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?, ?, ?)",
                (
                    intent.client_order_id,
                    self._owner,
                    self._account,
                    intent.trading_pair,
                    intent.market,
                    int(intent.is_buy),
                    str(intent.amount),
                    None if intent.price is None else str(intent.price),
                    intent.created_at_s,
                    IntentState.SENT.value,
                    time.time(),
                    int(intent.is_maker_only),
                    intent.database,
                ),
            )

    def update(self, intent: Intent) -> None:
        """Writes state, exchange order id, time and fee rates of a row; nothing where there is no such row."""
        rates = intent.fee_rates
        with self._errors("written"):
            self._database.execute(
                "UPDATE intents SET state = ?, exchange_order_id = ?, maker_fee = ?, taker_fee = ?, created_at_s = ?, "
                "updated_at_s = ? WHERE client_order_id = ?",
                (
                    IntentState.SENT.value if intent.state is IntentState.RECORDED else intent.state.value,
                    intent.exchange_order_id,
                    None if rates is None else str(rates.maker),
                    None if rates is None else str(rates.taker),
                    intent.created_at_s,
                    time.time(),
                    intent.client_order_id,
                ),
            )

    def want_cancel(self, client_order_id: str, is_wanted: bool) -> None:
        """Writes whether somebody waits for the order's cancel."""
        command = "INSERT OR IGNORE INTO wanted_cancels VALUES (?)"
        if not is_wanted:
            command = "DELETE FROM wanted_cancels WHERE client_order_id = ?"
        with self._errors("written"):
            self._database.execute(command, (client_order_id,))

    def unfinished(self) -> list[Intent]:
        """This owner's rows that are not closed, oldest first."""
        with self._errors("read"):
            known = self._columns()
            added = ", ".join(name if name in known else "NULL" for name in _ADDED_COLUMNS)
            rows = self._database.execute(
                "SELECT client_order_id, trading_pair, market, is_buy, amount, price, created_at_s, state, "
                f"exchange_order_id, maker_fee, taker_fee, {added} FROM intents WHERE owner = ? "
                f"AND state IN ({', '.join('?' * len(OPEN_STATES))}) ORDER BY created_at_s, rowid",
                (self._owner, *(state.value for state in OPEN_STATES)),
            ).fetchall()
            wanted = set()
            if self._has_table("wanted_cancels"):
                wanted = {key for (key,) in self._database.execute("SELECT client_order_id FROM wanted_cancels")}
        return [_intent(row, row[0] in wanted) for row in rows]

    def is_claimed(self, exchange_order_id: str) -> bool:
        """Whether an order of that id belongs to a row, this owner's or another's on the same account."""
        with self._errors("read"):
            row = self._database.execute(
                "SELECT 1 FROM intents WHERE account = ? AND exchange_order_id = ?", (self._account, exchange_order_id)
            ).fetchone()
        return row is not None

    def close(self) -> None:
        """Closes the file; every later call raises `JournalError`."""
        self._database.close()

    def _columns(self) -> set[str]:
        return {name for _, name, *_ in self._database.execute("PRAGMA table_info(intents)")}

    def _add_columns(self) -> None:
        """To the rows of an earlier version; another bot may do the same at this moment."""
        if _ADDED_COLUMNS.keys() <= self._columns():
            return
        self._database.execute("BEGIN IMMEDIATE")
        known = self._columns()
        for name, kind in _ADDED_COLUMNS.items():
            if name not in known:
                self._database.execute(f"ALTER TABLE intents ADD COLUMN {name} {kind}")
        self._database.execute("COMMIT")

    def _has_table(self, name: str) -> bool:
        return self._database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None

    def _check_version(self) -> None:
        """Before anything in the file is changed: a newer version's file stays as it is."""
        if not self._has_table("meta"):
            return  # a new file
        row = self._database.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        version = str(SCHEMA_VERSION) if row is None else row[0]
        if not version.isdecimal() or int(version) > SCHEMA_VERSION:
            raise JournalError(
                f"The order journal {self._path} was written by a newer version of this connector (form {version}; "
                f"this one reads up to {SCHEMA_VERSION}). No orders are placed: upgrade hummingbot-peatio."
            )

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"The order journal {self._path} cannot be {what} ({error}). No orders are placed until it can: "
                "look for a full disk, wrong permissions or a damaged file (move it away to start a new one)."
            ) from error


def _intent(
    row: tuple[
        str, str, str, int, str, str | None, float, str, str | None, str | None, str | None, int | None, str | None
    ],
    is_cancel_wanted: bool,
) -> Intent:
    rates = None
    if row[9] is not None and row[10] is not None:
        rates = FeeRates(Decimal(row[9]), Decimal(row[10]))
    return Intent(
        client_order_id=row[0],
        trading_pair=row[1],
        market=row[2],
        is_buy=bool(row[3]),
        amount=Decimal(row[4]),
        price=None if row[5] is None else Decimal(row[5]),
        created_at_s=row[6],
        state=IntentState(row[7]),
        exchange_order_id=row[8],
        fee_rates=rates,
        is_cancel_wanted=is_cancel_wanted,
        is_maker_only=bool(row[11]),
        database=row[12],
    )
