"""How good the own quotes are: depth around the mid, spread, time at the top of the book. Pure."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from peatio_liquidity.levels import ZERO, Book, Level
from peatio_liquidity.quotes import Quote

#: From the mid, as a part of it: 0.1, 0.5, 1 and 2 %.
DISTANCES = (Decimal("0.001"), Decimal("0.005"), Decimal("0.01"), Decimal("0.02"))
#: Between two looks at most so long counts: what nobody looked at is not known.
LONGEST_LOOK_S = 2.0


def quoted(book: Book, quotes: Iterable[Quote]) -> Book:
    """What of a book is one's own: of each price the quotes there, as far as the book shows them.

    A quote that was asked for and has not arrived is not in it, nor one that ended without a report of it.
    """
    amounts: dict[tuple[bool, Decimal], Decimal] = {}
    for quote in quotes:
        key = quote.is_bid, quote.price
        amounts[key] = amounts.get(key, ZERO) + quote.remaining

    def side(is_bid: bool) -> tuple[Level, ...]:
        shown = (Level(at.price, min(at.amount, amounts.get((is_bid, at.price), ZERO))) for at in book.side(is_bid))
        return tuple(level for level in shown if level.amount > 0)

    return Book(side(True), side(False))


def reference_mid(book: Book, fair: Decimal | None) -> Decimal | None:
    """That of the own market, others' orders included; the fair price where a side of it is empty.

    :param fair: the source's mid in own quote
    """
    return fair if book.mid is None else book.mid


def depth(own: Book, is_bid: bool, mid: Decimal, distance: Decimal) -> Decimal:
    """The value of a side's quotes that lie at most so far from the mid, in quote.

    :param own: only one's own quotes
    :param distance: as a part of the mid
    """
    limit = mid * (1 - distance if is_bid else 1 + distance)
    within = (level for level in own.side(is_bid) if (level.price >= limit if is_bid else level.price <= limit))
    return sum((level.price * level.amount for level in within), ZERO)


def spread(own: Book) -> Decimal | None:
    """Between one's own best prices, as a part of their mid; None where a side has no quote."""
    return None if own.mid is None else (own.asks[0].price - own.bids[0].price) / own.mid


class TopOfBook:
    """For how long one's own quote was the best of a side, alone or at the same price as others.

    :param now_s: a clock that never steps
    :ivar seconds: by side; :ivar watched_s: how long the book was looked at
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._looked_s = now_s()
        self._is_top = {True: False, False: False}
        self.seconds = {True: 0.0, False: 0.0}
        self.watched_s = 0.0

    def look(self, book: Book, own: Book) -> None:
        """What was seen at the last look held until now.

        :param own: only one's own quotes in it
        """
        now_s = self._now_s()
        passed_s = min(now_s - self._looked_s, LONGEST_LOOK_S)
        self._looked_s = now_s
        self.watched_s += passed_s
        for is_bid, was_top in self._is_top.items():
            if was_top:
                self.seconds[is_bid] += passed_s
        self._is_top = {is_bid: _is_top(book.side(is_bid), own.side(is_bid)) for is_bid in (True, False)}


def _is_top(side: Sequence[Level], own: Sequence[Level]) -> bool:
    return bool(side and own) and own[0].price == side[0].price
