"""How much the quotes of each side may be."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peatio_liquidity.exposure import Exposure
from peatio_liquidity.funds import Hedgeable, Purse
from peatio_liquidity.levels import Book, Level, MarketRules
from peatio_liquidity.quotes import Quote

D = Decimal
RULES = MarketRules(price_step=D("0.1"), amount_step=D("0.01"), min_amount=D("0.1"))
PURSE = Purse(
    bid_budget=D(1000),
    ask_budget=D(10),
    quote=D(5000),
    base=D(50),
    exposure=Exposure(),
    bound=D(4),
    hedgeable=Hedgeable(sells=D(100), buys=D(100)),
)


def test_what_the_source_s_balances_pay_for_counts_at_the_worst_price_that_is_accepted() -> None:
    source = Book(asks=(Level(D(100), D(1)),))
    assert Hedgeable.of(D(3), D(202), source, D("0.01")) == Hedgeable(sells=D(3), buys=D(2))
    assert Hedgeable.of(D(3), D(202), Book(), D("0.01")) == Hedgeable(sells=D(3), buys=D(0))


def test_budget_and_own_balance_limit_each_side() -> None:
    funds = PURSE.funds()
    assert (funds.quote, funds.base, funds.bids, funds.asks) == (D(1000), D(10), D(4), D(4))
    poor = replace(PURSE, quote=D(70), base=D(2)).funds()
    assert (poor.quote, poor.base) == (D(70), D(2))


@pytest.mark.parametrize(
    ("exposure", "bids", "asks"),
    [
        (Exposure(), "3", "1"),
        (Exposure(net=D(2)), "1", "1"),  # 2 of the 3 that can be sold are due
        (Exposure(net=D(2), pending_sells=D(2)), "2", "1"),  # on their way: the free balance is without them
        (Exposure(net=D("-0.5")), "3", "0.5"),
        (Exposure(net=D(-1)), "3", "0"),
    ],
)
def test_no_side_is_larger_than_what_the_source_s_balance_can_hedge(exposure: Exposure, bids: str, asks: str) -> None:
    purse = replace(PURSE, exposure=exposure, hedgeable=Hedgeable(sells=D(3), buys=D(1)))
    assert (purse.funds().bids, purse.funds().asks) == (D(bids), D(asks))


def test_creates_have_what_is_left_beside_all_quotes_that_may_still_be_filled() -> None:
    live = [Quote("1", True, D(100), D(2)), Quote("2", True, D(99), D(1), is_ending=True)]
    creates = [(True, Level(D(100), D(1))), (True, Level(D(98), D("0.5"))), (False, Level(D(101), D(4)))]
    # Of the bound of 4 three are taken; the next bid takes the last one.
    assert PURSE.affordable(creates, live) == [creates[0], creates[2]]
    # Of 400 USD 299 are taken, and of the 3.9 BTC an ask of 4 cannot be paid.
    small = replace(PURSE, bid_budget=D(400), ask_budget=D("3.9"))
    assert small.affordable(creates, live) == [creates[0]]


@given(st.decimals("-5", "5", places=2), st.decimals("0", "5", places=2), st.decimals("0", "5", places=2))
def test_whatever_is_filled_of_a_side_the_source_s_balance_pays_for_its_hedge(net: D, sells: D, buys: D) -> None:
    purse = replace(PURSE, exposure=Exposure(net), hedgeable=Hedgeable(sells, buys), bound=D(100))
    assert net + purse.room(True) <= max(net, sells)
    assert -net + purse.room(False) <= max(-net, buys)


def test_a_balance_that_allows_no_order_is_named_for_its_side() -> None:
    price = D(100)
    assert [PURSE.shortage(is_bid, price, RULES) for is_bid in (True, False)] == ["", ""]
    poor = replace(PURSE, quote=D("9.9"))
    assert poor.shortage(True, price, RULES) == "the own balance is too low for an order: 9.9"
    assert poor.shortage(False, price, RULES) == ""
    poor = replace(PURSE, hedgeable=Hedgeable(sells=D(1), buys=D("0.09")))
    assert poor.shortage(True, price, RULES) == ""
    assert poor.shortage(False, price, RULES) == (
        "the source's balance is too low for a hedge: 0.09 could be hedged"
    )
