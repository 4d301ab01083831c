"""The three accounts of what happened: the bot's own, Hummingbot's database with the journal, the exchange's ledger."""

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.market import Market, OrderType, Side
from peatio_sandbox.exchange.records import FillRecord, OrderRecord, OrderState
from test.chaos.reports import Line, Status

# Hummingbot's database keeps millionths of prices and amounts and cuts the rest off (its SqliteDecimal(6)).
DATABASE_STEP = Decimal("0.000001")

_TURNED_UP = re.compile(r"Order (\S+), which the exchange did not have before, turned up")

# (client order id, trade id): how Hummingbot knows a fill.
FillKey = tuple[str, str]


@dataclass(frozen=True)
class LedgerOrder:
    """An order as the exchange's database has it."""

    order_id: str
    pair: str
    side: Side
    order_type: OrderType
    price: Decimal | None
    amount: Decimal
    state: OrderState


@dataclass(frozen=True)
class LedgerFill:
    """One order's part in a trade."""

    order_id: str
    trade_id: str
    pair: str
    side: Side
    price: Decimal
    amount: Decimal
    total: Decimal
    fees: Mapping[str, Decimal]


@dataclass(frozen=True)
class Ledger:
    """The truth.

    :param in_engine: ids of the bot's orders that stand in a matching engine's book
    :param start: free and locked funds together, at the beginning, by currency in upper case
    :param steps: smallest step of amount and of price, by pair
    :param by_hand: orders on the bot's account that somebody else placed and that nobody but they may touch
    """

    orders: Sequence[LedgerOrder]
    fills: Sequence[LedgerFill]
    in_engine: frozenset[str]
    start: Mapping[str, Decimal]
    free: Mapping[str, Decimal]
    locked: Mapping[str, Decimal]
    steps: Mapping[str, tuple[Decimal, Decimal]]
    by_hand: Sequence[LedgerOrder] = ()


@dataclass(frozen=True)
class DatabaseOrder:
    """A row of Hummingbot's table Order, with the statuses of its table OrderStatus."""

    client_order_id: str
    order_id: str
    price: Decimal
    amount: Decimal
    last_status: str
    statuses: Sequence[str]


@dataclass(frozen=True)
class DatabaseFill:
    """A row of Hummingbot's table TradeFill."""

    client_order_id: str
    trade_id: str
    pair: str
    side: Side
    price: Decimal
    amount: Decimal
    fees: Mapping[str, Decimal]


@dataclass(frozen=True)
class JournalRow:
    """What the journal says of an intent in the end."""

    client_order_id: str
    state: str
    order_id: str | None


@dataclass(frozen=True)
class Records:
    """What is on the bot's disk.

    :param history: the fills of the journal's history
    """

    orders: Mapping[str, DatabaseOrder]
    fills: Mapping[FillKey, DatabaseFill]
    journal: Mapping[str, JournalRow]
    history: Mapping[FillKey, LedgerFill] = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """One process of the bot: what was on disk when it started, and what it told."""

    before: Records
    lines: Sequence[Line]
    was_killed: bool


@dataclass(frozen=True)
class Evidence:
    """All of it.

    :param status: the connector's last word
    :param turned_up: intents that were given up after a lookup and whose order turned up later after all; for
        Hummingbot they had failed by then, so only their fills are recorded
    """

    lives: Sequence[Life]
    records: Records
    ledger: Ledger
    status: Status
    turned_up: frozenset[str] = frozenset()


def read_records(database: Path, journal: Path) -> Records:
    """What Hummingbot's database and the connector's journal hold now; nothing where they do not exist yet."""
    orders: dict[str, DatabaseOrder] = {}
    fills: dict[FillKey, DatabaseFill] = {}
    rows: dict[str, JournalRow] = {}
    history: dict[FillKey, LedgerFill] = {}
    with _opened(database) as connection:
        if connection is not None:
            orders = {order.client_order_id: order for order in _database_orders(connection)}
            fills = {(fill.client_order_id, fill.trade_id): fill for fill in _database_fills(connection)}
    with _opened(journal) as connection:
        if connection is not None:
            query = (
                "SELECT client_order_id, 'closed', exchange_order_id FROM order_history "
                "UNION ALL SELECT client_order_id, state, exchange_order_id FROM intents"
            )
            rows = {row[0]: JournalRow(*row) for row in connection.execute(query)}
            history = dict(_history_fills(connection))
    return Records(orders, fills, rows, history)


