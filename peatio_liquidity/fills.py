"""What a fill changed on the account."""

from collections.abc import Iterable
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

    @classmethod
    def of(
        cls,
        client_order_id: str,
        trade_id: str,
        is_buy: bool,
        amount: Decimal,
        total: Decimal,
        pair: str,
        charged: Iterable[tuple[str, Decimal]],
        at_s: float,
    ) -> "Fill":
        """
        :param pair: BASE-QUOTE
        :param charged: the fees: (currency, amount)
        """
        base, quote = pair.split("-")
        changed = {base: amount if is_buy else -amount, quote: -total if is_buy else total}
        others = []
        for currency, fee in charged:
            if currency in changed:
                changed[currency] -= fee
            elif fee:
                others.append((currency, fee))
        return cls(
            client_order_id, trade_id, is_buy, amount, changed[base], changed[quote], at_s, total, tuple(others)
        )

    @property
    def fee(self) -> Decimal:
        """Charged in base or quote, in quote; base at the price of the fill."""
        sign = 1 if self.is_buy else -1
        of_base = sign * self.amount - self.base_change
        of_quote = -sign * self.total - self.quote_change
        return of_quote + (of_base * self.total / self.amount if of_base else ZERO)
