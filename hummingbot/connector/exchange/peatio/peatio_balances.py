"""What the account has free between two REST snapshots. Pure: no I/O, no clock of its own.

Peatio pushes no balances, so they are computed the way Peatio books them (docs/protocol.md sections 4.1 and 4.8): a
limit order locks its volume (sell) or price x volume (buy) when it goes `wait`, without any fee; a fill spends from
the lock and pays out what is received less the fee; the end of the order frees what is left of its lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio.peatio_messages import ZERO, PeatioBalance

# How long after a snapshot an event may still tell of something the snapshot already holds: events arrive 20 to
# 100 ms after the booking (section 4.7), over a connection that may be slow.
EVENT_DELAY_S = 0.3


@dataclass
class _Lock:
    currency: str
    amount: Decimal


class PeatioBalances:
    """Free and locked funds by currency (as Hummingbot writes it, upper case).

    A snapshot and the events around it cannot be told apart by time: whether a change is already in the snapshot is
    uncertain for a moment. In that time whatever lowers the free funds is applied and whatever raises them is
    left to the next snapshot, so the free funds are never overstated. `needs_snapshot` then asks for that one.
    """

    def __init__(self) -> None:
        self._free: dict[str, Decimal] = {}
        self._locked: dict[str, Decimal] = {}
        self._locks: dict[str, _Lock] = {}
        self._debits: list[tuple[float, str, Decimal]] = []
        self._snapshot_at_s: float | None = None
        self._is_dirty = False

    @property
    def needs_snapshot(self) -> bool:
        """Whether anything happened since the last snapshot that the next one should confirm."""
        return self._is_dirty and self._snapshot_at_s is not None

    def available(self) -> dict[str, Decimal]:
        """Free funds by currency, never negative."""
        return {currency: max(amount, ZERO) for currency, amount in self._free.items()}

    def total(self) -> dict[str, Decimal]:
        """Free and locked funds by currency."""
        return {currency: max(free + self._locked.get(currency, ZERO), ZERO) for currency, free in self._free.items()}

    def snapshot(self, balances: Iterable[PeatioBalance], requested_at_s: float, now_s: float) -> None:
        """Takes over an answer of account/balances that was asked for at `requested_at_s`."""
        rows = list(balances)
        self._free = {row.currency.upper(): row.free for row in rows}
        self._locked = {row.currency.upper(): row.locked for row in rows}
        # What was debited while the answer was under way may be missing from it.
        self._debits = [debit for debit in self._debits if debit[0] >= requested_at_s]
        for _, currency, amount in self._debits:
            self._add(self._free, currency, -amount)
        self._is_dirty = bool(self._debits)
        self._snapshot_at_s = now_s

    def pushed(self, balances: Iterable[PeatioBalance]) -> None:
        """Takes over balances that the server pushes: they need no computation."""
        for row in balances:
            self._free[row.currency.upper()] = row.free
            self._locked[row.currency.upper()] = row.locked

    def lock(self, order_id: str, currency: str, amount: Decimal, now_s: float) -> None:
        """The order went live. Told again, nothing happens."""
        if order_id in self._locks:
            return
        self._locks[order_id] = _Lock(currency, amount)
        self._debit(currency, amount, now_s)
        self._add(self._locked, currency, amount)
        self._is_dirty = True

    def fill(
        self, order_id: str, spent: tuple[str, Decimal], received: tuple[str, Decimal], now_s: float
    ) -> None:
        """A match: `spent` leaves the order's lock (or the free funds, where a market order's lock is unknown),
        `received` (after the fee) comes in."""
        currency, amount = spent
        lock = self._locks.get(order_id)
        if lock is not None and lock.currency == currency:
            lock.amount -= amount
            self._add(self._locked, currency, -amount)
        else:
            self._debit(currency, amount, now_s)
        self._credit(received[0], received[1], now_s)
        self._is_dirty = True

    def release(self, order_id: str, now_s: float) -> None:
        """The order ended: what is left of its lock is free."""
        lock = self._locks.pop(order_id, None)
        if lock is None:
            return
        self._add(self._locked, lock.currency, -lock.amount)
        self._credit(lock.currency, lock.amount, now_s)
        self._is_dirty = True

    def _debit(self, currency: str, amount: Decimal, now_s: float) -> None:
        self._debits.append((now_s, currency, amount))
        self._add(self._free, currency, -amount)

    def _credit(self, currency: str, amount: Decimal, now_s: float) -> None:
        if self._snapshot_at_s is None or now_s - self._snapshot_at_s >= EVENT_DELAY_S:
            self._add(self._free, currency, amount)

    @staticmethod
    def _add(funds: dict[str, Decimal], currency: str, amount: Decimal) -> None:
        funds[currency] = funds.get(currency, ZERO) + amount
