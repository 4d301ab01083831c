"""Orders and fills of a bot's other connectors, from Hummingbot's own database: those of the Peatio ones are in the
order journal.

Hummingbot keeps amounts and prices with six decimal places there.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME

from peatio_cli.watch.read_only import open_read_only, stamp_of
from peatio_liquidity.hedge_journal import JOURNALS

#: So many of each are shown.
KEPT = 50
_SCALE = Decimal(1_000_000)
#: Hummingbot's events → what became of an order.
_STATES = {
    "BuyOrderCreated": "open",
    "SellOrderCreated": "open",
    "OrderFilled": "part filled",
    "BuyOrderCompleted": "filled",
    "SellOrderCompleted": "filled",
    "OrderCancelled": "cancelled",
    "OrderExpired": "expired",
    "OrderFailure": "failed",
}
#: One step along the index for each, however many orders there are.
_NEXT_MARKET = 'SELECT market FROM "{table}" WHERE market > ? ORDER BY market LIMIT 1'
_NEXT_SYMBOL = 'SELECT symbol FROM "{table}" WHERE market = ? AND symbol > ? ORDER BY symbol LIMIT 1'
_ORDERS = """
    SELECT id, market, symbol, order_type, amount, price, last_status, creation_timestamp, last_update_timestamp,
           (SELECT status FROM OrderStatus WHERE order_id = "Order".id ORDER BY timestamp LIMIT 1)
    FROM "Order" WHERE market = ? AND symbol = ? ORDER BY creation_timestamp DESC LIMIT ?
"""
_FILLS_OF = 'SELECT amount, price, trade_type FROM TradeFill WHERE market = ? AND order_id = ?'
_FILLS = """
    SELECT exchange_trade_id, order_id, market, symbol, trade_type, amount, price, timestamp, trade_fee_in_quote
    FROM TradeFill WHERE market = ? AND symbol = ? ORDER BY timestamp DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class ForeignOrder:
    """
    :ivar side: buy or sell; "" where nothing says
    :ivar price: None of a market order
    :ivar average: of its fills; None without one
    :ivar state: open, part filled, filled, cancelled, expired or failed, else Hummingbot's own word
    :ivar ended_at_s: epoch seconds; None while it may be filled
    """

    client_order_id: str
    connector: str
    trading_pair: str
    side: str
    amount: Decimal
    price: Decimal | None
    filled: Decimal
    average: Decimal | None
    state: str
    created_at_s: float
    ended_at_s: float | None


@dataclass(frozen=True, slots=True)
class ForeignFill:
    """:ivar fee_in_quote: None where Hummingbot does not know it"""

    trade_id: str
    client_order_id: str
    connector: str
    trading_pair: str
    side: str
    amount: Decimal
    price: Decimal
    filled_at_s: float
    fee_in_quote: Decimal | None


@dataclass(frozen=True, slots=True)
class ForeignRecords:
    """The latest first."""

    orders: tuple[ForeignOrder, ...] = ()
    fills: tuple[ForeignFill, ...] = ()

    @property
    def connectors(self) -> list[str]:
        return sorted({order.connector for order in self.orders} | {fill.connector for fill in self.fills})


class RecordsReader:
    """
    :param folder: an instance's data folder
    :param own: the connectors that have a journal; the caller may add some
    """

    def __init__(self, folder: Path, own: Collection[str]) -> None:
        self._folder = folder
        self._own = own
        self._known: dict[Path, tuple[tuple[int, ...], ForeignRecords]] = {}

    def look(self, problems: list[str]) -> ForeignRecords:
        """What is there now; a database that cannot be read becomes a problem, one of something else is passed over."""
        found = []
        for path in sorted(self._folder.glob("*.sqlite")):
            if path.name == JOURNAL_NAME or path.match(JOURNALS):
                continue
            try:
                stamp = stamp_of(path)
                known = self._known.get(path)
                if known is None or known[0] != stamp:
                    known = self._known[path] = stamp, self._read(path)
                found.append(known[1])
            except (sqlite3.Error, ArithmeticError, TypeError, ValueError, OSError) as error:
                if path in self._known and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                    found.append(self._known[path][1])  # the bot is writing: the next look reads it
                    continue
                problems.append(
                    f"{path}: the orders on other exchanges cannot be read ({error}); remedy: look at the file's "
                    "rights, or start the bot once if it was killed"
                )
        return ForeignRecords(
            tuple(sorted((one for each in found for one in each.orders), key=lambda one: -one.created_at_s)[:KEPT]),
            tuple(sorted((one for each in found for one in each.fills), key=lambda one: -one.filled_at_s)[:KEPT]),
        )

    def _read(self, path: Path) -> ForeignRecords:
        with closing(open_read_only(path)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master").fetchall()}
            if not {"Order", "OrderStatus", "TradeFill"} <= tables:
                return ForeignRecords()
            orders = [
                _order(row, database.execute(_FILLS_OF, (row[1], row[0])).fetchall())
                for market in self._foreign(database, "Order")
                for row in database.execute(_ORDERS, (*market, KEPT)).fetchall()
            ]
            fills = [
                _fill(row)
                for market in self._foreign(database, "TradeFill")
                for row in database.execute(_FILLS, (*market, KEPT)).fetchall()
            ]
        return ForeignRecords(tuple(orders), tuple(fills))

    def _foreign(self, database: sqlite3.Connection, table: str) -> Iterator[tuple[str, str]]:
        market = ""
        while row := database.execute(_NEXT_MARKET.format(table=table), (market,)).fetchone():
            market, symbol = str(row[0]), ""
            while market not in self._own and (
                row := database.execute(_NEXT_SYMBOL.format(table=table), (market, symbol)).fetchone()
            ):
                symbol = str(row[0])
                yield market, symbol


def _order(row: tuple[object, ...], fills: list[tuple[int, int, str]]) -> ForeignOrder:
    key, market, symbol, order_type, amount, price, last, created_ms, updated_ms, first = row
    filled = sum((_number(size) for size, _, _ in fills), Decimal(0))
    total = sum((_number(size) * _number(at) for size, at, _ in fills), Decimal(0))
    state = _STATES.get(str(last), str(last))
    is_open = state in ("open", "part filled")
    side = fills[0][2] if fills else str(first or last)
    return ForeignOrder(
        str(key), str(market), str(symbol), _side(side), _number(amount),
        None if str(order_type).upper() == "MARKET" else _number(price), filled, total / filled if filled else None,
        state, int(str(created_ms)) / 1e3, None if is_open else int(str(updated_ms)) / 1e3,
    )  # fmt: skip


def _fill(row: tuple[object, ...]) -> ForeignFill:
    trade, order, market, symbol, side, amount, price, at_ms, fee = row
    return ForeignFill(
        str(trade), str(order), str(market), str(symbol), _side(str(side)), _number(amount), _number(price),
        int(str(at_ms)) / 1e3, None if fee is None else _number(fee),
    )  # fmt: skip


def _number(stored: object) -> Decimal:
    return Decimal(str(stored)) / _SCALE


def _side(word: str) -> str:
    """In the name of an event, or in the type of a trade."""
    lower = word.lower()
    return next((side for side in ("buy", "sell") if lower.startswith(side)), "")
