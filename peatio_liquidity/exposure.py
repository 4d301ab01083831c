"""What is not hedged, and the most that it may become. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.levels import ZERO


@dataclass(frozen=True, slots=True)
class PendingHedge:
    """A hedge that is not known to have ended.

    :ivar left: what of it may still be filled, in base; its full size where nothing is known
    """

    is_buy: bool
    left: Decimal


@dataclass(frozen=True, slots=True)
class Exposure:
    """In base.

    :ivar net: bought on both exchanges together, less what was sold; 0 is hedged
    :ivar pending_buys: of hedges not known to have ended; :ivar pending_sells: the same
    """

    net: Decimal = ZERO
    pending_buys: Decimal = ZERO
    pending_sells: Decimal = ZERO

    @classmethod
    def of(cls, net: Decimal, pending: Iterable[PendingHedge]) -> "Exposure":
        """With the hedges that are under way."""
        buys = sells = ZERO
        for hedge in pending:
            if hedge.is_buy:
                buys += hedge.left
            else:
                sells += hedge.left
        return cls(net, buys, sells)

    @property
    def longest(self) -> Decimal:
        """The most that may be held too much without another quote being filled: pending sells may all fail.

        Not below 0: what is missing now is bought by the next hedge, and bids that stand then would come on top.
        """
        return max(ZERO, self.net + self.pending_buys)

    @property
    def shortest(self) -> Decimal:
        """The most that may be missing without another quote being filled, as `longest`."""
        return max(ZERO, self.pending_sells - self.net)

    def room(self, is_bid: bool, bound: Decimal) -> Decimal:
        """How much all quotes of a side together may be, so that the exposure stays within the bound."""
        return max(ZERO, bound - (self.longest if is_bid else self.shortest))
