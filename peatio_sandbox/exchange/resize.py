"""An order is made smaller or larger by the exchange, without a trade: what a pegged coin's cycle does to open orders.

How a Peatio tells of it depends on how its operator changes the order (docs/protocol.md section 4.13).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

from peatio_sandbox.exchange.decimals import EXACT, ZERO, multiply
from peatio_sandbox.exchange.ledger import Ledger
from peatio_sandbox.exchange.records import OrderRecord
from peatio_sandbox.exchange.store import Store


class Telling(StrEnum):
    """How a resized order is shown to its owner."""

    #: ``origin_volume`` and ``remaining_volume`` change alike, with an ``order`` event.
    ORIGIN = "origin"
    #: Only ``remaining_volume`` changes: ``executed_volume`` shows a fill that has no trade. With an event.
    REMAINING = "remaining"
    #: The order is cancelled, and a new one takes the place of the rest.
    REPLACE = "replace"
    #: As ``origin``, and no event: only REST shows it.
    SILENT = "silent"


class Resizer:
    """Resizes orders in ``wait``.

    Args:
        to_engine: hands the order's new volume to the matching engine.
        announce: publishes an order's event.
        end: cancels an order where it stands, and tells of it.
        place: makes an order for the rest of another, with its price and in its name, and hands it on.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        now_s: Callable[[], float],
        to_engine: Callable[[OrderRecord], None],
        announce: Callable[[OrderRecord], None],
        end: Callable[[OrderRecord], None],
        place: Callable[[OrderRecord, Decimal], OrderRecord | None],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._now_s = now_s
        self._to_engine = to_engine
        self._announce = announce
        self._end = end
        self._place = place

    def resize(self, order: OrderRecord, remaining: Decimal, telling: Telling) -> OrderRecord | None:
        """Let ``remaining`` be what is left of the order, and lock as much as that needs.

        Returns:
            The order that stands for it from now on; None where it was replaced by nothing.

        Raises:
            ValueError: the order does not wait, or is a market order, or the volume is negative.
            InsufficientFundsError: a larger order locks more than is free; nothing has changed.
        """
        if order.state != "wait" or order.price is None or remaining < ZERO:
            raise ValueError(f"order {order.id} cannot be resized to {remaining}: it is {order.state}")
        change = EXACT.subtract(remaining, order.remaining_volume)
        if change == ZERO:
            return order
        if telling is Telling.REPLACE:
            self._end(order)
            return self._place(order, remaining) if remaining > ZERO else None
        lock_change = multiply(order.price, change) if order.side == "buy" else change
        self._change_lock(order, lock_change)
        self._store.resize(order, change, self._now_s())
        order.locked = EXACT.add(order.locked, lock_change)
        if telling is not Telling.REMAINING:
            order.origin_volume = EXACT.add(order.origin_volume, change)
            order.origin_locked = EXACT.add(order.origin_locked, lock_change)
        self._to_engine(order)
        if telling is not Telling.SILENT:
            self._announce(order)
        return order

    def saved(self, order: OrderRecord) -> Decimal:
        """Return what a limit order has locked beyond what its rest needs: better prices have saved it."""
        price = Decimal(1) if order.side == "sell" else order.price or ZERO
        needed = multiply(price, order.remaining_volume)
        return EXACT.subtract(order.locked, needed)

    def release(self, order: OrderRecord, amount: Decimal) -> None:
        """Set free a part of what an order has locked, before its end. Nothing that its owner sees changes."""
        self._ledger.unlock(order.member.uid, order.outcome_currency, amount)
        order.locked = EXACT.subtract(order.locked, amount)
        order.origin_locked = EXACT.subtract(order.origin_locked, amount)  # its mean price stays

    def end(self, order: OrderRecord) -> None:
        """Cancel an order in ``wait`` where it stands, with none in its place."""
        self._end(order)

    def _change_lock(self, order: OrderRecord, change: Decimal) -> None:
        uid, currency = order.member.uid, order.outcome_currency
        if change > ZERO:
            self._ledger.lock(uid, currency, change)
        else:
            self._ledger.unlock(uid, currency, EXACT.minus(change))
