"""Which orders are too small, how often the user reads of it, and which amount they are told to set."""

from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.execution.order_sizes import OrderSizes, smallest_amount
from hummingbot.connector.trading_rule import TradingRule

PAIR = "BTC-USD"
D = Decimal


def rule(minimum: str = "0.001", step: str = "0.0001", pair: str = PAIR) -> TradingRule:
    return TradingRule(pair, min_order_size=D(minimum), min_base_amount_increment=D(step))


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def sizes(told: list[str]) -> OrderSizes:
    return OrderSizes(told.append)


def test_an_amount_below_the_minimum_is_named_once_a_pair(sizes: OrderSizes, told: list[str]) -> None:
    for amount in ("0.00052", "0.00051"):
        sizes.on_order(rule(), D(amount), D("0.0005"))
    sizes.on_order(rule(pair="ETH-USD"), D("0.0005"), D("0.0005"))
    assert told[0] == (
        "BTC-USD: set the order amount to 0.001 or more. The exchange takes no order of 0.00052, so none is sent. "
        "If it is set larger, the balance is too low."
    )
    assert len(told) == 2
    assert list(sizes.notices) == [PAIR, "ETH-USD"]
    assert "no order of 0.00051," in sizes.notices[PAIR], "status has the last one"


def test_an_amount_that_rounds_to_zero_makes_no_order_and_is_named(sizes: OrderSizes, told: list[str]) -> None:
    sizes.on_rounded(rule(), D("0.00009"))
    sizes.on_order(rule(), D("0.00009"), D(0))
    assert len(told) == 1
    assert "no order of 0.00009," in told[0]


@pytest.mark.parametrize("amount", ["0.0001", "0", "-1", "NaN"])
def test_an_ordinary_amount_is_rounded_without_a_word(amount: str, sizes: OrderSizes, told: list[str]) -> None:
    sizes.on_rounded(rule(), D(amount))
    sizes.on_order(rule(), D("0.001"), D("0.001"))
    assert (told, sizes.notices) == ([], {})


def test_a_placed_order_ends_it_and_remainders_are_usual_afterwards(sizes: OrderSizes, told: list[str]) -> None:
    sizes.on_order(rule(), D("0.0005"), D("0.0005"))
    sizes.on_placed(PAIR)
    assert sizes.notices == {}
    sizes.on_rounded(rule(), D("0.00001"))
    assert (len(told), sizes.notices) == (1, {})
    sizes.on_order(rule(), D("0.0005"), D("0.0005"))
    assert (len(told), list(sizes.notices)) == (1, [PAIR]), "an order that failed is named by status again"


@pytest.mark.parametrize(
    ("minimum", "step", "smallest"),
    [("0.001", "0.0001", "0.001"), ("0.00015", "0.0001", "0.0002"), ("0", "0.01", "0.01"), ("10", "1", "10")],
)
def test_the_amount_to_set_is_one_that_the_market_takes(minimum: str, step: str, smallest: str) -> None:
    assert f"{smallest_amount(rule(minimum, step)):f}" == smallest
