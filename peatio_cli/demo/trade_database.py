"""Reads Hummingbot's trade database after the bot has ended.

The tables are those of Hummingbot's `model/order.py`, `order_status.py` and `trade_fill.py`. Prices and
amounts are integers of millionths (its SqliteDecimal(6)); fees are JSON with the amounts as strings.
"""

import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from peatio_cli.demo.comparison import DATABASE_STEP, Account, FillFact, OrderFact, OrderState, Side

# Hummingbot's names of the last event of an order (MarketEvent).
STATES = {
    "BuyOrderCreated": OrderState.OPEN,
    "SellOrderCreated": OrderState.OPEN,
    "OrderFilled": OrderState.OPEN,
    "BuyOrderCompleted": OrderState.FILLED,
    "SellOrderCompleted": OrderState.FILLED,
    "OrderCancelled": OrderState.CANCELLED,
    "OrderFailure": OrderState.FAILED,
}
SIDES: dict[str, Side] = {"BuyOrderCreated": "buy", "SellOrderCreated": "sell", "BUY": "buy", "SELL": "sell"}

ORDERS = """
    SELECT o.exchange_order_id, s.status, o.price, o.amount, o.last_status
    FROM "Order" o JOIN OrderStatus s ON s.order_id = o.id
    WHERE s.status IN ('BuyOrderCreated', 'SellOrderCreated') AND o.market = :market
    ORDER BY o.creation_timestamp, o.id
"""
FILLS = """
    SELECT COALESCE(o.exchange_order_id, f.order_id), f.exchange_trade_id,
           f.trade_type, f.price, f.amount, f.trade_fee
    FROM TradeFill f LEFT JOIN "Order" o ON o.id = f.order_id
    WHERE f.market = :market
    ORDER BY f.timestamp, f.exchange_trade_id
"""


def read_trade_database(path: Path, market: str = "peatio") -> Account:
    """All orders and fills of a connector in the database; none if the bot ended before it created the database.

    Raises:
        KeyError: this module does not know an order's last event.
    """
    if not path.exists():
        return Account((), ())
    # Not read-only: after a kill during a commit SQLite must roll it back first.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as database:
        return Account(
            tuple(
                OrderFact(order_id, SIDES[created], _decimal(price), _decimal(amount), STATES[status])
                for order_id, created, price, amount, status in database.execute(ORDERS, {"market": market})
            ),
            tuple(
                FillFact(order_id, trade_id, SIDES[side], _decimal(price), _decimal(amount), _fees(fee))
                for order_id, trade_id, side, price, amount, fee in database.execute(FILLS, {"market": market})
            ),
        )


def _decimal(millionths: int) -> Decimal:
    return millionths * DATABASE_STEP


def _fees(text: str) -> dict[str, Decimal]:
    fees: dict[str, Decimal] = {}
    for flat in json.loads(text)["flat_fees"]:
        fees[flat["token"]] = fees.get(flat["token"], Decimal(0)) + Decimal(flat["amount"])
    return fees
