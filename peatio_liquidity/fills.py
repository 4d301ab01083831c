"""What a fill changed on the account."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from peatio_liquidity.levels import ZERO


class Venue(StrEnum):
    """Where something was filled."""

    OWN = "own"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Fill:
    """
    :ivar amount: traded, in base; the changes have the fee in them where it was charged in base or quote
    :ivar at_s: epoch seconds
    :ivar total: price times amount, without fees, in quote
    :ivar other_fees: charged in a third currency: (currency, amount)
    """

    client_order_id: str
    trade_id: str
    is_buy: bool
    amount: Decimal
    base_change: Decimal
    quote_change: Decimal
    at_s: float
    total: Decimal
    other_fees: tuple[tuple[str, Decimal], ...] = ()

    @property
    def fee(self) -> Decimal:
        """Charged in base or quote, in quote; base at the price of the fill."""
        sign = 1 if self.is_buy else -1
        of_base = sign * self.amount - self.base_change
        of_quote = -sign * self.total - self.quote_change
        return of_quote + (of_base * self.total / self.amount if of_base else ZERO)
