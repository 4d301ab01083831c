"""Which LIMIT_MAKER orders may be sent, by the book of that moment."""

import logging
import re
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import WouldTakeError
from hummingbot.connector.exchange.peatio.execution.counts import new_counts
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.order_books.commands import Job
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.core.data_type.common import OrderType, TradeType

from test.hummingbot.connector.exchange.peatio.book_support import followed_book, increment

PAIR = "BTC-USD"
BIDS, ASKS = [["0.00002431", "5"], ["0.00002430", "5"]], [["0.00002433", "5"], ["0.00002434", "5"]]


def invalid_book() -> BookSync:
    market = followed_book(PAIR, BIDS, ASKS)
    market.on_message("ob-inc", increment(9, "bids", "1", "1"), 1.0)
    return market


def order(price: str, side: TradeType = TradeType.BUY, order_type: OrderType = OrderType.LIMIT_MAKER) -> Any:
    return TrackedOrder("c1", PAIR, order_type, side, Decimal(1), 0.0, Decimal(price))


def maker_only(market: BookSync | None, is_native: bool = False) -> MakerOnly:
    books = {} if market is None else {PAIR: market}
    logger = logging.getLogger(__name__)
    return MakerOnly(lambda: is_native, lambda: books, new_counts(), lambda text: None, logger)


@pytest.mark.parametrize(
    ("side", "price", "would_take"),
    [
        (TradeType.BUY, "0.00002432", False),
        (TradeType.BUY, "0.00002433", True),
        (TradeType.BUY, "1", True),
        (TradeType.SELL, "0.00002432", False),
        (TradeType.SELL, "0.00002431", True),
        (TradeType.SELL, "0.00000001", True),
    ],
)
def test_the_other_sides_best_price_decides(side: TradeType, price: str, would_take: bool) -> None:
    verdict = maker_only(followed_book(PAIR, BIDS, ASKS)).verdict(order(price, side))
    assert (verdict is not None and "would take liquidity" in str(verdict)) is would_take


def test_an_empty_side_of_a_followed_book_has_nothing_to_take() -> None:
    assert maker_only(followed_book(PAIR, BIDS, [])).verdict(order("1")) is None


@pytest.mark.parametrize("market", [None, invalid_book()])
def test_without_a_followed_book_none_passes(market: BookSync | None) -> None:
    checked = maker_only(market)
    assert re.search(r"it is not tracked|its sequence went from 1 to 9", str(checked.verdict(order("0.00000001"))))


def fed_book() -> BookSync:
    market = invalid_book()
    now_s = 1.0 + CONSTANTS.REST_FALLBACK_AFTER_S
    market.tick(now_s)
    market.on_depth(Job.FEED, {"timestamp": 1, "bids": BIDS, "asks": ASKS}, now_s)
    return market


def test_a_book_that_is_fed_from_rest_depth_counts() -> None:
    checked = maker_only(fed_book())
    assert checked.verdict(order("0.00002432")) is None
    assert isinstance(checked.verdict(order("0.00002433")), WouldTakeError)


@pytest.mark.parametrize("is_native", [True, False])
def test_from_rest_depth_only_resting_limit_orders_pass(is_native: bool) -> None:
    """It is seconds old: what an order would take may be gone."""
    checked = maker_only(fed_book(), is_native)
    assert checked.verdict(order("0.00002432", order_type=OrderType.LIMIT)) is None
    for price, order_type in (("0.00002433", OrderType.LIMIT), ("NaN", OrderType.MARKET)):
        assert re.search("fed from REST depth", str(checked.verdict(order(price, order_type=order_type))))


def test_levels_that_are_put_aside_can_be_met_too() -> None:
    """A bid came before the ask that it crosses was taken out: by what the exchange said both are there."""
    market = followed_book(PAIR, BIDS, ASKS, 11)
    market.on_message("ob-inc", increment(12, "bids", "0.00002433", "1"), 1.0)
    assert market.levels.is_crossed
    assert re.search(r"best ask is 0\.00002433", str(maker_only(market).verdict(order("0.00002433"))))
    market.on_message("ob-inc", increment(13, "asks", "0.00002433", ""), 1.0)
    assert maker_only(market).verdict(order("0.00002433")) is None


@pytest.mark.parametrize("order_type", [OrderType.LIMIT, OrderType.MARKET])
def test_other_types_pass(order_type: OrderType) -> None:
    assert maker_only(None).verdict(order("1", order_type=order_type)) is None


def test_where_the_exchange_decides_the_book_is_not_looked_at() -> None:
    assert maker_only(None, is_native=True).verdict(order("1")) is None
