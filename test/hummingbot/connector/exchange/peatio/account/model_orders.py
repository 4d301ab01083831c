"""The orders of `test_balances_model`."""

from dataclasses import dataclass, field
from decimal import Decimal

FEE = Decimal("0.002")


@dataclass
class Order:
    """One of our orders, at the exchange and as far as it was reported.

    :ivar lock: what it locks when it goes live; a market buy locks less than it reserves
    :ivar fills: (spent, received), of which the first `reported_fills` were reported
    :ivar booked_at_s: when, by the exchange's clock
    :ivar recorded_fills: those that an earlier run has recorded
    :ivar is_estimable: whether anything is known of what it locks; where not, it reserves everything
    """

    key: str
    is_buy: bool
    price: Decimal
    volume: Decimal
    is_market: bool
    is_answered: bool = False
    is_live: bool = False
    has_ended: bool = False
    is_live_reported: bool = False
    is_end_reported: bool = False
    fills: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    booked_at_s: list[float] = field(default_factory=list)
    reported_fills: set[int] = field(default_factory=set)
    recorded_fills: set[int] = field(default_factory=set)
    reserved: Decimal = Decimal(0)
    is_estimable: bool = True

    @property
    def is_estimate(self) -> bool:
        return self.is_buy and self.is_market

    @property
    def spends(self) -> str:
        return "USD" if self.is_buy else "BTC"

    @property
    def receives(self) -> str:
        return "BTC" if self.is_buy else "USD"

    @property
    def lock(self) -> Decimal:
        return self.price * self.volume if self.is_buy else self.volume

    @property
    def spent(self) -> Decimal:
        return sum((spent for spent, _ in self.fills), Decimal(0))

    @property
    def left(self) -> Decimal:
        """The volume that is not filled."""
        if self.is_buy:
            return self.volume - sum((received / (1 - FEE) for _, received in self.fills), Decimal(0))
        return self.volume - self.spent
