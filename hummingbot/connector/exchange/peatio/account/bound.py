"""What the exchange has free at least, in one currency: by its last balances, and by what was reported since.

Balances show what was free and what was locked at an unknown moment between their request and their answer. What had
happened by then is in them, be it reported already or later. So what is free now is bounded from below by these rules:

- An order that was written down and is not known to be locked in the balances lowers the bound: the exchange may lock
  its funds at any time.
- What sets funds free or brings them in raises the bound only if the balances surely do not have it yet. That is so
  for orders that were written down after the request, and for the others where the balances show exactly what was
  reported: where what is locked is what the known orders lock, no end was in them, and where the total is the known
  one, no income either. Orders whose going live was not reported yet may explain a part of the locks.

Where that is not so, an end or an income counts with the next balances. So it is after balances that were copied at a
start: what others lock was learned from them, and as much less, where they had the end of an order that was reported
later. Then what is locked explains nothing until the orders of then have ended. Pure.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.records import Reservation, Snapshot
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance
from hummingbot.connector.exchange.peatio.common.messages import ZERO

# So many sums of locks are tried to explain what is locked.
MOST_SUMS = 1000


@dataclass
class Bound:
    """
    :ivar free: the bound; below zero where orders were written down for more than there was
    :ivar number: of the snapshot
    :ivar has_no_end: whether that snapshot surely has no end that is reported later
    :ivar has_no_income: nor an income
    :ivar foreign: how much that snapshot had locked that no order of ours can explain and no report did yet
    """

    free: Decimal
    number: int
    has_no_end: bool = True
    has_no_income: bool = True
    foreign: Decimal = ZERO

    def reserve(self, reservation: Reservation) -> None:
        """The order was written down."""
        self.free -= reservation.amount
        reservation.is_bounded = True

    def release(self, reservation: Reservation) -> None:
        """The order ended: what it did not spend is free."""
        if reservation.is_bounded:
            self.free += reservation.amount

    def spend(self, amount: Decimal) -> None:
        """More was spent than reserved."""
        self.free -= amount

    def receive(self, reservation: Reservation | None, amount: Decimal) -> None:
        """A fill brought in so much."""
        is_later = reservation is not None and reservation.number > self.number
        if self.has_no_income or is_later:
            self.free += amount

    def lock_of_others(self, amount: Decimal) -> None:
        """An order of the account that is not ours went live. The snapshot may have shown its lock."""
        if amount == self.foreign:
            self.foreign = ZERO
        else:
            self.free -= amount

    def end_of_others(self, freed: Decimal) -> None:
        """Such an order ended."""
        if self.has_no_end:
            self.free += freed

    def resize(self, change: Decimal, available: Decimal) -> None:
        """The exchange made an order of ours so much larger: what it locks besides was free. Where it is smaller,
        nothing becomes available by that."""
        self.free = self.free - change if change > ZERO else min(self.free, available)


def bound_by(
    total: Decimal,
    others: Decimal | None,
    before: Bound | None,
    row: Balance,
    reservations: Collection[Reservation],
    snapshot: Snapshot,
    currency: str,
) -> Bound:
    """The bound by a snapshot that is not older than the one of the bound so far.

    :param total: of the currency, as far as it was reported
    :param others: what other orders of the account lock; None where it is doubtful: what is locked explains nothing
    :param before: the bound so far
    :param reservations: of the orders that pay with it; their `is_bounded` is set
    """
    live = sum((each.amount for each in reservations if each.is_live), ZERO)
    pending = [each for each in reservations if not each.is_live]
    unreported = ZERO if others is None else row.locked - others - live
    locked = _locked(unreported, [each for each in pending if not each.is_estimate])
    if locked is not None and others is not None:
        waiting = sum((each.amount for each in pending if each not in locked), ZERO)
        for each in reservations:
            # What is locked for an order without an answer stays locked where that one is given up.
            each.is_bounded = each.is_answered or each not in locked
        return Bound(row.free - waiting, snapshot.number, has_no_income=total == row.free + row.locked)
    waiting = sum((each.amount for each in pending), ZERO)
    foreign = max(unreported - waiting, ZERO)
    bound = Bound(row.free - waiting, snapshot.number, has_no_end=False, has_no_income=False, foreign=foreign)
    raised = snapshot.raised.get(currency, ZERO)
    estimated = sum((each.amount for each in pending if each.is_estimate), ZERO)
    if currency in snapshot.touched | snapshot.estimated:
        # What was reported meanwhile may be in it or not, be it a lock, and so may a market buy's lock. Where that
        # explains what was known, this stays. Where it does not, something was taken that nobody reported, and what was
        # reported may be in the balances.
        most = bound.free + raised + estimated
        if before is not None and before.free <= most and (currency in snapshot.touched or bound.free < before.free):
            return before
        if before is None or before.free > most:
            bound.free += estimated
    for each in reservations:
        # What is free may have the end of an order that is live already.
        each.is_bounded = not each.is_live and not (each.is_estimate and bound.free > row.free - waiting)
    return bound


def bound_by_copied(known: Decimal, free: Decimal, reservations: Collection[Reservation], number: int) -> Bound:
    """The bound by a snapshot that was copied: fills and ends of our live orders that are reported later may be in it.

    :param known: what seems to be available by it
    :param free: what it has free
    :param number: of the snapshot
    """
    waiting = sum((each.amount for each in reservations if not each.is_live), ZERO)
    # It may have been read before the locks of these.
    later = sum((each.amount for each in reservations if each.is_live and each.live_number > number), ZERO)
    has_live = False
    for each in reservations:
        each.is_bounded = not each.is_live
        has_live |= each.is_live
    return Bound(max(free - waiting, known) - later, number, has_no_end=not has_live, has_no_income=not has_live)


def _locked(amount: Decimal, pending: Iterable[Reservation]) -> list[Reservation] | None:
    """The orders whose locks are `amount` together; None where there are none."""
    if amount < ZERO:
        return None
    sums: dict[Decimal, list[Reservation]] = {ZERO: []}
    for order in pending:
        if amount in sums or len(sums) > MOST_SUMS:
            break
        for part, orders in list(sums.items()):
            sums.setdefault(part + order.amount, [*orders, order])
    return sums.get(amount)
