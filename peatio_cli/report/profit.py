"""Profit of one market from its fills, at average cost (docs/reference/report.md). Pure computation.

The definitions: a buy adds to the inventory at what it cost, a sell takes from it at average cost, and what is sold
beyond what was bought before comes out of the opening inventory, which is valued at the price of the first fill. A fee
in the base currency is taken from the inventory, at the price of the fill.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal

from peatio_cli.report.fill import Fill

ZERO = Decimal(0)
# Amounts have 32 digits, and products of two of them 64: only a division by an inventory is rounded.
EXACT = Context(prec=96)


@dataclass(frozen=True)
class MarketFigures:
    """What the fills of one market say without any price of today. Base amounts in base, all else in quote currency.

    :ivar bought, sold: base amounts
    :ivar spent, earned: quote amounts, without fees
    :ivar fees: charged, by currency
    :ivar fees_in_quote: those charged in base or quote; base at the price of the fill
    :ivar inventory: bought in this period and still there
    :ivar cost: what the inventory cost
    :ivar opening: base that was sold and not bought before in this period
    :ivar opening_price: the price of the first fill, at which the opening inventory counts
    :ivar realised: before fees
    """

    base: str
    quote: str
    buys: int
    sells: int
    bought: Decimal
    sold: Decimal
    spent: Decimal
    earned: Decimal
    fees: Mapping[str, Decimal]
    fees_in_quote: Decimal
    inventory: Decimal
    cost: Decimal
    opening: Decimal
    opening_price: Decimal
    realised: Decimal
    first_s: float
    last_s: float

    @property
    def fills(self) -> int:
        return self.buys + self.sells

    @property
    def base_volume(self) -> Decimal:
        return EXACT.add(self.bought, self.sold)

    @property
    def quote_volume(self) -> Decimal:
        return EXACT.add(self.spent, self.earned)

    @property
    def average_cost(self) -> Decimal | None:
        """What a unit of the inventory cost; None without one."""
        return EXACT.divide(self.cost, self.inventory) if self.inventory else None

    @property
    def other_fees(self) -> dict[str, Decimal]:
        """Fees in currencies that the market does not trade, by currency."""
        return {name: fee for name, fee in self.fees.items() if name not in (self.base, self.quote) and fee}

    @property
    def net_change(self) -> Decimal:
        """By how much the account's base currency changed."""
        return EXACT.subtract(self.inventory, self.opening)


@dataclass
class MarketBook:
    """Adds up one market's fills, which come in the order of their times."""

    base: str
    quote: str
    _counts: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    _amounts: dict[bool, Decimal] = field(default_factory=lambda: {True: ZERO, False: ZERO})
    _totals: dict[bool, Decimal] = field(default_factory=lambda: {True: ZERO, False: ZERO})
    _fees: dict[str, Decimal] = field(default_factory=dict)
    _fees_in_quote: Decimal = ZERO
    _inventory: Decimal = ZERO
    _cost: Decimal = ZERO
    _opening: Decimal = ZERO
    _opening_price: Decimal | None = None
    _realised: Decimal = ZERO
    _first_s: float = 0.0
    _last_s: float = 0.0

    def add(self, fill: Fill) -> None:
        """The next fill."""
        if self._opening_price is None:
            self._opening_price, self._first_s = fill.price, fill.filled_at_s
        self._last_s = fill.filled_at_s
        self._counts[fill.is_buy] += 1
        self._amounts[fill.is_buy] = EXACT.add(self._amounts[fill.is_buy], fill.amount)
        self._totals[fill.is_buy] = EXACT.add(self._totals[fill.is_buy], fill.total)
        self._fees[fill.fee_currency] = EXACT.add(self._fees.get(fill.fee_currency, ZERO), fill.fee)
        change, value = fill.amount, fill.total
        if not fill.is_buy:
            change, value = change.copy_negate(), value.copy_negate()  # a minus sign would round to 28 digits
        if fill.fee_currency == self.base:
            fee_in_quote = EXACT.multiply(fill.fee, fill.price)
            change, value = EXACT.subtract(change, fill.fee), EXACT.subtract(value, fee_in_quote)
            self._fees_in_quote = EXACT.add(self._fees_in_quote, fee_in_quote)
        elif fill.fee_currency == self.quote:
            self._fees_in_quote = EXACT.add(self._fees_in_quote, fill.fee)
        if change >= 0:
            self._inventory, self._cost = EXACT.add(self._inventory, change), EXACT.add(self._cost, value)
        else:
            self._take_out(change.copy_negate(), value.copy_negate(), self._opening_price)

    def _take_out(self, amount: Decimal, proceeds: Decimal, opening_price: Decimal) -> None:
        held = min(amount, self._inventory)
        is_all = held == self._inventory
        cost = self._cost if is_all else EXACT.divide(EXACT.multiply(self._cost, held), self._inventory)
        self._inventory, self._cost = EXACT.subtract(self._inventory, held), EXACT.subtract(self._cost, cost)
        from_opening = EXACT.subtract(amount, held)
        self._opening = EXACT.add(self._opening, from_opening)
        cost = EXACT.add(cost, EXACT.multiply(from_opening, opening_price))
        self._realised = EXACT.add(self._realised, EXACT.subtract(proceeds, cost))

    def figures(self) -> MarketFigures:
        """What was added so far."""
        return MarketFigures(
            base=self.base,
            quote=self.quote,
            buys=self._counts[True],
            sells=self._counts[False],
            bought=self._amounts[True],
            sold=self._amounts[False],
            spent=self._totals[True],
            earned=self._totals[False],
            fees=dict(self._fees),
            fees_in_quote=self._fees_in_quote,
            inventory=self._inventory,
            cost=self._cost,
            opening=self._opening,
            opening_price=self._opening_price or ZERO,
            realised=self._realised,
            first_s=self._first_s,
            last_s=self._last_s,
        )
