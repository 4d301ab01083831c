"""What the fills of a pair of markets add up to: volume, fees, slippage of hedges, profit. Pure.

All money is in the quote currency of the own market, each fill at the rate between the quote currencies that held when
it was reported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from peatio_liquidity.fills import Venue
from peatio_liquidity.levels import ZERO


@dataclass(frozen=True, slots=True)
class BookedFill:
    """A fill as the hedge journal has it.

    :ivar amount: in base; :ivar total: price times amount, without fees
    :ivar base_change, quote_change: of the account, fees in base or quote included
    :ivar fee: charged in base or quote; base at the price of the fill
    :ivar other_fees: charged in a third currency, by currency
    :ivar slippage: of a hedge's fill, what it cost more than the source's best price when the hedge was sent; negative
        where it was better. None for a fill of no hedge
    :ivar at_s: epoch seconds
    :ivar other_fees_value: of `other_fees`, by the rates when the fill was reported; None where one was not known
    """

    venue: Venue
    is_buy: bool
    amount: Decimal
    total: Decimal
    base_change: Decimal
    quote_change: Decimal
    fee: Decimal
    other_fees: Mapping[str, Decimal]
    slippage: Decimal | None
    at_s: float
    other_fees_value: Decimal | None = None


@dataclass(slots=True)
class VenueFigures:
    """One market's.

    :ivar bought, sold: in base; :ivar spent, earned: without fees
    :ivar net: by how much the account's base changed, fees included
    :ivar other_fees: in third currencies; :ivar other_fees_value: of those whose rate was known
    :ivar uncounted_fees: of `other_fees`, those whose rate was not
    """

    buys: int = 0
    sells: int = 0
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    spent: Decimal = ZERO
    earned: Decimal = ZERO
    fees: Decimal = ZERO
    net: Decimal = ZERO
    other_fees: dict[str, Decimal] = field(default_factory=dict)
    other_fees_value: Decimal = ZERO
    uncounted_fees: dict[str, Decimal] = field(default_factory=dict)

    @property
    def fills(self) -> int:
        """Buys and sells."""
        return self.buys + self.sells

    @property
    def volume(self) -> Decimal:
        """Both sides together."""
        return self.spent + self.earned

    def add(self, fill: BookedFill) -> None:
        """One more."""
        if fill.is_buy:
            self.buys += 1
            self.bought += fill.amount
            self.spent += fill.total
        else:
            self.sells += 1
            self.sold += fill.amount
            self.earned += fill.total
        self.fees += fill.fee
        self.net += fill.base_change
        _add(self.other_fees, fill.other_fees)
        if fill.other_fees_value is None:
            _add(self.uncounted_fees, fill.other_fees)
        else:
            self.other_fees_value += fill.other_fees_value


@dataclass(slots=True)
class PairFigures:
    """Both markets together.

    :ivar net: base bought less base sold, which is what is not hedged
    :ivar cash: quote received less quote paid, after fees, but for those in third currencies whose rate was not known
    :ivar hedged: the total of the fills of hedges
    :ivar slippage: of these, against the source's best price when each was sent; positive is a cost
    """

    own: VenueFigures = field(default_factory=VenueFigures)
    source: VenueFigures = field(default_factory=VenueFigures)
    net: Decimal = ZERO
    cash: Decimal = ZERO
    hedged: Decimal = ZERO
    slippage: Decimal = ZERO

    @classmethod
    def of(cls, fills: Iterable[BookedFill]) -> "PairFigures":
        """Of all of these."""
        figures = cls()
        for fill in fills:
            figures.add(fill)
        return figures

    def add(self, fill: BookedFill) -> None:
        """One more."""
        self.at(fill.venue).add(fill)
        self.net += fill.base_change
        self.cash += fill.quote_change - (fill.other_fees_value or ZERO)
        if fill.slippage is not None:
            self.hedged += fill.total
            self.slippage += fill.slippage

    def at(self, venue: Venue) -> VenueFigures:
        """Those of one market."""
        return self.own if venue is Venue.OWN else self.source

    @property
    def slippage_part(self) -> Decimal | None:
        """As a part of the hedges' total; None without hedges."""
        return self.slippage / self.hedged if self.hedged else None

    def profit(self, price: Decimal | None) -> Decimal | None:
        """After fees, as `cash`.

        :param price: of the base, at which counts what is not hedged; None where it is not known
        :return: None where it depends on a price that is not known
        """
        if not self.net:
            return self.cash
        return None if price is None else self.cash + self.net * price


def _add(sums: dict[str, Decimal], fees: Mapping[str, Decimal]) -> None:
    for currency, fee in fees.items():
        sums[currency] = sums.get(currency, ZERO) + fee
