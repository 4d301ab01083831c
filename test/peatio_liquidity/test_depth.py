"""From the source's book to the wanted levels."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peatio_liquidity.depth import Funds, Shape, wanted_levels
from peatio_liquidity.levels import Book, Level, MarketRules

D = Decimal

RULES = MarketRules(price_step=D("0.01"), amount_step=D("0.0001"), min_amount=D("0.001"), min_value=D("1"))
PLENTY = Funds(D(10**9), D(10**6), D(10**6), D(10**6))
SOURCE = Book(
    bids=(Level(D("100.00"), D(1)), Level(D("99.99"), D(2)), Level(D("99.00"), D(4))),
    asks=(Level(D("100.10"), D(3)), Level(D("100.20"), D(1)), Level(D("101.00"), D(5))),
)
NOBODY = Book()


def levels(*pairs: tuple[str, str]) -> tuple[Level, ...]:
    return tuple(Level(D(price), D(amount)) for price, amount in pairs)


def test_the_source_is_copied_a_spread_away_and_scaled() -> None:
    shape = Shape(levels=3, spread=D("0.001"), scale=D("0.5"))
    wanted = wanted_levels(SOURCE, shape, D(1), RULES, PLENTY, NOBODY)
    assert wanted.bids == levels(("99.90", "0.5"), ("99.89", "1"), ("98.90", "2"))
    assert wanted.asks == levels(("100.21", "1.5"), ("100.31", "0.5"), ("101.11", "2.5"))


def test_a_level_that_lies_between_two_own_ones_goes_to_the_farther_one() -> None:
    shape = Shape(levels=3, spread=D(0), distance=D("0.005"))
    wanted = wanted_levels(SOURCE, shape, D(1), RULES, PLENTY, NOBODY)
    assert wanted.bids == levels(("100.00", "1"), ("99.00", "6"))
    assert wanted.asks == levels(("100.10", "3"), ("101.00", "6"))


def test_a_level_holds_no_more_than_the_cap_and_there_are_no_more_than_wanted() -> None:
    wanted = wanted_levels(SOURCE, Shape(levels=2, spread=D(0), max_amount=D("1.5")), D(1), RULES, PLENTY, NOBODY)
    assert wanted.bids == levels(("100.00", "1"), ("99.99", "1.5"))
    assert wanted.asks == levels(("100.10", "1.5"), ("100.20", "1"))


def test_a_given_curve_starts_at_the_source_s_best_price() -> None:
    shape = Shape(levels=5, spread=D("0.001"), curve=((D(0), D(1)), (D("0.01"), D(2))))
    wanted = wanted_levels(SOURCE, shape, D(1), RULES, PLENTY, NOBODY)
    assert wanted.bids == levels(("99.90", "1"), ("98.90", "2"))
    assert wanted.asks == levels(("100.21", "1"), ("101.21", "2"))


def test_prices_are_of_the_own_quote_currency() -> None:
    wanted = wanted_levels(SOURCE, Shape(levels=1, spread=D(0)), D("1.02"), RULES, PLENTY, NOBODY)
    assert (wanted.bids[0].price, wanted.asks[0].price) == (D("102.00"), D("102.11"))


def test_best_prices_lie_the_minimum_spread_apart_and_nearer_levels_become_one() -> None:
    shape = Shape(levels=3, spread=D(0), min_spread=D("0.01"))
    wanted = wanted_levels(SOURCE, shape, D(1), RULES, PLENTY, NOBODY)
    assert wanted.bids == levels(("99.54", "2"), ("99.00", "4"))
    assert wanted.asks == levels(("100.56", "3"), ("101.00", "5"))


def test_no_quote_takes_what_others_offer() -> None:
    others = Book(bids=levels(("100.15", "1")), asks=levels(("99.99", "1")))
    wanted = wanted_levels(SOURCE, Shape(levels=3, spread=D(0)), D(1), RULES, PLENTY, others)
    assert wanted.bids[0].price == D("99.98")
    assert wanted.asks[0].price == D("100.16")


def test_funds_go_to_the_best_levels_first() -> None:
    funds = Funds(quote=D("150"), base=D("3.5"), bids=D(100), asks=D(100))
    wanted = wanted_levels(SOURCE, Shape(levels=3, spread=D(0)), D(1), RULES, funds, NOBODY)
    assert wanted.bids == levels(("100.00", "1"), ("99.99", "0.5"))
    assert wanted.asks == levels(("100.10", "3"), ("100.20", "0.5"))


def test_a_side_has_no_more_than_the_exposure_leaves() -> None:
    funds = Funds(quote=D(10**6), base=D(10**6), bids=D("1.2"), asks=D(0))
    wanted = wanted_levels(SOURCE, Shape(levels=3, spread=D(0)), D(1), RULES, funds, NOBODY)
    assert wanted.bids == levels(("100.00", "1"), ("99.99", "0.2"))
    assert wanted.asks == ()


def test_what_the_market_would_refuse_is_left_out() -> None:
    source = Book(bids=levels(("100", "0.0009"), ("99", "0.005"), ("98", "0.0123456")))
    wanted = wanted_levels(source, Shape(levels=3, spread=D(0)), D(1), RULES, PLENTY, NOBODY)
    assert wanted.bids == levels(("98", "0.0123"))


@pytest.mark.parametrize("source", [Book(), Book(bids=SOURCE.bids), Book(asks=SOURCE.asks)])
def test_a_side_that_the_source_does_not_have_is_not_wanted(source: Book) -> None:
    wanted = wanted_levels(source, Shape(levels=3, spread=D(0)), D(1), RULES, PLENTY, NOBODY)
    assert (bool(wanted.bids), bool(wanted.asks)) == (bool(source.bids), bool(source.asks))


PRICES = st.decimals("50", "150", places=2)
AMOUNTS = st.decimals("0.0001", "50", places=4)
SIDES = st.dictionaries(PRICES, AMOUNTS, max_size=12)
PARTS = st.decimals("0", "0.05", places=4)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Not crossed."""
    bids, asks = draw(SIDES), draw(SIDES)
    top = max(bids, default=D(0))
    return Book(
        tuple(Level(price, bids[price]) for price in sorted(bids, reverse=True)),
        tuple(Level(price, asks[price]) for price in sorted(asks) if price > top),
    )


