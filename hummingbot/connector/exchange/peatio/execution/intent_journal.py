"""What the connector meant to do, on disk before the request leaves.

Peatio has no client order ids: after a crash nothing on the exchange tells whose an order is, and Hummingbot writes an
order down only once it is created. The journal is what is left to compare with the exchange.
"""

import logging
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

SCHEMA_VERSION = 1
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
    updated_at_s REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS intents_open ON intents (owner, state);
CREATE INDEX IF NOT EXISTS intents_exchange_order_id ON intents (account, exchange_order_id);
"""


# What the exchange can tell orders apart by: market, whether it buys, amount, and price (None at market).
OrderFingerprint = tuple[str, bool, Decimal, Decimal | None]


class IntentState(Enum):
    """`SENT → LIVE → CLOSED`, or `SENT → WATCHED` where no order of that kind was found.

    `ENDED` comes before `CLOSED` where a second cancel has to keep the engine from holding a cancelled order.
    """

    SENT = "sent"
    LIVE = "live"
    WATCHED = "watched"
    ENDED = "ended"
    CLOSED = "closed"


@dataclass(frozen=True)
class Intent:
    """An order that was to be placed. `price` is None for a market order."""

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

    @property
    def fingerprint(self) -> OrderFingerprint:
        return self.market, self.is_buy, self.amount, self.price


class IntentJournal:
    """The intents of one owner (an instance of Hummingbot and an account at an exchange).

    SQLite in WAL mode with `synchronous=NORMAL`: a commit reaches the operating system but not the disk. The death of
    the process at any instant loses nothing; a power cut can lose the last moments, and with them the knowledge of
    orders placed in these. A commit costs some ten microseconds, and `FULL` a disk flush, tens of milliseconds.

    :param is_read_only: for another process that looks on; it waits for no lock and leaves the file as it is
    :raises JournalError: from the constructor and every method, when the file cannot be read or written
    """

    def __init__(
        self, path: Path, owner: str, account: str, logger: logging.Logger, is_read_only: bool = False
    ) -> None:
        self._path = path
        self._owner = owner
        self._account = account
        self._logger = logger
        with self._errors("opened"):
            if is_read_only:
                # Not SQLite's own read-only mode, which cannot take up what a killed writer left in the WAL.
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
            self._database.execute("INSERT OR IGNORE INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
            self._database.execute(
                "DELETE FROM intents WHERE state = ? AND updated_at_s < ?",
                (IntentState.CLOSED.value, time.time() - KEEP_CLOSED_S),
            )

    def record(self, intent: Intent) -> None:
        """Before the request leaves."""
        with self._errors("written"):
            self._database.execute(
                "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)",
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
                    intent.state.value,
                    time.time(),
                ),
            )

    def live(self, client_order_id: str, exchange_order_id: str, rates: FeeRates | None) -> None:
        """The exchange's id of the order is known."""
        maker, taker = (str(rates.maker), str(rates.taker)) if rates is not None else (None, None)
        with self._errors("written"):
            self._database.execute(
                "UPDATE intents SET state = ?, exchange_order_id = ?, maker_fee = ?, taker_fee = ?, updated_at_s = ? "
                "WHERE client_order_id = ?",
                (IntentState.LIVE.value, exchange_order_id, maker, taker, time.time(), client_order_id),
            )

    def watch(self, client_order_id: str) -> None:
        """No such order was found; it may still turn up."""
        self._set_state(client_order_id, IntentState.WATCHED)

    def ended(self, client_order_id: str) -> None:
        """The order was cancelled, and has to be cancelled once more."""
        self._set_state(client_order_id, IntentState.ENDED)

    def close(self, client_order_id: str) -> None:
        """The order has ended, or never was."""
        self._set_state(client_order_id, IntentState.CLOSED)

    def unfinished(self) -> list[Intent]:
        """This owner's intents that are not closed, oldest first."""
        with self._errors("read"):
            rows = self._database.execute(
                "SELECT client_order_id, trading_pair, market, is_buy, amount, price, created_at_s, state, "
                "exchange_order_id, maker_fee, taker_fee FROM intents WHERE owner = ? AND state != ? "
                "ORDER BY created_at_s",
                (self._owner, IntentState.CLOSED.value),
            ).fetchall()
        return [_intent(row) for row in rows]

    def is_claimed(self, exchange_order_id: str) -> bool:
        """Whether an order of that id belongs to an intent, this owner's or another's on the same account."""
        with self._errors("read"):
            row = self._database.execute(
                "SELECT 1 FROM intents WHERE account = ? AND exchange_order_id = ?", (self._account, exchange_order_id)
            ).fetchone()
        return row is not None

    def has_ended(self, client_order_id: str) -> bool:
        """Whether the order's end is known."""
        with self._errors("read"):
            row = self._database.execute(
                "SELECT state FROM intents WHERE client_order_id = ?", (client_order_id,)
            ).fetchone()
        return row is not None and row[0] in (IntentState.ENDED.value, IntentState.CLOSED.value)

    def shut(self) -> None:
        """Closes the file."""
        self._database.close()

    def _set_state(self, client_order_id: str, state: IntentState) -> None:
        with self._errors("written"):
            self._database.execute(
                "UPDATE intents SET state = ?, updated_at_s = ? WHERE client_order_id = ?",
                (state.value, time.time(), client_order_id),
            )

    def _check_version(self) -> None:
        """Before anything in the file is touched: what a newer version wrote is not for this one to change."""
        if self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
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


def _intent(row: tuple[str, str, str, int, str, str | None, float, str, str | None, str | None, str | None]) -> Intent:
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
    )
