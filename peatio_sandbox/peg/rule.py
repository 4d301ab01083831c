"""What a cycle leaves of open orders: how much of each the owner's new balance still covers. Pure.

The rule (bitbay-doc-exchange, the best of the documented ones): the free balance absorbs a loss first; then only the
remaining part of the orders shrinks, in proportion and rounded down; orders grow back to the size they were placed with
when the balance returns. An order at zero is hidden from the book and stays in its owner's list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal

from peatio_sandbox.exchange.decimals import EXACT, ZERO, multiply

_DOWN = Context(prec=80, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class PeggedOrder:
    """An open order that pays with the pegged coin.

    Attributes:
        price: None for a sell, which locks as much as its volume; a buy locks price times volume.
        wanted: what would remain of it at its full size, in the base currency.
        step: of its volume.
    """

    id: int
    price: Decimal | None
    wanted: Decimal
    step: Decimal

    def lock(self, volume: Decimal) -> Decimal:
        """Return what a volume locks."""
        return volume if self.price is None else multiply(self.price, volume)


def remaining_volumes(total: Decimal, orders: Sequence[PeggedOrder]) -> Mapping[int, Decimal]:
    """Return what remains of each order.

    Args:
        total: the owner's whole balance after the cycle, free and locked together.
        orders: all of the owner's open orders that pay with this currency.
    """
    wanted = ZERO
    for order in orders:
        wanted = EXACT.add(wanted, order.lock(order.wanted))
    if wanted <= total:
        return {order.id: order.wanted for order in orders}
    result = {}
    for order in orders:
        # Multiplied before it is divided, and cut: never more than the balance covers.
        volume = _DOWN.divide(multiply(order.wanted, total), wanted)
        result[order.id] = volume.quantize(order.step, rounding=ROUND_DOWN, context=_DOWN)
    return result
