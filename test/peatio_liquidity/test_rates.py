"""The rate between the quote currencies, from a market whose connection may be lost."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from peatio_liquidity.levels import Book, Level
from peatio_liquidity.rates import MarketRate

D = Decimal


def rate(base: str, is_whole: bool = True) -> MarketRate:
    """Of a market whose mid is 1.25."""
    book = Book((Level(D("1.2"), D(1)),), (Level(D("1.3"), D(1)),))
    market: Any = SimpleNamespace(base=base, age_s=3.0, has_changed=lambda: False, read=lambda: book)
    connection: Any = SimpleNamespace(is_whole=lambda: is_whole)
    return MarketRate(market, "USD", connection)


@pytest.mark.parametrize(("base", "value"), [("USDT", D("1.25")), ("USD", D("0.8"))])
def test_the_rate_is_the_mid_either_way_round(base: str, value: Decimal) -> None:
    assert rate(base).value == value
    assert rate(base).age_s == 3.0


def test_there_is_none_while_the_market_s_book_may_have_levels_that_are_gone() -> None:
    assert rate("USDT", is_whole=False).value is None
