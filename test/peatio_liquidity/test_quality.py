"""Depth, spread and time at the top of the book, against numbers worked out by hand."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from peatio_liquidity.levels import Book, Level
from peatio_liquidity.quality import TopOfBook, depth, quoted, reference_mid, spread
from peatio_liquidity.quotes import Quote

D = Decimal


def levels(*pairs: tuple[str, str]) -> tuple[Level, ...]:
    return tuple(Level(D(price), D(amount)) for price, amount in pairs)


def quotes(is_bid: bool, *pairs: tuple[str, str]) -> list[Quote]:
    return [Quote(f"{is_bid}{number}", is_bid, D(price), D(amount)) for number, (price, amount) in enumerate(pairs)]


def test_of_a_book_only_what_it_shows_of_the_quotes_is_one_s_own() -> None:
    book = Book(levels(("100", "3"), ("99", "1"), ("98", "5")), levels(("101", "2")))
    # Two quotes at 100, beside others; more at 99 than the book has; one at 97 that has not arrived.
    live = [*quotes(True, ("100", "1"), ("100", "0.5"), ("99", "4"), ("97", "1")), *quotes(False, ("98", "1"))]
    assert quoted(book, live) == Book(levels(("100", "1.5"), ("99", "1")), ())


@pytest.mark.parametrize(
    ("is_bid", "distance", "value"),
    [
        (True, "0.001", "0"),  # from 999 on
        (True, "0.005", "1990"),  # 995 itself belongs to it
        (True, "0.02", "4930"),  # 2 * 995 + 3 * 980
        (False, "0.001", "1001"),
        (False, "0.005", "1001"),
        (False, "0.01", "3021"),  # 1001 + 2 * 1010
    ],
)
def test_depth_is_the_value_of_the_quotes_so_near_to_the_mid(is_bid: bool, distance: str, value: str) -> None:
    own = Book(levels(("995", "2"), ("980", "3"), ("970", "1")), levels(("1001", "1"), ("1010", "2")))
    assert depth(own, is_bid, D(1000), D(distance)) == D(value)


def test_the_spread_is_that_of_one_s_own_quotes_and_there_is_none_without_both() -> None:
    assert spread(Book(levels(("99", "1")), levels(("101", "1")))) == D("0.02")
    assert spread(Book(levels(("99", "1")), ())) is None


def test_distances_count_from_the_market_s_mid_and_without_one_from_the_fair_price() -> None:
    assert reference_mid(Book(levels(("99", "1")), levels(("101", "1"))), D(50)) == 100
    assert reference_mid(Book(levels(("99", "1")), ()), D(50)) == 50
    assert reference_mid(Book(), None) is None


def test_time_at_the_top_counts_for_each_side_and_not_while_others_are_better() -> None:
    now_s = 100.0
    top = TopOfBook(lambda: now_s)
    own = Book(levels(("99", "1")), levels(("101", "1")))
    better = Book(levels(("99.5", "1"), ("99", "1")), own.asks)
    looks: Sequence[tuple[float, Book, Book]] = (
        (100.0, own, own),  # both from here on
        (101.0, better, own),  # a better bid of another
        (101.5, own, own),
        (102.0, own, Book()),  # no quotes any more
        (103.0, own, own),
        (110.0, own, own),  # nobody looked for 7 s, of which 2 count
    )
    for at_s, book, quotes_in_it in looks:
        now_s = at_s
        top.look(book, quotes_in_it)
    assert top.seconds == {True: 1.0 + 0.5 + 2.0, False: 1.0 + 0.5 + 0.5 + 2.0}
    assert top.watched_s == 5.0
