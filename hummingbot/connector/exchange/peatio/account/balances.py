"""The account's free and locked funds between two REST snapshots. Pure: no I/O, no clock of its own.

Peatio pushes no balances, so they are computed the way Peatio books them (docs/protocol.md sections 4.1 and 4.8): a
limit order locks its volume (sell) or price x volume (buy) when it becomes `wait`, without any fee; a fill spends from
the lock and credits what is received less the fee; the end of the order frees the rest of its lock. Some forks push
balances; pushed currencies are not computed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.messages import ZERO, Balance

# How long after a snapshot an event may report a booking that the snapshot already contains: events arrive 20 to 100 ms
# after the booking (section 4.7), over a connection that may be slow.
EVENT_DELAY_S = 2.0


@dataclass
class _Lock:
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class _Booking:
    """A change that an event reported: `locked` changes by `change`, and `credits` become free.

    A lock has a positive `change`, which is also taken from the free funds.
    """

    at_s: float
    currency: str
    change: Decimal
    credits: tuple[tuple[str, Decimal], ...] = ()
    locks: bool = field(default=False)


class Balances:
    """Free and locked funds by currency (as Hummingbot writes it, upper case).

    Whether a snapshot contains a booking whose event arrives at about the same time does not follow from the times, but
    from the snapshot's locked funds. In the first snapshot, what they exceed our own orders' locks by belongs to other
    orders (placed by hand). If a later snapshot differs by more, it contains a lock whose event has not arrived; if by
    less, a release or a fill. Such a difference is kept until the event arrives, and the event then changes nothing.

    :ivar corrections: how often the free funds of a currency in a snapshot differed from the computed ones: because of
        a deposit, an order placed by hand, or an event that had not arrived
    """

    def __init__(self) -> None:
        self._free: dict[str, Decimal] = {}
        self._locked: dict[str, Decimal] = {}
        self._locks: dict[str, _Lock] = {}
        self._locked_by_others: dict[str, Decimal] = {}
        self._unexplained: dict[str, Decimal] = {}
        self._recent: list[_Booking] = []
        self._pushed_at_s: dict[str, float] = {}
        self._snapshot_at_s: float | None = None
        self._is_dirty = False
        self.corrections = 0

    @property
    def needs_snapshot(self) -> bool:
        """Whether anything has happened since the last snapshot that the next one should confirm."""
        return self._is_dirty and self._snapshot_at_s is not None

    def available(self) -> dict[str, Decimal]:
        """Free funds by currency, never negative."""
        return {currency: max(amount, ZERO) for currency, amount in self._free.items()}

    def total(self) -> dict[str, Decimal]:
        """Free and locked funds by currency, never negative."""
        return {currency: max(free + self._locked.get(currency, ZERO), ZERO) for currency, free in self._free.items()}

    def snapshot(self, balances: Iterable[Balance], requested_at_s: float, now_s: float) -> None:
        """Applies an answer of account/balances.

        :param requested_at_s: when it was requested, by the same clock as `now_s`
        """
        self._expire_unexplained(now_s)
        is_first = self._snapshot_at_s is None
        computed = self.available()
        rows = list(balances)
        # A currency pushed since the request may be newer than the answer.
        pushed = [currency for currency, pushed_at_s in self._pushed_at_s.items() if pushed_at_s >= requested_at_s]
        newer_free = {currency: self._free[currency] for currency in pushed}
        newer_locked = {currency: self._locked[currency] for currency in pushed}
        self._free = {row.currency.upper(): row.free for row in rows} | newer_free
        self._locked = {row.currency.upper(): row.locked for row in rows} | newer_locked
        for currency, locked in self._locked.items():
            difference = locked - self._own_locks(currency)
            if is_first:
                self._locked_by_others[currency] = difference
            self._unexplained[currency] = difference - self._locked_by_others.get(currency, ZERO)
        # Bookings since the request that the answer does not contain, as the difference shows, are applied again.
        under_way = [booking for booking in self._recent if booking.at_s >= requested_at_s]
        self._recent = []
        self._snapshot_at_s = now_s
        self._is_dirty = False
        for booking in under_way:
            if self._explains(booking.currency, -booking.change):
                self._unexplained[booking.currency] += booking.change
                self._book(booking)
        if not is_first:
            reported = self.available()
            self.corrections += sum(reported[currency] != computed.get(currency, ZERO) for currency in reported)

    def pushed(self, balances: Iterable[Balance], now_s: float) -> None:
        """Applies balances that the server pushes. From then on the events of orders and trades do not change these
        currencies: the same change would count twice."""
        for row in balances:
            currency = row.currency.upper()
            self._free[currency] = row.free
            self._locked[currency] = row.locked
            self._pushed_at_s[currency] = now_s

    def lock(self, order_id: str, currency: str, amount: Decimal, now_s: float) -> None:
        """The order became open. A second call for the same order does nothing."""
        if order_id in self._locks:
            return
        self._locks[order_id] = _Lock(currency, amount)
        self._apply(_Booking(now_s, currency, amount, locks=True))

    def fill(self, order_id: str, spent: tuple[str, Decimal], received: tuple[str, Decimal], now_s: float) -> None:
        """A match: `spent` is taken from the order's lock, `received` (after the fee) becomes free.

        The lock of a market order is not known: what it spends is taken from the free funds.
        """
        currency, amount = spent
        lock = self._locks.get(order_id)
        if lock is None:
            self._apply(_Booking(now_s, currency, amount, locks=True))
        else:
            lock.amount -= amount
        self._apply(_Booking(now_s, currency, -amount, (received,)))

    def release(self, order_id: str, now_s: float) -> None:
        """The order ended: the rest of its lock becomes free."""
        lock = self._locks.pop(order_id, None)
        if lock is not None and lock.amount != ZERO:
            self._apply(_Booking(now_s, lock.currency, -lock.amount, ((lock.currency, lock.amount),)))

    def doubt(self) -> None:
        """Funds may have changed without an event: the next snapshot should confirm them."""
        self._is_dirty = True

    def _apply(self, booking: _Booking) -> None:
        self._is_dirty = True
        self._expire_unexplained(booking.at_s)
        if self._explains(booking.currency, booking.change):
            self._unexplained[booking.currency] -= booking.change
        else:
            self._recent.append(booking)
            self._book(booking)

    def _book(self, booking: _Booking) -> None:
        if booking.currency not in self._pushed_at_s:
            _add(self._locked, booking.currency, booking.change)
            if booking.locks:
                _add(self._free, booking.currency, -booking.change)
        for currency, amount in booking.credits:
            if currency not in self._pushed_at_s:
                _add(self._free, currency, amount)

    def _explains(self, currency: str, change: Decimal) -> bool:
        """Whether `change` accounts for the unexplained difference in the last snapshot, or a part of it."""
        unexplained = self._unexplained.get(currency, ZERO)
        return unexplained >= change > ZERO or unexplained <= change < ZERO

    def _expire_unexplained(self, now_s: float) -> None:
        """Attributes differences to other orders when no event for them has arrived in time."""
        if self._snapshot_at_s is None or now_s - self._snapshot_at_s < EVENT_DELAY_S:
            return
        for currency, amount in self._unexplained.items():
            _add(self._locked_by_others, currency, amount)
        self._unexplained.clear()
        self._recent = [booking for booking in self._recent if now_s - booking.at_s < EVENT_DELAY_S]

    def _own_locks(self, currency: str) -> Decimal:
        return sum((lock.amount for lock in self._locks.values() if lock.currency == currency), ZERO)


def _add(funds: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    funds[currency] = funds.get(currency, ZERO) + amount
