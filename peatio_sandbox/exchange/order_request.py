"""What a create asks for, and what Peatio checks of it before it stores an order (docs/protocol.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from peatio_sandbox.exchange.decimals import EXACT, ZERO, multiply
from peatio_sandbox.exchange.market import Market, OrderType, Side

#: A market buy locks this many times the estimate, or the whole balance if that is less.
MARKET_BUY_LOCK_FACTOR = Decimal("1.1")
#: The estimate itself is rounded up to this many decimals.
FUNDS_PRECISION = Decimal(1).scaleb(-16)

_Levels = Iterable[tuple[Decimal, Decimal]]


class OrderRefusedError(Exception):
    """A create that is not taken; the arguments are the error code and, where it is not 422, the status."""

    @property
    def code(self) -> str:
        """Return the error code."""
        return str(self.args[0])

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return int(self.args[1]) if len(self.args) > 1 else 422


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A create whose parameters have been validated one by one.

    ``post_only`` orders are rejected rather than take; only some dialects know them.
    """

    market: Market
    side: Side
    ord_type: OrderType
    volume: Decimal
    price: Decimal | None
    post_only: bool = False

    @property
    def outcome_currency(self) -> str:
        """Return the currency the order would pay with."""
        return self.market.quote if self.side == "buy" else self.market.base

    def funds_to_lock(self, balance: Decimal, opposite: _Levels) -> Decimal:
        """Return what the order is to lock.

        Args:
            balance: what the member has free of the currency the order pays with.
            opposite: price and volume of the database's book of the other side, best first; of market orders.

        Raises:
            OrderRefusedError: the balance or the book is not enough.
        """
        if self.ord_type == "market":
            estimate = self._estimate(opposite)
            if self.side == "buy":
                estimate = estimate.quantize(FUNDS_PRECISION, rounding=ROUND_UP, context=EXACT)
                return min(multiply(estimate, MARKET_BUY_LOCK_FACTOR), balance)
        elif self.price is None and self.side == "buy":
            # Peatio multiplies by nil here and tells of nothing but the failure.
            raise OrderRefusedError("market.order.create_error")
        locked = multiply(self.price, self.volume) if self.price and self.side == "buy" else self.volume
        if balance < locked:
            raise OrderRefusedError("market.account.insufficient_balance")
        return locked

    def check_limits(self) -> None:
        """Check volume and price against the market's limits.

        Raises:
            OrderRefusedError: they are outside; Peatio never rounds.
        """
        acceptable = self.market.accepts_volume(self.volume)
        if self.ord_type == "limit":
            acceptable = acceptable and self.price is not None and self.market.accepts_price(self.price)
        if not acceptable:
            raise OrderRefusedError("market.order.invalid_volume_or_price")

    def _estimate(self, opposite: _Levels) -> Decimal:
        """Return what the volume costs in the book of the other side."""
        required, missing = ZERO, self.volume
        for price, volume in opposite:
            step = min(missing, volume)
            required = EXACT.add(required, multiply(price, step))
            missing = EXACT.subtract(missing, step)
            if missing == ZERO:
                return required
        raise OrderRefusedError("market.order.insufficient_market_liquidity")
