"""What a market's rules do."""

from decimal import Decimal

from peatio_liquidity.levels import MarketRules

D = Decimal


def test_the_smallest_order_follows_from_the_amount_or_from_the_value() -> None:
    rules = MarketRules(D("0.1"), D("0.01"), min_amount=D("0.1"), min_value=D(5))
    assert rules.smallest(D(100)) == D("0.1")
    assert rules.smallest(D(10)) == D("0.5")
