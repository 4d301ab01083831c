"""Levels that change back and forth."""

from decimal import Decimal

import pytest

from peatio_liquidity.flicker import Flicker
from peatio_liquidity.levels import Book, Level
from peatio_liquidity.matching import Tolerance
from peatio_liquidity.quotes import Changes, Quote, changes

D = Decimal

HOLD_S = 0.5
BEST = Level(D(100), D(1))
#: What is wanted in turn: its second level is there, is not there, or has another amount.
WITH, WITHOUT, OTHER = (Book((BEST, *more)) for more in ((Level(D(99), D(2)),), (), (Level(D(99), D(9)),)))
QUOTES = [Quote("1", True, D(100), D(1)), Quote("2", True, D(99), D(2))]


def held_after(*books: tuple[float, Book], now_s: float, quotes: list[Quote] = QUOTES, reach: str = "0") -> list[str]:
    """The quotes that stay, after so many books at so many seconds."""
    flicker = Flicker()
    for at_s, book in books:
        flicker.look(book, D("0.1"), HOLD_S, at_s)
    last = books[-1][1]
    return [quote.client_order_id for quote in flicker.held(quotes, last, D(reach), HOLD_S, now_s)]


def test_the_first_change_of_a_level_is_followed_at_once() -> None:
    assert held_after((0.0, WITH), (5.0, WITHOUT), now_s=5.0) == []
    assert held_after((0.0, WITH), (5.0, OTHER), now_s=5.0) == []


@pytest.mark.parametrize("other", [WITHOUT, OTHER])
def test_one_that_came_back_soon_is_waited_for_when_it_goes_again(other: Book) -> None:
    course = ((0.0, WITH), (5.0, other), (5.3, WITH), (5.6, other))
    assert held_after(*course, now_s=5.6) == ["2"]
    assert held_after(*course, now_s=6.1) == ["2"]
    assert held_after(*course, now_s=6.2) == [], "it stood still for as long"


def test_one_that_came_back_late_is_not_waited_for() -> None:
    assert held_after((0.0, WITH), (5.0, WITHOUT), (5.6, WITH), (5.8, WITHOUT), now_s=5.8) == []


def test_one_that_goes_on_and_never_back_is_followed() -> None:
    books = [(at_s / 5, Book((BEST, Level(D(99), D(2 + at_s))))) for at_s in range(9)]
    assert held_after(*books, now_s=1.6) == []


def test_a_quote_that_reaches_too_far_beyond_what_is_wanted_is_never_held() -> None:
    high = Book((Level(D(101), D(1)), BEST))
    low = Book((BEST,))
    course = ((0.0, high), (5.0, low), (5.2, high), (5.4, low))
    quotes = [Quote("best", True, D(101), D(1))]
    assert held_after(*course, now_s=5.4, quotes=quotes, reach="0.009") == []
    assert held_after(*course, now_s=5.4, quotes=quotes, reach="0.01") == ["best"]
    assert held_after(*course, (5.5, Book()), now_s=5.5, quotes=quotes, reach="1") == [], "nothing is wanted"


def test_asks_are_held_the_same_way() -> None:
    low, high = Book((), (Level(D(100), D(1)), Level(D(101), D(1)))), Book((), (Level(D(101), D(1)),))
    course = ((0.0, low), (5.0, high), (5.2, low), (5.4, high))
    quotes = [Quote("best", False, D(100), D(1))]
    assert held_after(*course, now_s=5.4, quotes=quotes, reach="0.0099") == []
    assert held_after(*course, now_s=5.4, quotes=quotes, reach="0.01") == ["best"]


def test_without_a_time_nothing_is_held_and_what_is_gone_is_forgotten() -> None:
    flicker = Flicker()
    for at_s, book in ((0.0, WITH), (0.1, WITHOUT), (0.2, WITH), (0.3, WITHOUT)):
        flicker.look(book, D("0.1"), 0.0, at_s)
    assert list(flicker.held(QUOTES, WITHOUT, D(0), 0.0, 0.3)) == []
    for number in range(100):
        flicker.look(Book((Level(D(number + 1), D(1)),)), D("0.1"), HOLD_S, float(number))
    assert len(flicker._courses) < 3


def test_a_held_quote_costs_no_request_and_no_second_one_is_placed_at_its_price() -> None:
    tolerance = Tolerance(D(0), D("0.1"))
    assert changes(QUOTES, OTHER, tolerance) == Changes(("2",), ((True, OTHER.bids[1]),))
    assert changes(QUOTES, OTHER, tolerance, lambda stale: stale) == Changes()
