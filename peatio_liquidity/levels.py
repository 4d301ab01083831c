"""Levels of a book, and what a market's rules do to prices and amounts. Everything is Decimal; amounts are in base."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

ZERO = Decimal(0)


def plain(number: Decimal) -> str:
    """For people: without exponent, and without zeros at the end."""
    return f"{number.normalize():f}"


@dataclass(frozen=True, slots=True)
class Level:
    """A price, in quote per base, and the amount there, in base."""

    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Book:
    """Both sides, each best first."""

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()

    @property
    def is_crossed(self) -> bool:
        """Whether somebody would pay more than somebody else asks."""
        return bool(self.bids and self.asks) and self.bids[0].price >= self.asks[0].price

    @property
    def mid(self) -> Decimal | None:
        """Halfway between the best bid and the best ask; None where a side is empty."""
        return (self.bids[0].price + self.asks[0].price) / 2 if self.bids and self.asks else None

    def side(self, is_bid: bool) -> tuple[Level, ...]:
        """The bids, or the asks."""
        return self.bids if is_bid else self.asks

    def without(self, bids: Iterable[Level], asks: Iterable[Level]) -> "Book":
        """What others offer: without orders of one's own, given by price and remaining amount."""
        return Book(_without(self.bids, bids), _without(self.asks, asks))


def _without(levels: Sequence[Level], own: Iterable[Level]) -> tuple[Level, ...]:
    amounts: dict[Decimal, Decimal] = {}
    for level in own:
        amounts[level.price] = amounts.get(level.price, ZERO) + level.amount
    rest = (Level(level.price, level.amount - amounts.get(level.price, ZERO)) for level in levels)
    return tuple(level for level in rest if level.amount > 0)


@dataclass(frozen=True, slots=True)
class MarketRules:
    """What a market accepts.

    :ivar price_step: prices are multiples of it
    :ivar amount_step: amounts are multiples of it
    :ivar min_amount: in base
    :ivar min_value: of price times amount, in quote
    :ivar max_amount: of one order, in base; None where none is known
    """

    price_step: Decimal
    amount_step: Decimal
    min_amount: Decimal = ZERO
    min_value: Decimal = ZERO
    max_amount: Decimal | None = None

    def smallest(self, price: Decimal) -> Decimal:
        """The least that an order at that price may be, in base, steps left out."""
        return max(self.min_amount, self.min_value / price)

    def price_away(self, price: Decimal, is_bid: bool) -> Decimal:
        """The next price of the market that is not nearer to the other side: lower for a bid, higher for an ask."""
        return _multiple(price, self.price_step, ROUND_FLOOR if is_bid else ROUND_CEILING)

    def amount_down(self, amount: Decimal) -> Decimal:
        """The largest amount of the market that is not above."""
        return _multiple(amount, self.amount_step, ROUND_FLOOR)

    def accepts(self, level: Level) -> bool:
        """Whether an order of this size may be placed."""
        return (
            level.price > 0
            and level.amount > 0
            and level.amount >= self.min_amount
            and level.price * level.amount >= self.min_value
        )


def _multiple(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return value if step <= 0 else (value / step).to_integral_value(rounding) * step
