"""Which levels change back and forth: following each change would cost requests and end where it began. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.levels import ZERO, Book
from peatio_liquidity.quotes import Quote

#: A side and a price.
type Place = tuple[bool, Decimal]


@dataclass(slots=True)
class _Course:
    """:ivar amount: wanted there now, 0 for no level; :ivar before: what was wanted before the last change"""

    amount: Decimal
    before: Decimal
    changed_s: float
    is_flickering: bool = False


class Flicker:
    """A level that is soon back as it was flickers, until it has stood still for as long."""

    def __init__(self) -> None:
        self._courses: dict[Place, _Course] = {}

    def look(self, wanted: Book, tolerance: Decimal, hold_s: float, now_s: float) -> None:
        """
        :param wanted: the levels that are wanted now
        :param tolerance: of an amount, as a part of it: what differs by no more is the same
        :param hold_s: how soon is soon; 0 for never
        """
        if hold_s <= 0:
            self._courses.clear()
            return
        amounts = {(is_bid, level.price): level.amount for is_bid in (True, False) for level in wanted.side(is_bid)}
        for place in self._courses.keys() | amounts.keys():
            self._follow(place, amounts.get(place, ZERO), tolerance, hold_s, now_s)
        gone = [place for place, at in self._courses.items() if not at.amount and now_s - at.changed_s > hold_s]
        for place in gone:
            del self._courses[place]

    def held(self, quotes: list[Quote], wanted: Book, reach: Decimal, hold_s: float, now_s: float) -> Iterator[Quote]:
        """The quotes that stay although no level asks for them, because theirs may be back at once.

        :param reach: how far such a quote may lie beyond the best wanted price of its side, as a part of it
        """
        for quote in quotes:
            side = wanted.side(quote.is_bid)
            course = self._courses.get((quote.is_bid, quote.price))
            if course is None or not course.is_flickering or now_s - course.changed_s > hold_s or not side:
                continue
            beyond = quote.price - side[0].price if quote.is_bid else side[0].price - quote.price
            if beyond <= side[0].price * reach:
                yield quote

    def _follow(self, place: Place, amount: Decimal, tolerance: Decimal, hold_s: float, now_s: float) -> None:
        course = self._courses.get(place)
        if course is None:
            # What it was before it was first seen is not known: it was not there.
            self._courses[place] = _Course(amount, ZERO, now_s)
        elif not _same(course.amount, amount, tolerance):
            is_soon = now_s - course.changed_s <= hold_s
            # One that came and went is not back: a price that moves on leaves many of them.
            is_back = amount > 0 and _same(course.before, amount, tolerance)
            course.is_flickering = is_soon and (is_back or course.is_flickering)
            course.amount, course.before, course.changed_s = amount, course.amount, now_s


def _same(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    return abs(one - other) <= min(one, other) * tolerance
