"""Quotes stand for levels: as many as possible."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from peatio_liquidity.levels import Level
from peatio_liquidity.matching import Tolerance, matched

D = Decimal
TOLERANCE = Tolerance(D("0.01"), D("0.2"))


def at(*prices: str, amount: str = "1") -> list[Level]:
    return [Level(D(price), D(amount)) for price in prices]


def test_a_grid_that_moved_by_more_than_half_a_step_keeps_all_its_quotes() -> None:
    quotes, wanted = at("100", "101", "102"), at("100.6", "101.6", "102.6")
    assert sorted(matched(quotes, wanted, TOLERANCE)) == [(0, 0), (1, 1), (2, 2)]


def test_one_that_moved_beyond_the_tolerance_loses_only_its_end() -> None:
    quotes, wanted = at("102", "101", "100"), at("101.3", "102.3", "103.3")
    assert sorted(matched(quotes, wanted, TOLERANCE)) == [(0, 1), (1, 0)]


def test_of_two_quotes_for_one_level_the_nearer_one_stays() -> None:
    assert matched(at("100.5", "100.1", "99.5"), at("100"), TOLERANCE) == [(1, 0)]


def test_another_amount_is_no_match() -> None:
    assert matched(at("100", amount="1.3"), at("100"), TOLERANCE) == []
    assert matched(at("100", amount="1.2"), at("100"), TOLERANCE) == [(0, 0)]


PRICES = st.lists(st.integers(9900, 10100).map(lambda price: D(price) / 100), max_size=6)


def most(quotes: Sequence[Level], wanted: Sequence[Level]) -> int:
    """By trying every pairing."""
    if not quotes:
        return 0
    first, rest = quotes[0], quotes[1:]
    reached = [level for level in wanted if abs(level.price - first.price) <= level.price * TOLERANCE.price / 2]
    with_first = (1 + most(rest, [other for other in wanted if other is not level]) for level in reached)
    return max([most(rest, wanted), *with_first])


@given(PRICES, PRICES)
def test_no_pairing_has_more_pairs(live: list[D], levels: list[D]) -> None:
    quotes, wanted = [Level(price, D(1)) for price in live], [Level(price, D(1)) for price in levels]
    pairs = matched(quotes, wanted, Tolerance(TOLERANCE.price / 2, D(0)))
    assert len(pairs) == most(quotes, wanted)
    assert len({quote for quote, _ in pairs}) == len({level for _, level in pairs}) == len(pairs)
