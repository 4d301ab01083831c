"""Follows a bot's order journal from outside: what came since the last look. The bot may be writing it, or be dead."""

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME

from peatio_cli.report.fill import Fill
from peatio_cli.report.journal_form import form_problem
from peatio_cli.report.profit import EXACT, ZERO, MarketBook
from peatio_cli.watch.bot_state import OrderLife, Position
from peatio_cli.watch.read_only import open_read_only

#: So many fills and ended orders are remembered; the sums count all of them.
KEPT = 1000
_FILLS = """
    SELECT id, exchange_order_id, trade_id, account, trading_pair, is_buy, price, amount, total, fee, fee_currency,
           filled_at_s, client_order_id
    FROM fill_history WHERE id > ? ORDER BY id LIMIT ?
"""
#: Rows of one step, so that a history of years does not hold the event loop.
STEP = 5000
_OPEN = """
    SELECT client_order_id, exchange_order_id, account, trading_pair, market, is_buy, amount, price, state,
           created_at_s, CASE WHEN state = 'live' THEN updated_at_s END
    FROM intents WHERE state != 'closed' ORDER BY created_at_s
"""
_ENDED = """
    SELECT client_order_id, exchange_order_id, account, trading_pair, market, is_buy, amount, price, 'closed',
           created_at_s, live_at_s, closed_at_s, end, id
    FROM (SELECT * FROM order_history WHERE id > ? ORDER BY id DESC LIMIT ?) ORDER BY id
"""


_NOTHING = ZERO, ZERO