@given(
    books(), books(), PARTS, PARTS, PARTS,
    st.decimals("0.5", "2", places=3), st.decimals("0", "1000", places=2), st.decimals("0", "20", places=3),
)  # fmt: skip
def test_wanted_levels_are_ones_that_the_market_takes_and_the_funds_pay(
    source: Book, others: Book, spread: D, min_spread: D, distance: D, rate: D, quote: D, room: D
) -> None:
    shape = Shape(levels=5, spread=spread, min_spread=min_spread, distance=distance)
    funds = Funds(quote, room, room / 2, room)
    wanted = wanted_levels(source, shape, rate, RULES, funds, others)
    assert not wanted.is_crossed
    for is_bid, opposite in ((True, others.asks), (False, others.bids)):
        side = wanted.side(is_bid)
        assert len(side) <= 5
        assert [level.price for level in side] == sorted({level.price for level in side}, reverse=is_bid)
        for level in side:
            assert RULES.accepts(level)
            assert level.price % RULES.price_step == 0
            assert level.amount % RULES.amount_step == 0
            assert not opposite or (level.price < opposite[0].price if is_bid else level.price > opposite[0].price)
        if side:
            reference = source.side(is_bid)[0].price * rate
            assert side[0].price <= reference * (1 - spread) if is_bid else side[0].price >= reference * (1 + spread)
    assert sum(level.price * level.amount for level in wanted.bids) <= quote
    assert sum(level.amount for level in wanted.bids) <= room / 2
    assert sum(level.amount for level in wanted.asks) <= room
