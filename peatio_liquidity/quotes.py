"""From the live quotes and the wanted levels to what is sent: only what is off by more than a tolerance. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.levels import ZERO, Book, Level


@dataclass(frozen=True, slots=True)
class Quote:
    """An own order on the own market that is not known to have ended.

    :ivar remaining: in base
    :ivar is_ending: whether its cancel was sent; it may still be filled
    """

    client_order_id: str
    is_bid: bool
    price: Decimal
    remaining: Decimal
    is_ending: bool = False


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What need not be refreshed.

    :ivar price: the distance of a quote from its level, as a part of the price
    :ivar amount: the difference of the amounts, as a part of the wanted one
    """

    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Changes:
    """:ivar cancels: client order ids, the most dangerous first; :ivar creates: (is a bid, level), the best first"""

    cancels: tuple[str, ...] = ()
    creates: tuple[tuple[bool, Level], ...] = ()

    @property
    def requests(self) -> int:
        """How many requests these are."""
        return len(self.cancels) + len(self.creates)

    def within(self, requests: int) -> "Changes":
        """What so many requests allow: cancels before creates, as an old quote costs more than a missing one."""
        cancels = self.cancels[:requests]
        return Changes(cancels, self.creates[: requests - len(cancels)])


def changes(quotes: Sequence[Quote], wanted: Book, tolerance: Tolerance) -> Changes:
    """What makes the live quotes the wanted ones.

    A quote that is ending counts neither for nor against a level, but nothing is created that would trade with it.
    """
    cancels: list[Quote] = []
    creates: list[tuple[bool, Level]] = []
    for is_bid in (True, False):
        live = [quote for quote in quotes if quote.is_bid == is_bid and not quote.is_ending]
        stale, missing = _matched(live, wanted.side(is_bid), tolerance)
        cancels += stale
        creates += ((is_bid, level) for level in missing)
    creates = [create for create in creates if not _would_trade(create, quotes)]
    return Changes(
        tuple(quote.client_order_id for quote in sorted(cancels, key=lambda quote: _danger(quote, wanted))),
        tuple(sorted(creates, key=lambda create: _rank(create, wanted))),
    )


def _matched(
    live: Iterable[Quote], wanted: Sequence[Level], tolerance: Tolerance
) -> tuple[list[Quote], list[Level]]:
    """The quotes that stand for no level, and the levels that no quote stands for. The nearest pairs come together."""
    pairs = sorted(
        (
            (abs(quote.price - level.price), quote.client_order_id, number)
            for quote in live
            for number, level in enumerate(wanted)
            if _stands_for(quote, level, tolerance)
        ),
    )
    used: set[str] = set()
    served: set[int] = set()
    for _, key, number in pairs:
        if key not in used and number not in served:
            used.add(key)
            served.add(number)
    return (
        [quote for quote in live if quote.client_order_id not in used],
        [level for number, level in enumerate(wanted) if number not in served],
    )


def _stands_for(quote: Quote, level: Level, tolerance: Tolerance) -> bool:
    return (
        abs(quote.price - level.price) <= level.price * tolerance.price
        and abs(quote.remaining - level.amount) <= level.amount * tolerance.amount
    )


def _would_trade(create: tuple[bool, Level], quotes: Iterable[Quote]) -> bool:
    is_bid, level = create
    return any(
        quote.is_bid != is_bid and (level.price >= quote.price if is_bid else level.price <= quote.price)
        for quote in quotes
    )


def _danger(quote: Quote, wanted: Book) -> Decimal:
    """The farther a quote reaches beyond the wanted best price, the more it costs when it is taken: lowest first."""
    side = wanted.side(quote.is_bid)
    if not side:
        return -quote.price
    best = side[0].price
    return best - quote.price if quote.is_bid else quote.price - best


def _rank(create: tuple[bool, Level], wanted: Book) -> Decimal:
    """The distance from the best price of its side."""
    is_bid, level = create
    return abs(level.price - wanted.side(is_bid)[0].price) / level.price if level.price else ZERO