def read_ledger(
    sandbox: Sandbox, member: str, start: Mapping[str, Decimal], by_hand: Collection[int] = ()
) -> Ledger:
    """The member's orders, fills and funds at the exchange; `by_hand` are the ids of orders that are not the bot's."""
    balances = sandbox.balances(member)
    orders = {order.id: _ledger_order(order) for order in sandbox.orders(member)}
    return Ledger(
        orders=[order for order_id, order in orders.items() if order_id not in by_hand],
        fills=[_ledger_fill(sandbox, fill) for fill in sandbox.fills(member)],
        in_engine=frozenset(str(order_id) for order_id in engine_order_ids(sandbox) if order_id in orders),
        start=start,
        free={currency.upper(): free for currency, (free, _) in balances.items()},
        locked={currency.upper(): locked for currency, (_, locked) in balances.items()},
        steps={pair_of(market): _steps(market) for market in sandbox.exchange.markets.values()},
        by_hand=[orders[order_id] for order_id in by_hand],
    )


def pair_of(market: Market) -> str:
    """A market's name in Hummingbot."""
    return market.name.replace("/", "-")


def _ledger_order(order: OrderRecord) -> LedgerOrder:
    return LedgerOrder(
        str(order.id),
        pair_of(order.market_spec),
        order.side,
        order.ord_type,
        order.price,
        order.origin_volume,
        order.state,
    )


def _ledger_fill(sandbox: Sandbox, fill: FillRecord) -> LedgerFill:
    return LedgerFill(
        str(fill.order_id),
        str(fill.trade_id),
        pair_of(sandbox.exchange.markets[fill.market]),
        fill.side,
        fill.price,
        fill.amount,
        fill.total,
        {fill.fee_currency.upper(): fill.fee_amount},
    )


def _steps(market: Market) -> tuple[Decimal, Decimal]:
    return Decimal(1).scaleb(-market.amount_precision), Decimal(1).scaleb(-market.price_precision)


def turned_up_in(logs: Iterable[Path]) -> frozenset[str]:
    """The intents that the connector's logs say were given up and turned up later; see `Evidence`."""
    return turned_up_in_text("\n".join(log.read_text(errors="replace") for log in logs))


def turned_up_in_text(log: str) -> frozenset[str]:
    """As `turned_up_in`, of a log itself."""
    return frozenset(_TURNED_UP.findall(log))


def total_funds(sandbox: Sandbox, member: str) -> dict[str, Decimal]:
    """Free and locked funds together, by currency in upper case."""
    return {currency.upper(): free + locked for currency, (free, locked) in sandbox.balances(member).items()}


def engine_order_ids(sandbox: Sandbox) -> Iterator[int]:
    """The orders in the matching engines' books, whoever placed them."""
    for engine in sandbox.exchange._engines.values():
        for side in (engine.asks, engine.bids):
            for level in side._levels.values():
                yield from level.orders


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection | None]:
    if not path.exists():
        yield None
        return
    # Not read-only: what a kill left half written has to be rolled back, as Hummingbot's next start would do.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10.0)) as connection:
        yield connection


def _database_orders(connection: sqlite3.Connection) -> Iterator[DatabaseOrder]:
    if not _has_table(connection, "Order"):
        return
    statuses: dict[str, list[str]] = {}
    for client_order_id, status in connection.execute("SELECT order_id, status FROM OrderStatus ORDER BY id"):
        statuses.setdefault(client_order_id, []).append(status)
    query = 'SELECT id, exchange_order_id, price, amount, last_status FROM "Order"'
    for client_order_id, order_id, price, amount, last_status in connection.execute(query):
        yield DatabaseOrder(
            client_order_id, order_id, price * DATABASE_STEP, amount * DATABASE_STEP, last_status,
            statuses.get(client_order_id, ()),
        )


def _history_fills(connection: sqlite3.Connection) -> Iterator[tuple[FillKey, LedgerFill]]:
    query = (
        "SELECT client_order_id, trade_id, exchange_order_id, trading_pair, is_buy, price, amount, total, "
        "fee_currency, fee FROM fill_history"
    )
    for client_order_id, trade_id, order_id, pair, is_buy, price, amount, total, currency, fee in connection.execute(
        query
    ):
        side: Side = "buy" if is_buy else "sell"
        amounts = Decimal(price), Decimal(amount), Decimal(total)
        fill = LedgerFill(order_id, trade_id, pair, side, *amounts, {currency: Decimal(fee)})
        yield (client_order_id, trade_id), fill


def _database_fills(connection: sqlite3.Connection) -> Iterator[DatabaseFill]:
    if not _has_table(connection, "TradeFill"):
        return
    query = "SELECT order_id, exchange_trade_id, symbol, trade_type, price, amount, trade_fee FROM TradeFill"
    for client_order_id, trade_id, pair, trade_type, price, amount, fee in connection.execute(query):
        fees: dict[str, Decimal] = {}
        for flat in json.loads(fee)["flat_fees"]:
            fees[flat["token"]] = fees.get(flat["token"], Decimal(0)) + Decimal(flat["amount"])
        side: Side = "buy" if trade_type == "BUY" else "sell"
        yield DatabaseFill(client_order_id, trade_id, pair, side, price * DATABASE_STEP, amount * DATABASE_STEP, fees)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None
