"""What hedges took from the source's book and the book does not show yet. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from peatio_liquidity.levels import ZERO, Book, Level


class Taken:
    """What was taken from a level counts as gone until the level has another amount, or is no more."""

    def __init__(self) -> None:
        #: By side (True for bids) and price: what the level had when it was taken from, and how much was taken.
        self._levels: dict[tuple[bool, Decimal], tuple[Decimal, Decimal]] = {}

    def add(self, is_bid: bool, price: Decimal, had: Decimal, amount: Decimal) -> None:
        """
        :param had: the level's amount in the book from which it was taken
        :param amount: what was taken
        """
        before_had, before = self._levels.get((is_bid, price), (had, ZERO))
        self._levels[is_bid, price] = had, amount + (before if before_had == had else ZERO)

    def rest(self, book: Book) -> Book:
        """The book as it was reported, without what was taken since."""
        offered = {(is_bid, level.price): level.amount for is_bid in (True, False) for level in book.side(is_bid)}
        self._levels = {key: (had, took) for key, (had, took) in self._levels.items() if offered.get(key) == had}
        return book.without(self._of(True), self._of(False))

    def _of(self, of_bids: bool) -> list[Level]:
        return [Level(price, took) for (is_bid, price), (_, took) in self._levels.items() if is_bid == of_bids]


def amounts(book: Book, is_bid: bool) -> Mapping[Decimal, Decimal]:
    """Of a side, by price."""
    return {level.price: level.amount for level in book.side(is_bid)}
