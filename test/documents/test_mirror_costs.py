"""The counting behind the table of what a mirror costs in requests."""

from decimal import Decimal
from itertools import pairwise

import pytest

from peatio_liquidity.config import LiquidityConfig
from peatio_liquidity.levels import Book, Level
from test.documents import mirror_costs

CONFIG = LiquidityConfig(
    id="costs", source_pair="BTC-USD", bid_budget_quote=10**9, ask_budget_base=10**9, max_exposure_base=10**9, levels=2
)


def book(bid: str) -> Book:
    """Two bids, 1 % apart."""
    return Book((Level(Decimal(bid), Decimal(1)), Level(Decimal(bid) * Decimal("0.99"), Decimal(1))))


@pytest.mark.parametrize(
    ("books", "count"),
    [
        (["30000"], 2),  # two creates
        (["30000", "30003"], 2),  # within the tolerance of 0.02 %
        (["30000", "30030"], 6),  # both are cancelled and created
        (["30000", "30030", "30000"], 10),  # far beyond half of the spread
    ],
)
def test_creates_and_cancels_are_counted(books: list[str], count: int) -> None:
    assert mirror_costs.requests(CONFIG, map(book, books)) == count


def test_a_market_with_a_flickering_level_changes_in_nothing_else() -> None:
    first, second, third, fourth, *_ = mirror_costs.books(mirror_costs.QUIET, flickers=True)
    assert (first, second) == (third, fourth)
    assert len(first.bids) == len(second.bids) + 1
    assert set(second.asks) < set(first.asks)


def test_the_market_is_the_same_each_time_and_moves_as_far_as_the_page_says() -> None:
    first, again = (list(mirror_costs.books(mirror_costs.BUSY)) for _ in range(2))
    assert first == again
    mids = [float(each.mid or 0) for each in first]
    moved = sum((after / before - 1) ** 2 for before, after in pairwise(mids)) ** 0.5
    minutes = mirror_costs.SECONDS / 60
    assert moved == pytest.approx(mirror_costs.BUSY * minutes**0.5, rel=0.1)
