"""Orders whose figures Hummingbot's database would cut off."""

from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.execution.recorded_digits import RecordedDigits


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def digits(told: list[str]) -> RecordedDigits:
    return RecordedDigits(told.append, lambda: True)


@pytest.mark.parametrize(
    ("amount", "price", "words"),
    [
        ("1000", "0.00000745", "a price of 0.00000745 becomes 0.000007 in Hummingbot's database"),
        ("1000", "0.00000099", "a price of 0.00000099 becomes 0.000000 in"),
        ("1", "0.0123456789", "a price of 0.0123456789 becomes 0.012345 in"),
        ("0.00123456", "30000", "an amount of 0.00123456 becomes 0.001234 in"),
        ("9300000000000", "0.00000745", "an amount of 9300000000000 cannot be stored in"),
        ("9300000000000", "1", "an amount of 9300000000000 cannot be stored in"),
        ("9300000000000", "NaN", "an amount of 9300000000000 cannot be stored in"),
        ("1", "9223372036854.775808", "a price of 9223372036854.775808 cannot be stored in"),
    ],
)
def test_what_would_be_lost_is_named_once_a_pair(
    amount: str, price: str, words: str, digits: RecordedDigits, told: list[str]
) -> None:
    for pair in ("BAY-BTC", "BAY-BTC", "MYC-BTC"):
        digits.on_order(pair, Decimal(amount), Decimal(price))
    assert [text.partition(":")[0] for text in told] == ["BAY-BTC", "MYC-BTC"]
    assert words in told[0]
    assert told[0].endswith("For exact figures: hummingbot-peatio report.")


@pytest.mark.parametrize(
    ("amount", "price"),
    [("0.001", "30000.5"), ("1000", "0.000007"), ("1", "30000.12345678"), ("9200000000000", "1"), ("1", "NaN")],
)
def test_what_is_kept_is_not_mentioned(amount: str, price: str, digits: RecordedDigits, told: list[str]) -> None:
    digits.on_order("BTC-USD", Decimal(amount), Decimal(price))
    digits.on_order("BTC-USD", Decimal(amount), None)
    assert told == []


def test_nothing_is_said_where_nothing_records(told: list[str]) -> None:
    RecordedDigits(told.append, lambda: False).on_order("BAY-BTC", Decimal(1000), Decimal("0.00000745"))
    assert told == []


def test_a_price_that_happens_to_be_round_does_not_end_the_look(digits: RecordedDigits, told: list[str]) -> None:
    for price in ("0.000007", "0.00000745"):
        digits.on_order("BAY-BTC", Decimal(1000), Decimal(price))
    assert len(told) == 1
