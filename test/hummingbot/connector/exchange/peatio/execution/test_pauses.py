"""Pauses and self-trades: small pure rules."""

from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PlacementError, RefusedError, error_from_answer
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.pauses import PlacementPauses
from hummingbot.connector.exchange.peatio.execution.self_trades import crossed_orders
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_book_row import OrderBookRow


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def refusal(status: int, code: str) -> RefusedError:
    """A gateway's page where there is no code."""
    body = f'{{"errors":["{code}"]}}' if code else "<html>forbidden</html>"
    error = error_from_answer("POST market/orders", status, {}, body)
    assert isinstance(error, RefusedError)
    return error


@pytest.mark.parametrize(
    ("status", "code", "pauses_here", "pauses_elsewhere"),
    [
        (401, "authz.apikey_not_active", True, True),
        (403, "market.trade.not_permitted", True, True),
        (403, "", True, False),
        (422, "market.spot_market.doesnt_exist_or_not_enabled", True, False),
        (422, "market.order.invalid_volume_or_price", False, False),
        (422, "market.account.insufficient_balance", False, False),
        (401, "authz.nonce_expired", False, False),
    ],
)
def test_a_refusal_pauses_the_markets_it_concerns(
    status: int, code: str, pauses_here: bool, pauses_elsewhere: bool
) -> None:
    clock, report = Clock(), list[str]()
    pauses = PlacementPauses(clock, report.append)
    for _ in range(2):
        pauses.on_refusal("BTC-USD", refusal(status, code))
    assert len(report) == pauses_here, "reported once"
    for market, is_paused in (("BTC-USD", pauses_here), ("ETH-USD", pauses_elsewhere)):
        verdict = pauses.verdict(market)
        assert (isinstance(verdict, PlacementError) and (code or "403") in str(verdict)) is is_paused
    clock.now_s += CONSTANTS.PLACEMENT_PAUSE_S
    assert pauses.verdict("BTC-USD") is None
    pauses.on_success("BTC-USD")
    assert len(report) == 2 * pauses_here, "and its end as well"


def test_each_pause_that_follows_on_another_is_longer_up_to_a_minute() -> None:
    clock, report = Clock(), list[str]()
    pauses = PlacementPauses(clock, report.append)
    for length_s in (5, 10, 20, 40, 60, 60):
        for _ in range(3):  # orders that were sent together
            pauses.on_refusal("BTC-USD", refusal(403, ""))
        clock.now_s += length_s - 0.1
        assert pauses.verdict("BTC-USD") is not None
        clock.now_s += 0.2
        assert pauses.verdict("BTC-USD") is None
    assert len(report) == 1
    pauses.on_success("BTC-USD")
    pauses.on_refusal("BTC-USD", refusal(403, ""))
    clock.now_s += 5
    assert pauses.verdict("BTC-USD") is None, "the next episode begins with a short one"


def test_a_full_market_takes_the_next_order_when_one_has_ended() -> None:
    clock, report = Clock(), list[str]()
    pauses = PlacementPauses(clock, report.append)
    pauses.on_order_ended("BTC-USD")
    pauses.on_refusal("BTC-USD", refusal(422, "market.order.open_orders_limit"))
    pauses.on_order_ended("ETH-USD")
    assert "fewer order levels" in str(pauses.verdict("BTC-USD"))
    pauses.on_order_ended("BTC-USD")
    assert pauses.verdict("BTC-USD") is None
    pauses.on_refusal("BTC-USD", refusal(422, "market.order.open_orders_limit"))
    assert len(report) == 1, "reported once"
    pauses.on_success("BTC-USD")
    pauses.on_order_ended("BTC-USD")
    assert len(report) == 2


def order(side: TradeType, price: str, kind: OrderType = OrderType.LIMIT, amount: str = "1") -> TrackedOrder:
    return TrackedOrder(
        client_order_id=f"{side.name}-{price}",
        trading_pair="BTC-USD",
        order_type=kind,
        trade_type=side,
        amount=Decimal(amount),
        price=Decimal(price),
        creation_timestamp=1.0,
    )


BUY, SELL = TradeType.BUY, TradeType.SELL


@pytest.mark.parametrize(
    ("new", "crosses"),
    [
        (order(BUY, "100"), True),
        (order(BUY, "101"), True),
        (order(BUY, "99.99"), False),
        (order(SELL, "90"), True),
        (order(SELL, "89"), True),
        (order(SELL, "90.01"), False),
    ],
)
def test_an_order_crosses_ones_own_at_the_same_price_or_beyond(new: TrackedOrder, crosses: bool) -> None:
    own = [order(SELL, "100"), order(SELL, "110"), order(BUY, "90"), order(BUY, "80")]
    found = crossed_orders(new, own, None)
    assert found == ([own[0 if new.trade_type is BUY else 2]] if crosses else [])


def test_all_own_orders_that_it_crosses_are_found_the_nearest_first() -> None:
    own = [order(SELL, "110"), order(SELL, "100"), order(SELL, "120")]
    assert crossed_orders(order(BUY, "110"), own, None) == [own[1], own[0]]


def test_a_limit_order_would_match_ones_own_market_order_whatever_its_price() -> None:
    market = order(SELL, "NaN", OrderType.MARKET)
    assert crossed_orders(order(BUY, "1"), [market], None) == [market]


def test_ended_orders_and_those_of_other_markets_do_not_count() -> None:
    elsewhere = order(SELL, "100")
    elsewhere.trading_pair = "ETH-USD"
    market = order(SELL, "100", OrderType.MARKET)
    assert crossed_orders(order(BUY, "120"), [elsewhere], None) == []
    assert crossed_orders(order(BUY, "NaN", OrderType.MARKET), [market], None) == [], "neither of them rests"


@pytest.mark.parametrize(("amount", "crosses"), [("2", False), ("2.5", True)])
def test_a_market_order_reaches_ones_own_where_the_others_do_not_suffice(amount: str, crosses: bool) -> None:
    book = PeatioOrderBook()
    asks = [OrderBookRow(98.0, 1.0, 1), OrderBookRow(99.0, 1.0, 1), OrderBookRow(100.0, 5.0, 1)]
    book.apply_snapshot([], asks, 1)
    new = order(BUY, "NaN", OrderType.MARKET, amount)
    own = [order(SELL, "100")]
    assert crossed_orders(new, own, book) == (own if crosses else [])
    assert crossed_orders(new, own, None) == own, "without a book it is taken to reach it"


@pytest.mark.parametrize(("amount", "reached"), [("0.5", 0), ("1", 0), ("1.5", 1), ("2", 1), ("2.5", 2)])
def test_ones_own_orders_in_the_book_are_not_what_others_offer(amount: str, reached: int) -> None:
    """They are cancelled before the market order goes."""
    book = PeatioOrderBook()
    asks = [(98.0, 1.0), (99.0, 1.0), (99.5, 1.0), (100.0, 1.0)]  # the second and the last are ours
    book.apply_snapshot([], [OrderBookRow(*ask, 1) for ask in asks], 1)
    own = [order(SELL, "99"), order(SELL, "100")]
    assert crossed_orders(order(BUY, "NaN", OrderType.MARKET, amount), own, book) == own[:reached]
