"""What was taken counts as gone until the book shows it."""

from decimal import Decimal

import pytest

from peatio_liquidity.levels import Book, Level
from peatio_liquidity.taken import Taken, amounts

D = Decimal


def book(bid: str | None, ask: str = "3") -> Book:
    return Book(() if bid is None else (Level(D(100), D(bid)), Level(D(99), D(5))), (Level(D(101), D(ask)),))


def test_what_was_taken_is_gone_and_the_rest_of_the_level_stays() -> None:
    taken = Taken()
    taken.add(True, D(100), D(2), D("0.5"))
    taken.add(True, D(100), D(2), D("0.25"))
    assert taken.rest(book("2")) == book("1.25")
    taken.add(True, D(100), D(2), D("1.25"))
    assert taken.rest(book("2")).bids == (Level(D(99), D(5)),)


@pytest.mark.parametrize("shown", ["1.5", "4", None])
def test_a_level_with_another_amount_shows_what_was_taken(shown: str | None) -> None:
    taken = Taken()
    taken.add(True, D(100), D(2), D("0.5"))
    assert taken.rest(book(shown)) == book(shown)
    assert taken.rest(book("2")) == book("2"), "it is forgotten"


def test_what_was_taken_from_an_older_amount_is_shown_by_the_newer_one() -> None:
    taken = Taken()
    taken.add(True, D(100), D(2), D("0.5"))
    taken.add(True, D(100), D("1.5"), D("0.25"))
    assert taken.rest(book("1.5")) == book("1.25")


def test_each_side_is_for_itself() -> None:
    taken = Taken()
    taken.add(False, D(101), D(3), D(1))
    assert taken.rest(book("2")) == book("2", "2")
    assert amounts(book("2"), True) == {D(100): D(2), D(99): D(5)}
