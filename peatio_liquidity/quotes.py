"""From the live quotes and the wanted levels to what is sent: only what is off by more than a tolerance. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.levels import ZERO, Book, Level
from peatio_liquidity.matching import Tolerance, matched


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


#: Of quotes that stand for no level those that stay, as `Flicker.held` chooses them.
type Held = Callable[[list[Quote]], Iterable[Quote]]


def changes(
    quotes: Sequence[Quote], wanted: Book, tolerance: Tolerance, held: Held = lambda _: ()
) -> Changes:
    """What makes the live quotes the wanted ones.

    A quote that is ending counts neither for nor against a level, but nothing is created that would trade with it.

    :param held: no other quote is placed at the prices of these
    """
    cancels: list[Quote] = []
    creates: list[tuple[bool, Level]] = []
    for is_bid in (True, False):
        live = [quote for quote in quotes if quote.is_bid == is_bid and not quote.is_ending]
        stale, missing = _unmatched(live, wanted.side(is_bid), tolerance)
        staying = list(held(stale))
        kept_at = {quote.price for quote in staying}
        cancels += [quote for quote in stale if quote not in staying]
        creates += ((is_bid, level) for level in missing if level.price not in kept_at)
    creates = [create for create in creates if not _would_trade(create, quotes)]
    return Changes(
        tuple(quote.client_order_id for quote in sorted(cancels, key=lambda quote: _danger(quote, wanted))),
        tuple(sorted(creates, key=lambda create: _rank(create, wanted))),
    )


def _unmatched(
    live: Sequence[Quote], wanted: Sequence[Level], tolerance: Tolerance
) -> tuple[list[Quote], list[Level]]:
    """The quotes that stand for no level, and the levels that no quote stands for."""
    pairs = matched([Level(quote.price, quote.remaining) for quote in live], wanted, tolerance)
    used, served = {quote for quote, _ in pairs}, {level for _, level in pairs}
    return (
        [quote for number, quote in enumerate(live) if number not in used],
        [level for number, level in enumerate(wanted) if number not in served],
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
