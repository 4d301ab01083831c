"""Amounts and prices by a market's rules."""

from dataclasses import replace
from decimal import Decimal

import pytest

from test.acceptance.amounts import Book, Rules, far_buy_price, far_sell_price, meeting_price, rules_of
from test.acceptance.cards import SkippedError

D = Decimal
ROW = {
    "id": "btcusd",
    "base_unit": "btc",
    "quote_unit": "usd",
    "min_price": "0.01",
    "max_price": "0.0",
    "min_amount": "0.0001",
    "amount_precision": 6,
    "price_precision": 2,
}
RULES = rules_of(ROW)
BOOK = Book(D("29990"), D("30010"), D("30000"))
EMPTY = Book(None, None, D("30000"))


def test_rules_are_read_from_every_version() -> None:
    old = {"id": "btcusd", "ask_unit": "btc", "bid_unit": "usd", "ask_precision": 6, "bid_precision": 2}
    old |= {"min_price": "0.01", "min_ask_amount": "0.0001"}
    assert rules_of(old) == RULES
    assert rules_of(ROW) == Rules("btcusd", "btc", "usd", D("0.000001"), D("0.01"), D("0.0001"), D("0.01"), None)
    assert rules_of(ROW).pair == "BTC-USD"


@pytest.mark.parametrize(
    ("min_amount", "smallest"), [("0", "0.000001"), ("0.0001", "0.0001"), ("0.00012345", "0.000124")]
)
def test_the_smallest_amount_is_whole_steps(min_amount: str, smallest: str) -> None:
    assert replace(RULES, min_amount=D(min_amount)).smallest == D(smallest)


def test_far_prices_are_half_and_double() -> None:
    assert far_buy_price(RULES, BOOK) == D("14995")
    assert far_buy_price(RULES, BOOK, steps=3) == D("14994.97")
    assert far_sell_price(RULES, BOOK) == D("60020")
    assert far_sell_price(RULES, BOOK, steps=3) == D("60020.03")
    assert (far_buy_price(RULES, EMPTY), far_sell_price(RULES, EMPTY)) == (D("15000"), D("60000"))


def test_in_a_wide_book_far_means_far_from_its_own_side() -> None:
    wide = Book(D("1"), D("30000"), D("15000.5"))
    assert far_buy_price(RULES, wide) == D("0.5")
    assert far_sell_price(RULES, wide) == D("60000")


def test_price_limits_in_the_way_skip_the_card() -> None:
    with pytest.raises(SkippedError, match="lowest price 20000"):
        far_buy_price(replace(RULES, min_price=D("20000")), BOOK)
    with pytest.raises(SkippedError, match="highest price 50000"):
        far_sell_price(replace(RULES, max_price=D("50000")), BOOK)


@pytest.mark.parametrize(
    ("book", "levels", "price"),
    [
        (BOOK, 1, "30000"),
        (BOOK, 2, "29999.99"),
        (Book(D("29990"), None, D("29990")), 1, "30139.95"),
        (Book(None, D("30010"), D("30010")), 1, "29859.95"),
        (EMPTY, 1, "30000"),
        (Book(D("29999.99"), D("30000.01"), D("30000")), 1, "30000"),
    ],
)
def test_a_meeting_lies_in_the_spread(book: Book, levels: int, price: str) -> None:
    assert meeting_price(RULES, book, levels) == D(price)


@pytest.mark.parametrize(("ask", "levels"), [("30000.00", 1), ("30000.01", 2)])
def test_a_spread_without_room_skips_the_card(ask: str, levels: int) -> None:
    with pytest.raises(SkippedError, match="no room to meet"):
        meeting_price(RULES, Book(D("29999.99"), D(ask), D("30000")), levels)