class JournalUnreadableError(Exception):
    """The journal cannot be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class BotFill:
    """A fill and the order of the bot that it belongs to."""

    fill: Fill
    client_order_id: str


@dataclass(frozen=True, slots=True)
class JournalNews:
    """What came with one look."""

    fills: tuple[BotFill, ...] = ()
    ended: tuple[OrderLife, ...] = ()


#: Site, trading pair, the market's sums, the fill.
OnFill = Callable[[str, str, MarketBook, Fill], None]


class JournalReader:
    """:param folder: an instance's data folder; there need be no journal in it yet
    :ivar open_orders: of all accounts, oldest first, as of the last look
    :ivar fills, ended: the last `KEPT` of each, oldest first
    :ivar sites: the journal's mark of an account → the exchange's URL, as far as it is noted
    :ivar symbols: trading pair → the exchange's symbol of the market
    :param on_fill: called for each fill with the market's sums after it
    """

    def __init__(self, folder: Path, on_fill: OnFill | None = None) -> None:
        self.path = folder / JOURNAL_NAME
        self._on_fill = on_fill
        self._database: sqlite3.Connection | None = None
        self._file_id: tuple[int, int] | None = None
        self._forget()

    def _forget(self) -> None:
        self.open_orders: tuple[OrderLife, ...] = ()
        self.fills: deque[BotFill] = deque(maxlen=KEPT)
        self.ended: deque[OrderLife] = deque(maxlen=KEPT)
        self.sites: dict[str, str] = {}
        self.symbols: dict[str, str] = {}
        self._books: dict[tuple[str, str], MarketBook] = {}
        self._filled: dict[str, tuple[Decimal, Decimal]] = {}
        self._last_fill = self._last_ended = 0

    def close(self) -> None:
        """Closes the file; the next look opens it again."""
        if self._database is not None:
            self._database.close()
        self._database = self._file_id = None

    def look(self) -> JournalNews:
        """Reads what is new; nothing where there is no journal yet.

        :raises JournalUnreadableError: when it cannot be read
        """
        try:
            found = self.path.stat()
        except OSError:
            self.close()
            self._forget()
            return JournalNews()
        if self._file_id != (found.st_dev, found.st_ino):  # another file: somebody moved the old one away
            self.close()
            self._forget()
        with self._errors():
            if self._database is None:
                self._database = open_read_only(self.path)
                self._check_form(self._database)
                self._file_id = (found.st_dev, found.st_ino)
            return self._news(self._database)

    @property
    def positions(self) -> tuple[Position, ...]:
        """What the fills of each market come to."""
        return tuple(
            Position(site, pair, book.figures()) for (site, pair), book in sorted(self._books.items())
        )

    def _news(self, database: sqlite3.Connection) -> JournalNews:
        for key, value in database.execute("SELECT key, value FROM meta WHERE key LIKE 'account %'").fetchall():
            self.sites[str(key).removeprefix("account ")] = _site(str(value))
        fills: list[BotFill] = []
        while rows := database.execute(_FILLS, (self._last_fill, STEP)).fetchall():
            for row in rows:
                self._last_fill = int(row[0])
                fills.append(self._fill(row[1:]))
                self._add(fills[-1])
        ended_rows = database.execute(_ENDED, (self._last_ended, KEPT)).fetchall()
        ended = tuple(self._order(row[:-1]) for row in ended_rows)
        if ended_rows:
            self._last_ended = int(ended_rows[-1][-1])
        self.ended.extend(ended)
        self.open_orders = tuple(self._order((*row, None, None)) for row in database.execute(_OPEN).fetchall())
        self._forget_fills_of_others(order.client_order_id for order in (*self.open_orders, *self.ended))
        return JournalNews(tuple(fills[-KEPT:]), ended)

    def _add(self, one: BotFill) -> None:
        fill = one.fill
        self.fills.append(one)
        key = self.sites.get(fill.account, ""), fill.trading_pair
        book = self._books.setdefault(key, MarketBook(fill.base, fill.quote))
        book.add(fill)
        if self._on_fill is not None:
            self._on_fill(*key, book, fill)
        amount, total = self._filled.get(one.client_order_id, _NOTHING)
        self._filled[one.client_order_id] = EXACT.add(amount, fill.amount), EXACT.add(total, fill.total)

    def _forget_fills_of_others(self, known: Iterable[str]) -> None:
        """The filled amounts of orders that are not shown any more."""
        if len(self._filled) > 4 * KEPT:
            kept = set(known)
            self._filled = {key: amount for key, amount in self._filled.items() if key in kept}

    def _order(self, row: tuple[Any, ...]) -> OrderLife:
        key, order_id, account, pair, market, is_buy, amount, price, state, created, live, ended, end = row
        try:
            amounts = Decimal(amount), None if price is None else Decimal(price)
        except InvalidOperation as error:
            raise self._damaged(f"order {key}") from error
        filled = self._filled.get(key, _NOTHING)
        self.symbols[pair] = market
        return OrderLife(
            key, order_id, account, pair, market, bool(is_buy), *amounts, *filled, state, created, live, ended, end
        )

    def _fill(self, row: tuple[Any, ...]) -> BotFill:
        try:
            price, amount, total, fee = map(Decimal, row[5:9])
        except (InvalidOperation, TypeError) as error:
            raise self._damaged(f"the fill of order {row[11]} in trade {row[1]}") from error
        currency = currency_name(str(row[9]))
        fill = Fill(row[0], row[1], row[2], row[3], bool(row[4]), price, amount, total, fee, currency, row[10])
        return BotFill(fill, str(row[11]))

    def _damaged(self, what: str) -> JournalUnreadableError:
        return JournalUnreadableError(
            f"{self.path}: {what} has an amount that is no number; remedy: restore the file from a copy"
        )

    def _check_form(self, database: sqlite3.Connection) -> None:
        problem = form_problem(database, self.path)
        if problem:
            raise JournalUnreadableError(problem)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except JournalUnreadableError:
            self.close()
            raise
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise JournalUnreadableError(
                f"{self.path} cannot be read ({error}); remedy: look for wrong permissions or a damaged file"
            ) from error


def _site(note: str) -> str:
    """The exchange's URL in what the journal notes of an account; the rest of the note stays there."""
    try:
        content = json.loads(note)
    except ValueError:
        return ""
    return str(content.get("site") or "") if isinstance(content, dict) else ""
