"""The order journal's file: SQLite rows of intents, and the history. `intent_journal` decides what is written.

The working table `intents` holds what has not ended, so that its size does not depend on how long bots have run. A row
that is closed goes to `order_history` in one transaction; `fill_history` has every fill. Both only ever grow
(docs/reference/history.md).

WAL mode with `synchronous=NORMAL`: a commit reaches the operating system but not the disk. The death of the process at
any instant loses nothing; a power cut can lose the last moments, and with them the knowledge of orders placed in these.
A commit costs some ten microseconds; with `FULL` it would cost a disk flush, tens of milliseconds.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution import journal_schema
from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.intent import OPEN_STATES, Intent, IntentState, OrderEnd
from hummingbot.core.data_type.in_flight_order import TradeUpdate

JOURNAL_NAME = "peatio_journal.sqlite"
SCHEMA_VERSION = 2
# How many rows that an earlier version closed one step moves to the history: about a millisecond.
MOVED_PER_STEP = 50
# Another process writes for microseconds; whatever holds the file longer is broken.
BUSY_TIMEOUT_S = 0.5

_IS_OPEN = f"state IN ({', '.join(repr(state.value) for state in OPEN_STATES)})"
_IS_KEPT = f"state IN ({', '.join(repr(state.value) for state in (*OPEN_STATES, IntentState.SETTLED))})"
# Not with OR: an index of an earlier version's file would then be used for the owner alone.
_IS_UNFINISHED = f"{_IS_KEPT} AND (state != '{IntentState.SETTLED.value}' OR database = ?)"
# One step of an index each, where DISTINCT would read every row.
_OWNERS = (
    "WITH RECURSIVE owners (name) AS (SELECT min(owner) FROM intents UNION ALL "
    "SELECT (SELECT min(owner) FROM intents WHERE owner > name) FROM owners WHERE name IS NOT NULL)"
)


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
                self._claiming = [name for name in journal_schema.CLAIMING if self._has_table(name)]
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            self._check_version()
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._claiming = list(journal_schema.CLAIMING)
            if not all(map(self._has_table, journal_schema.ADDED_TABLES)):  # only then: another bot may be writing
                self._make_tables()

    def insert(self, intent: Intent) -> None:
        """A new row, in the state "sent"."""
        with self._errors("written"):
            self._database.execute(journal_schema.INSERT, self._row(intent))

    def update(self, intent: Intent) -> None:
        """Writes state, exchange order id, fee rates and wanted cancel of a row. An order that had ended has none; it
        gets one."""
        with self._errors("written"):
            self._update(intent)

    def update_all(self, intents: Sequence[Intent]) -> None:
        """The same for several rows: all of them, or none."""
        with self._writing():
            for intent in intents:
                self._update(intent)

    def replaced(self, intent: Intent, former: Intent | None) -> None:
        """As `update`, where the order has another id now. Both stay claimed, whatever becomes of the row.

        :param former: as the row was; None without one
        """
        with self._writing():
            self._update(intent)
            for each in filter(None, (former, intent)):
                if each.exchange_order_id is not None:
                    values = (self._account, each.exchange_order_id, intent.client_order_id)
                    self._database.execute(journal_schema.REPLACED, values)

    def _update(self, intent: Intent) -> None:
        self._database.execute(journal_schema.UPSERT, self._row(intent))
        if intent.is_cancel_wanted:
            has_ended = intent.state is IntentState.ENDED
            statement = journal_schema.FORGET_CANCEL if has_ended else journal_schema.WANT_CANCEL
            self._database.execute(statement, (intent.client_order_id,))

    def close_row(self, intent: Intent, end: OrderEnd) -> None:
        """The row of an order that has ended goes to the history."""
        key = intent.client_order_id
        with self._writing():
            self._database.execute(journal_schema.CLOSE, (intent.live_at_s, time.time(), end.value, key))
            self._database.execute(journal_schema.DELETE, (key,))
            if intent.is_cancel_wanted:
                self._database.execute(journal_schema.FORGET_CANCEL, (key,))

    def fill(self, fill: TradeUpdate, is_buy: bool) -> None:
        """A fill of one of this owner's orders; nothing where the history has it already."""
        fee = fill.fee.flat_fees[0]
        amounts = (fill.fill_price, fill.fill_base_amount, fill.fill_quote_amount, fee.amount)
        with self._errors("written"):
            self._database.execute(
                journal_schema.FILL,
                (
                    fill.client_order_id,
                    fill.trade_id,
                    self._owner,
                    self._account,
                    fill.exchange_order_id,
                    fill.trading_pair,
                    int(is_buy),
                    *map(str, amounts),
                    fee.token,
                    int(fill.is_taker),
                    fill.fill_timestamp,
                    time.time(),
                ),
            )

    def move_closed(self) -> None:
        """Moves a few of the rows that an earlier version closed, and kept, to the history."""
        closed = "SELECT client_order_id FROM intents WHERE state = 'closed' LIMIT ?"
        with self._errors("read"):
            keys = self._database.execute(closed, (MOVED_PER_STEP,)).fetchall()
        if keys:
            with self._writing():
                self._database.executemany(journal_schema.MOVE, keys)
                self._database.executemany(journal_schema.DELETE, keys)

    def unfinished(self, owner: str = "", settled_of: str | None = None) -> list[Intent]:
        """An owner's rows that are not closed, oldest first.

        :param owner: "" is the file's own
        :param settled_of: the database of a strategy, whose settled rows are read as well
        """
        with self._errors("read"):
            known = self._columns()
            added = ", ".join(name if name in known else "NULL" for name in journal_schema.ADDED_COLUMNS)
            rows = self._database.execute(
                "SELECT client_order_id, trading_pair, market, is_buy, amount, price, created_at_s, state, "
                f"exchange_order_id, maker_fee, taker_fee, updated_at_s, {added} FROM intents WHERE owner = ? "
                f"AND {_IS_UNFINISHED if settled_of else _IS_OPEN} ORDER BY created_at_s",
                (owner or self._owner, *filter(None, [settled_of])),
            ).fetchall()
            wanted = set()
            if self._has_table("wanted_cancels"):
                wanted = {key for (key,) in self._database.execute("SELECT client_order_id FROM wanted_cancels")}
        return [_intent(row, row[0] in wanted) for row in rows]

    def is_claimed(self, exchange_order_id: str) -> bool:
        """Whether an order of that id belongs, or belonged, to a row, open or closed, of any owner and API key at this
        exchange."""
        return self.claimed_by(exchange_order_id) is not None

    def claimed_by(self, exchange_order_id: str) -> str | None:
        """The client order id of that row; None without one."""
        with self._errors("read"):
            for table in self._claiming:
                row = self._database.execute(
                    f"SELECT client_order_id FROM {table}"
                    f" WHERE account IN ({journal_schema.SAME_SITE}) AND exchange_order_id = ?",
                    (self._account, self._account, exchange_order_id),
                ).fetchone()
                if row is not None:
                    return str(row[0])
        return None

    def former_ids(self, intent: Intent) -> list[str]:
        """The ids that its order had before the one that the row has."""
        with self._errors("read"):
            rows = self._database.execute(
                "SELECT exchange_order_id FROM replaced_orders WHERE client_order_id = ? AND exchange_order_id != ?",
                (intent.client_order_id, intent.exchange_order_id),
            )
            return [str(order_id) for (order_id,) in rows]

    def add_follow_up(self, kind: FollowUp, intent: Intent) -> None:
        """As `FollowUps.add`."""
        values = (self._owner, kind.value, intent.exchange_order_id, intent.client_order_id)
        with self._errors("written"):
            self._database.execute(journal_schema.FOLLOW_UP, values)

    def remove_follow_up(self, kind: FollowUp, intent: Intent) -> None:
        """As `FollowUps.done`."""
        with self._errors("written"):
            self._database.execute(journal_schema.FOLLOWED_UP, (self._owner, kind.value, intent.exchange_order_id))

    def follow_ups(self, owner: str = "") -> list[tuple[FollowUp, Intent]]:
        """What is to be done about an owner's orders that have ended.

        :param owner: "" is the file's own
        """
        with self._errors("read"):
            rows = self._database.execute(journal_schema.FOLLOW_UPS, (owner or self._owner,) * 2).fetchall()
        return [(FollowUp(row[-1]), _intent(row, is_cancel_wanted=False)) for row in rows]

    def note_account(self, account: str, note: str) -> None:
        """What is known of an account; written where it changed."""
        if self.account_note(account) != note:
            with self._errors("written"):
                self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"account {account}", note))

    def account_note(self, account: str) -> str | None:
        with self._errors("read"):
            row = self._database.execute("SELECT value FROM meta WHERE key = ?", (f"account {account}",)).fetchone()
        return None if row is None else str(row[0])

    def strangers(self) -> list[tuple[str, str]]:
        """Owner and account of this instance's rows on other accounts that are not closed."""
        with self._errors("read"):
            return self._database.execute(
                f"{_OWNERS} SELECT DISTINCT owner, account FROM owners JOIN intents ON owner = name AND {_IS_KEPT} "
                "WHERE account != ? AND name LIKE ?",
                (self._account, f"{self._owner.partition('-')[0]}-%"),
            ).fetchall()

    def known_orders(self, owner: str, limit: int) -> list[Intent]:
        """The last orders of an owner that have an id at the exchange, open ones first."""
        columns = (
            "client_order_id, trading_pair, market, is_buy, amount, price, created_at_s, {state}, exchange_order_id, "
            "maker_fee, taker_fee, 0, is_maker_only, database, 0"
        )
        where = "WHERE owner = ? AND exchange_order_id IS NOT NULL"
        with self._errors("read"):
            rows = self._database.execute(
                f"SELECT * FROM (SELECT {columns.format(state='state')} FROM intents {where} AND {_IS_KEPT} UNION ALL "
                f"SELECT * FROM (SELECT {columns.format(state=repr('closed'))} FROM order_history {where} "
                "ORDER BY id DESC LIMIT ?)) LIMIT ?",
                (owner, owner, limit, limit),
            ).fetchall()
        return [_intent(row, is_cancel_wanted=False) for row in rows]

    def cancelled_since(self, at_s: float, limit: int) -> list[Intent]:
        """As `IntentJournal.cancelled_since`, of this owner."""
        columns = (
            "client_order_id, trading_pair, market, is_buy, amount, price, created_at_s, 'closed', exchange_order_id, "
            "maker_fee, taker_fee, 0, is_maker_only, database, 0"
        )
        with self._errors("read"):
            rows = self._database.execute(
                f"SELECT {columns} FROM (SELECT * FROM order_history ORDER BY id DESC LIMIT ?) "
                "WHERE owner = ? AND end = ? AND closed_at_s >= ? AND price IS NOT NULL",
                (limit, self._owner, OrderEnd.CANCELLED.value, at_s),
            ).fetchall()
        return [_intent(row, is_cancel_wanted=False) for row in rows]

    def end_of(self, client_order_id: str) -> OrderEnd | None:
        """How an order ended; None where the history does not have it, or an earlier version wrote its row."""
        statement = "SELECT end FROM order_history WHERE client_order_id = ?"
        with self._errors("read"):
            row = self._database.execute(statement, (client_order_id,)).fetchone()
        return None if row is None or row[0] is None else OrderEnd(row[0])

    def asked_for_since(
        self, trading_pair: str, is_buy: bool, since_s: float
    ) -> list[tuple[str, Decimal, Decimal | None]]:
        """Client order id, amount and price (None at market) of each order, of any owner and API key at this exchange.

        :param since_s: when its request was about to leave, by the exchange's clock
        """
        found: list[tuple[str, Decimal, Decimal | None]] = []
        with self._errors("read"):
            for table in ("intents", "order_history"):
                rows = self._database.execute(
                    f"SELECT client_order_id, amount, price FROM {table} WHERE account IN ({journal_schema.SAME_SITE})"
                    " AND trading_pair = ? AND is_buy = ? AND created_at_s >= ?",
                    (self._account, self._account, trading_pair, int(is_buy), since_s),
                )
                found += [
                    (key, Decimal(amount), None if price is None else Decimal(price)) for key, amount, price in rows
                ]
        return found

    def take_over(self, owner: str) -> None:
        """The rows of another owner that are not closed are this one's from now on."""
        with self._writing():
            self._database.execute(
                f"UPDATE intents SET owner = ?, account = ? WHERE owner = ? AND {_IS_KEPT}",
                (self._owner, self._account, owner),
            )
            self._database.execute("UPDATE OR REPLACE follow_ups SET owner = ? WHERE owner = ?", (self._owner, owner))

    def close(self) -> None:
        """Closes the file; every later call raises `JournalError`."""
        self._database.close()

    def _columns(self) -> set[str]:
        return {name for _, name, *_ in self._database.execute("PRAGMA table_info(intents)")}

    def _make_tables(self) -> None:
        """Those of a new file, and what a file of an earlier version lacks."""
        with self._writing():
            for statement in journal_schema.SCHEMA.split(";"):
                self._database.execute(statement)
            known = self._columns()
            for name, kind in journal_schema.ADDED_COLUMNS.items():
                if name not in known:
                    self._database.execute(f"ALTER TABLE intents ADD COLUMN {name} {kind}")
            self._database.execute("INSERT OR REPLACE INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))

    def _row(self, intent: Intent) -> tuple[Any, ...]:
        rates = intent.fee_rates
        return (
            intent.client_order_id,
            self._owner,
            self._account,
            intent.trading_pair,
            intent.market,
            int(intent.is_buy),
            str(intent.amount),
            None if intent.price is None else str(intent.price),
            intent.created_at_s,
            IntentState.SENT.value if intent.state is IntentState.RECORDED else intent.state.value,
            intent.exchange_order_id,
            None if rates is None else str(rates.maker),
            None if rates is None else str(rates.taker),
            time.time(),
            int(intent.is_maker_only),
            intent.database,
            intent.newest_order_id,
        )

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
    def _writing(self) -> Iterator[None]:
        """All of it, or nothing."""
        with self._errors("written"), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"The order journal {self._path} cannot be {what} ({error}). No orders are placed until it can: "
                "look for a full disk, wrong permissions or a damaged file (move it away to start a new one)."
            ) from error


def _intent(row: tuple[Any, ...], is_cancel_wanted: bool) -> Intent:
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
        live_at_s=row[11] if IntentState(row[7]) is IntentState.LIVE else None,
        is_maker_only=bool(row[12]),
        database=row[13],
        newest_order_id=row[14] or 0,
    )
