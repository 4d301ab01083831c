"""Hummingbot's trade database is read as Hummingbot itself writes it."""

from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount
from hummingbot.model import get_declarative_base
from hummingbot.model.order import Order
from hummingbot.model.order_status import OrderStatus
from hummingbot.model.trade_fill import TradeFill
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from peatio_cli.demo.comparison import Account, FillFact, OrderFact, OrderState
from peatio_cli.demo.trade_database import read_trade_database

D = Decimal

COMMON = {
    "config_file_path": "conf_demo.yml",
    "strategy": "pure_market_making",
    "market": "peatio",
    "symbol": "BTC-USD",
    "base_asset": "BTC",
    "quote_asset": "USD",
    "order_type": "LIMIT",
    "leverage": 1,
}


def order(
    client_order_id: str, order_id: str, last_status: str, *statuses: str, market: str = "peatio"
) -> list[object]:
    """The rows that Hummingbot's MarketsRecorder writes for an order."""
    record = Order(
        id=client_order_id,
        creation_timestamp=1_700_000_000_000 + int(order_id),
        amount=D("0.12345678"),
        price=D("30000.12"),
        last_status=last_status,
        last_update_timestamp=1_700_000_000_000,
        exchange_order_id=order_id,
        **{**COMMON, "market": market},
    )
    return [
        record,
        *(OrderStatus(order=record, timestamp=1_700_000_000_000, status=name) for name in statuses),
    ]


def fill(client_order_id: str, trade_id: str, side: str, market: str = "peatio") -> TradeFill:
    """The row that Hummingbot's MarketsRecorder writes for a fill."""
    fee = DeductedFromReturnsTradeFee(flat_fees=[TokenAmount("BTC", D("0.00000012345678"))])
    return TradeFill(
        timestamp=1_700_000_000_000,
        order_id=client_order_id,
        trade_type=side,
        price=D("30000.12"),
        amount=D("0.1"),
        trade_fee=fee.to_json(),
        trade_fee_in_quote=D("0.0037"),
        exchange_trade_id=trade_id,
        **{**COMMON, "market": market},
    )


def write(path: Path, *rows: object) -> None:
    """Make a database with these rows."""
    engine = create_engine(f"sqlite:///{path}")
    get_declarative_base().metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows)
        session.commit()
    engine.dispose()


def test_orders_and_fills_are_read(tmp_path: Path) -> None:
    path = tmp_path / "demo run.sqlite"
    write(
        path,
        *order("buy-1", "1", "BuyOrderCompleted", "BuyOrderCreated", "OrderFilled", "BuyOrderCompleted"),
        *order("sell-2", "2", "OrderCancelled", "SellOrderCreated", "OrderCancelled"),
        *order("sell-3", "3", "OrderFilled", "SellOrderCreated", "OrderFilled"),
        *order("buy-4", "4", "OrderFailure", "BuyOrderCreated", "OrderFailure"),
        fill("buy-1", "71", "BUY"),
        fill("sell-3", "71", "SELL"),
        fill("unknown", "72", "SELL"),
    )
    price, amount = D("30000.12"), D("0.123456")
    fees = {"BTC": D("0.00000012345678")}

    assert read_trade_database(path) == Account(
        (
            OrderFact("1", "buy", price, amount, OrderState.FILLED),
            OrderFact("2", "sell", price, amount, OrderState.CANCELLED),
            OrderFact("3", "sell", price, amount, OrderState.OPEN),
            OrderFact("4", "buy", price, amount, OrderState.FAILED),
        ),
        (
            FillFact("1", "71", "buy", price, D("0.1"), fees),
            FillFact("3", "71", "sell", price, D("0.1"), fees),
            FillFact("unknown", "72", "sell", price, D("0.1"), fees),
        ),
    )


def test_two_exchanges_of_one_bot_are_read_apart(tmp_path: Path) -> None:
    """Their order and trade ids may be the same."""
    path = tmp_path / "two.sqlite"
    write(
        path,
        *order("buy-1", "1", "BuyOrderCompleted", "BuyOrderCreated", market="peatio_east"),
        *order("sell-1", "1", "SellOrderCompleted", "SellOrderCreated", market="peatio_west"),
        fill("buy-1", "71", "BUY", market="peatio_east"),
        fill("sell-1", "71", "SELL", market="peatio_west"),
    )
    for market, side in (("peatio_east", "buy"), ("peatio_west", "sell")):
        account = read_trade_database(path, market)
        assert [each.side for each in account.orders] == [side]
        assert [each.side for each in account.fills] == [side]


def test_a_database_that_was_never_made_is_empty(tmp_path: Path) -> None:
    assert read_trade_database(tmp_path / "none.sqlite") == Account((), ())
    assert not (tmp_path / "none.sqlite").exists()


def test_an_unknown_state_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "demo.sqlite"
    write(path, *order("buy-1", "1", "OrderVanished", "BuyOrderCreated", "OrderVanished"))
    with pytest.raises(KeyError, match="OrderVanished"):
        read_trade_database(path)
