"""Exposure, and the orders on the source that close it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peatio_liquidity.exposure import Exposure, PendingHedge
from peatio_liquidity.funds import Hedgeable
from peatio_liquidity.hedging import HedgeOrder, NoHedge, next_hedge
from peatio_liquidity.levels import Book, Level, MarketRules

D = Decimal

RULES = MarketRules(price_step=D("0.1"), amount_step=D("0.01"), min_amount=D("0.1"), min_value=D("5"))
SOURCE = Book(
    bids=(Level(D("100"), D(1)), Level(D("99"), D(2)), Level(D("90"), D(50))),
    asks=(Level(D("101"), D(1)), Level(D("102"), D(2)), Level(D("120"), D(50))),
)
SLIPPAGE = D("0.02")
RICH = Hedgeable(sells=D(1000), buys=D(1000))


def test_what_was_bought_is_sold_at_no_worse_a_price_than_accepted() -> None:
    order = next_hedge(Exposure(D("1.239")), SOURCE, RULES, SLIPPAGE, RICH)
    assert order == HedgeOrder(False, D("1.23"), D("98.0"), D(100))


def test_what_was_sold_is_bought() -> None:
    order = next_hedge(Exposure(D("-0.5")), SOURCE, RULES, SLIPPAGE, RICH)
    assert order == HedgeOrder(True, D("0.50"), D("103.0"), D(101))


@pytest.mark.parametrize("net", ["0", "0.09", "-0.0999"])
def test_less_than_the_source_s_minimum_waits(net: str) -> None:
    assert next_hedge(Exposure(D(net)), SOURCE, RULES, SLIPPAGE, RICH) is None


def test_less_than_the_source_s_minimum_value_waits() -> None:
    cheap = Book(bids=(Level(D(1), D(1000)),), asks=(Level(D(2), D(1000)),))
    assert next_hedge(Exposure(D("4.9")), cheap, RULES, SLIPPAGE, RICH) is None
    assert next_hedge(Exposure(D("6")), cheap, RULES, SLIPPAGE, RICH) == HedgeOrder(False, D("6.00"), D("1.0"), D(1))


def test_what_the_source_offers_within_the_slippage_is_taken_and_the_rest_waits_for_the_next() -> None:
    assert next_hedge(Exposure(D(10)), SOURCE, RULES, SLIPPAGE, RICH) == HedgeOrder(False, D("3.00"), D("98.0"), D(100))


def test_a_market_order_is_no_larger_than_what_the_source_offers_within_the_slippage() -> None:
    order = next_hedge(Exposure(D(10)), SOURCE, RULES, SLIPPAGE, RICH, is_market=True)
    assert order == HedgeOrder(False, D("3.00"), D("98.0"), D(100), is_market=True)
    order = next_hedge(Exposure(D(-10)), SOURCE, RULES, D("0.005"), RICH, is_market=True)
    assert order == HedgeOrder(True, D("1.00"), D("101.5"), D(101), is_market=True)
    thin = Book(bids=(Level(D("100"), D("0.05")), Level(D("90"), D(50))))
    found = next_hedge(Exposure(D(1)), thin, RULES, SLIPPAGE, RICH, is_market=True)
    assert found == NoHedge(False, "the source offers 0.05 within 2% of its best price 100")


def test_no_order_is_larger_than_the_source_takes_and_the_rest_waits_for_the_next() -> None:
    small = replace(RULES, max_amount=D("0.755"))
    assert next_hedge(Exposure(D(-2)), SOURCE, small, SLIPPAGE, RICH) == HedgeOrder(True, D("0.75"), D("103.0"), D(101))


def test_what_cannot_be_hedged_has_a_reason() -> None:
    thin = Book(bids=(Level(D("100"), D("0.05")),), asks=SOURCE.asks)
    found = next_hedge(Exposure(D(1)), thin, RULES, SLIPPAGE, RICH)
    assert found == NoHedge(False, "the source offers 0.05 within 2% of its best price 100")
    empty = Book(bids=SOURCE.bids)
    assert next_hedge(Exposure(D(-1)), empty, RULES, SLIPPAGE, RICH) == NoHedge(True, "the source has no asks")


def test_a_hedge_is_no_larger_than_the_source_s_balance_pays_for() -> None:
    poor = Hedgeable(sells=D("0.509"), buys=D("0.09"))
    assert next_hedge(Exposure(D(2)), SOURCE, RULES, SLIPPAGE, poor) == HedgeOrder(False, D("0.50"), D("98.0"), D(100))
    assert next_hedge(Exposure(D(-2)), SOURCE, RULES, SLIPPAGE, poor) == NoHedge(
        True, "the source's balance pays for 0.09 only"
    )


@pytest.mark.parametrize("is_buy", [True, False])
def test_while_a_hedge_is_under_way_there_is_no_next_one(is_buy: bool) -> None:
    exposure = Exposure.of(D(5), [PendingHedge(is_buy, D("0.1"))])
    assert next_hedge(exposure, SOURCE, RULES, SLIPPAGE, RICH) is None


def test_a_hedge_that_may_fail_or_be_filled_counts_with_its_whole_size_on_either_side() -> None:
    exposure = Exposure.of(D(3), [PendingHedge(is_buy=False, left=D(3))])
    assert (exposure.longest, exposure.shortest) == (D(3), D(0))
    assert exposure.room(is_bid=True, bound=D(5)) == D(2)
    assert exposure.room(is_bid=False, bound=D(5)) == D(5)
    doubted = Exposure.of(D(0), [PendingHedge(is_buy=False, left=D(3)), PendingHedge(is_buy=True, left=D(1))])
    assert doubted.room(is_bid=True, bound=D(5)) == D(4)
    assert doubted.room(is_bid=False, bound=D(5)) == D(2)
    assert Exposure(D(9)).room(is_bid=True, bound=D(5)) == 0


AMOUNTS = st.decimals("0", "20", places=3)


@given(AMOUNTS, st.booleans(), st.lists(st.tuples(st.booleans(), AMOUNTS, st.booleans()), max_size=3), AMOUNTS)
def test_whatever_becomes_of_hedges_and_quotes_the_exposure_stays_within_its_bound(
    net: D, is_short: bool, hedges: list[tuple[bool, D, bool]], bound: D
) -> None:
    """Each hedge is filled whole or not at all, and all quotes of one side are."""
    net = -net if is_short else net
    exposure = Exposure.of(net, [PendingHedge(is_buy, left) for is_buy, left, _ in hedges])
    after = net + sum((left if is_buy else -left) for is_buy, left, is_filled in hedges if is_filled)
    bids, asks = exposure.room(True, bound), exposure.room(False, bound)
    assert after + bids <= max(bound, exposure.longest)
    assert after - asks >= -max(bound, exposure.shortest)


@given(st.decimals("-20", "20", places=3), st.decimals("0", "0.2", places=3))
def test_a_hedge_never_overshoots_and_never_pays_more_than_accepted(net: D, slippage: D) -> None:
    order = next_hedge(Exposure(net), SOURCE, RULES, slippage, RICH)
    if isinstance(order, HedgeOrder):
        assert order.is_buy == (net < 0)
        assert order.amount <= abs(net)
        assert RULES.accepts(Level(order.price, order.amount))
        best = SOURCE.side(not order.is_buy)[0].price
        assert order.price <= best * (1 + slippage) if order.is_buy else order.price >= best * (1 - slippage)


@pytest.mark.parametrize("is_bid", [True, False])
def test_quotes_stay_within_the_bound_also_once_what_is_due_is_hedged(is_bid: bool) -> None:
    """What is missing now is bought by a hedge, while bids stand that could be filled on top of it."""
    sign = 1 if is_bid else -1
    due, bound = Exposure(-sign * D(1)), D(2)
    filled = sign * due.room(is_bid, bound)
    assert abs(due.net + filled) <= bound
    assert abs(due.net - due.net + filled) <= bound
    # A hedge that may turn up besides the one that was sent in its place.
    both = D(2)
    doubled = Exposure(due.net, pending_buys=both) if is_bid else Exposure(due.net, pending_sells=both)
    assert doubled.room(is_bid, bound) == D(1)
