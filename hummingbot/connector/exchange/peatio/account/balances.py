"""What the account has free between two REST snapshots. Pure: no I/O, no clock of its own.

Peatio pushes no balances, so they are computed the way Peatio books them (docs/protocol.md sections 4.1 and 4.8): a
limit order locks its volume (sell) or price x volume (buy) when it goes `wait`, without any fee; a fill spends from
the lock and pays out what is received less the fee; the end of the order frees what is left of its lock. Some forks
push them; what is pushed is not computed as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.messages import ZERO, Balance

# How long after a snapshot an event may still tell of something that the snapshot holds already: events arrive 20 to
# 100 ms after the booking (section 4.7), over a connection that may be slow.
EVENT_DELAY_S = 2.0


@dataclass
class _Lock:
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class _Booking:
    """A change that an event told of: `locked` rises or falls by `change`, and `credits` become free.

    For a lock `change` is positive and also leaves the free funds.
    """

    at_s: float
    currency: str
    change: Decimal
    credits: tuple[tuple[str, Decimal], ...] = ()
    locks: bool = field(default=False)


class Balances:
    """Free and locked funds by currency (as Hummingbot writes it, upper case).

    Time cannot tell whether a snapshot already holds what an event of the same moment says; the snapshot's locked
    funds can. What they differ by from our own orders' locks is first held to be others' (orders placed by hand).
    If a later snapshot differs by more, it knows a lock that no event has told of yet; if by less, a release or a
    fill. Such a difference is kept until the event comes, and the event then changes nothing.

    :ivar corrections: how often a snapshot found a currency's free funds other than computed: a deposit, an order
        placed by hand, or an event that had not come yet
    """

    def __init__(self) -> None:
        self._free: dict[str, Decimal] = {}
        self._locked: dict[str, Decimal] = {}
        self._locks: dict[str, _Lock] = {}
        self._locked_by_others: dict[str, Decimal] = {}
        self._foretold: dict[str, Decimal] = {}
        self._recent: list[_Booking] = []
        self._pushed_at_s: dict[str, float] = {}
        self._snapshot_at_s: float | None = None
        self._is_dirty = False
        self.corrections = 0

    @property
    def needs_snapshot(self) -> bool:
        """Whether anything happened since the last snapshot that the next one should confirm."""
        return self._is_dirty and self._snapshot_at_s is not None

    def available(self) -> dict[str, Decimal]:
        """Free funds by currency, never negative."""
        return {currency: max(amount, ZERO) for currency, amount in self._free.items()}

    def total(self) -> dict[str, Decimal]:
        """Free and locked funds by currency, never negative."""
        return {currency: max(free + self._locked.get(currency, ZERO), ZERO) for currency, free in self._free.items()}

    def snapshot(self, balances: Iterable[Balance], requested_at_s: float, now_s: float) -> None:
        """Takes over an answer of account/balances that was asked for at `requested_at_s`."""
        self._forget_foretold(now_s)
        is_first = self._snapshot_at_s is None
        computed = self.available()
        rows = list(balances)
        # Of a currency that was pushed since, the answer may be older than the push.
        pushed = [currency for currency, pushed_at_s in self._pushed_at_s.items() if pushed_at_s >= requested_at_s]
        newer_free = {currency: self._free[currency] for currency in pushed}
        newer_locked = {currency: self._locked[currency] for currency in pushed}
        self._free = {row.currency.upper(): row.free for row in rows} | newer_free
        self._locked = {row.currency.upper(): row.locked for row in rows} | newer_locked
        for currency, locked in self._locked.items():
            difference = locked - self._own_locks(currency)
            if is_first:
                self._locked_by_others[currency] = difference
            self._foretold[currency] = difference - self._locked_by_others.get(currency, ZERO)
        # What was booked while the answer was under way is missing from it, if the difference says so.
        under_way = [booking for booking in self._recent if booking.at_s >= requested_at_s]
        self._recent = []
        self._snapshot_at_s = now_s
        self._is_dirty = False
        for booking in under_way:
            if self._foretells(booking.currency, -booking.change):
                self._foretold[booking.currency] += booking.change
                self._book(booking)
        if not is_first:
            told = self.available()
            self.corrections += sum(told[currency] != computed.get(currency, ZERO) for currency in told)

    def pushed(self, balances: Iterable[Balance], now_s: float) -> None:
        """Takes over balances that the server pushes. From then on the orders' and trades' events do not change these
        currencies: the same change would count twice."""
        for row in balances:
            currency = row.currency.upper()
            self._free[currency] = row.free
            self._locked[currency] = row.locked
            self._pushed_at_s[currency] = now_s

    def lock(self, order_id: str, currency: str, amount: Decimal, now_s: float) -> None:
        """The order went live. Told again, nothing happens."""
        if order_id in self._locks:
            return
        self._locks[order_id] = _Lock(currency, amount)
        self._apply(_Booking(now_s, currency, amount, locks=True))

    def fill(self, order_id: str, spent: tuple[str, Decimal], received: tuple[str, Decimal], now_s: float) -> None:
        """A match: `spent` leaves the order's lock, `received` (after the fee) comes in.

        Of a market order no lock is known: what it spends is taken from the free funds.
        """
        currency, amount = spent
        lock = self._locks.get(order_id)
        if lock is None:
            self._apply(_Booking(now_s, currency, amount, locks=True))
        else:
            lock.amount -= amount
        self._apply(_Booking(now_s, currency, -amount, (received,)))

    def release(self, order_id: str, now_s: float) -> None:
        """The order ended: what is left of its lock is free."""
        lock = self._locks.pop(order_id, None)
        if lock is not None and lock.amount != ZERO:
            self._apply(_Booking(now_s, lock.currency, -lock.amount, ((lock.currency, lock.amount),)))

    def doubt(self) -> None:
        """Funds moved that no event told of: the next snapshot shall confirm what is known."""
        self._is_dirty = True

    def _apply(self, booking: _Booking) -> None:
        self._is_dirty = True
        self._forget_foretold(booking.at_s)
        if self._foretells(booking.currency, booking.change):
            self._foretold[booking.currency] -= booking.change
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

    def _foretells(self, currency: str, change: Decimal) -> bool:
        """Whether the last snapshot holds a change of that size which no event had told of."""
        foretold = self._foretold.get(currency, ZERO)
        return foretold >= change > ZERO or foretold <= change < ZERO

    def _forget_foretold(self, now_s: float) -> None:
        """No event came for the difference: it is others' doing."""
        if self._snapshot_at_s is None or now_s - self._snapshot_at_s < EVENT_DELAY_S:
            return
        for currency, amount in self._foretold.items():
            _add(self._locked_by_others, currency, amount)
        self._foretold.clear()
        self._recent = [booking for booking in self._recent if now_s - booking.at_s < EVENT_DELAY_S]

    def _own_locks(self, currency: str) -> Decimal:
        return sum((lock.amount for lock in self._locks.values() if lock.currency == currency), ZERO)


def _add(funds: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    funds[currency] = funds.get(currency, ZERO) + amount
