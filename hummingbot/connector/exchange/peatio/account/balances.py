"""The account's total and available funds at any moment. Pure: no I/O and no clock.

    available = total - what our orders reserve - what other orders of the account lock

What is ours counts when it is reported, and never because of a snapshot (an answer of account/balances). An order
reserves what Peatio locks for it (docs/protocol.md sections 4.1 and 4.8): its volume or price x volume, without a fee.
A market buy reserves an estimate, and where there is none, everything.
It does so from its row in the journal until its end is reported, although Peatio locks the funds only when the order
leaves `pending`. A fill changes the totals, and what its order reserves.

A snapshot is read at an unknown moment between its request and its answer. It contains what was reported before the
request, because Peatio books before it reports; later reports and bookings may be in it or not. A snapshot is therefore
compared, not copied:

- What it has free bounds `available` (`bound.py`): funds that are gone are gone at once, whoever took them, and no
  report makes anything available of which the exchange may have nothing free.
- Any other difference may be a fill or an end that is not reported yet. `accept` takes it over, after our orders and
  trades were asked for: a currency in which nothing of ours was reported from the snapshot's request to the end of
  these questions has the same bookings of ours in the snapshot as here, so that the rest belongs to somebody else.

Until our orders of an earlier run are settled, snapshots are copied: a fill of that time is in the total already.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.bound import Bound, bound_by, bound_by_copied
from hummingbot.connector.exchange.peatio.account.funds import Funds, RememberedOrders
from hummingbot.connector.exchange.peatio.account.records import Reservation, ReservationTable, Snapshot
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance
from hummingbot.connector.exchange.peatio.common.currencies import currency_name
from hummingbot.connector.exchange.peatio.common.messages import ZERO


class Balances:
    """Funds by currency, as Hummingbot writes it (`currency_name`).

    :ivar available: what new orders can use; never negative. Always the same dictionary, as is `total`
    :ivar total: free and locked funds; never negative
    :ivar corrections: how often a currency's funds differed from those that the reports of our orders give: a deposit,
        an order placed by hand
    :ivar resized: the currencies of orders that the exchange resized without a trade: it changes balances so, too
    """

    def __init__(self) -> None:
        self.available: dict[str, Decimal] = {}
        self.total: dict[str, Decimal] = {}
        self.corrections = 0
        self.resized: set[str] = set()
        self._funds: dict[str, Funds] = {}
        self._reservations = ReservationTable()
        #: Whether an order of the account holds a part of `others`; False where it is known to have ended.
        self._orders_of_others = RememberedOrders()
        self._snapshots: list[Snapshot] = []
        self._numbers = itertools.count()  # of requests of snapshots and of reservations
        self._is_copied = self._is_settled = True
        self._is_dirty = False
        self._copied = Snapshot(-1, False)  # the last one that was copied

    @property
    def needs_snapshot(self) -> bool:
        """Whether the next snapshot should confirm what has happened since the last one, or that one differed."""
        return self._is_dirty and bool(self._funds)

    @property
    def is_held(self) -> bool:
        """Whether snapshots are still copied: what a fill brings in until then does not count."""
        return self._is_copied

    # Our orders.

    def reserve(
        self,
        key: str,
        spends: str,
        receives: str,
        amount: Decimal | None,
        is_answered: bool,
        is_market: bool = False,
        is_estimate: bool = False,
    ) -> None:
        """The order was written down, leaves, or is open. Of a known order only `is_answered` matters, and a higher
        estimate before that: the order may leave later than it was written down, and more than once.

        :param key: the order's client order id
        :param amount: of `spends`, be it more than there is: other orders may end before the exchange locks. None where
            it cannot be estimated, which reserves everything until the order's end
        :param is_estimate: whether the exchange may lock another amount
        """
        known = self._reservations.get(key)
        funds = self._funds.get(spends)
        reserved = self.total.get(spends, ZERO) if amount is None else amount
        if known is None:
            number, is_new = next(self._numbers), not is_answered
            known = Reservation(spends, receives, reserved, number, is_answered, is_market, is_estimate, is_new=is_new)
            self._reservations.add(key, known, takes_everything=amount is None)
            if funds is not None and funds.bound is not None:
                funds.bound.reserve(known)
            if is_market:
                for snapshot in self._snapshots:
                    snapshot.unclear.add(spends)
                    if is_estimate:
                        snapshot.estimated.add(spends)
        elif known.is_answered or not (is_answered or is_estimate):
            return
        elif not is_answered:
            more = max(reserved - known.amount, ZERO)
            self._reservations.set_amount(known, known.amount + more)
            if funds is not None and funds.bound is not None:
                funds.bound.spend(more)
            if amount is None:
                self._reservations.take_everything(known)
        known.is_bounded |= is_answered and not known.is_estimate
        known.is_answered = is_answered
        self._report(known)

    def is_reserved(self, key: str) -> bool:
        """Whether the order reserves funds."""
        return key in self._reservations

    def live(self, key: str, rest: Decimal | None = None) -> None:
        """The exchange locked the order's funds.

        :param rest: what it locks at most: fills that Hummingbot restored with the order are not reported again
        """
        reservation = self._reservations[key]
        if not reservation.is_live:
            if rest is not None:
                self._reservations.set_amount(reservation, min(reservation.amount, rest))
            reservation.is_live = reservation.is_answered = True
            reservation.live_number = next(self._numbers)
            self._report(reservation)
            self._is_dirty = True

    def fill(
        self,
        key: str,
        spent: tuple[str, Decimal],
        received: tuple[str, Decimal],
        is_in_total: bool = False,
        at_s: float = math.inf,
    ) -> None:
        """A match of the order.

        :param received: after the fee
        :param is_in_total: whether the first snapshot contained it: a fill of an earlier run
        :param at_s: the second in which it was booked, by the exchange's clock. What was booked before the last copied
            snapshot was requested is in that one: an order of an earlier run may turn up after its settlement
        """
        reservation = self._reservations.get(key)
        is_new = reservation is not None and reservation.is_new and reservation.number > self._copied.number
        is_in_total |= self._copied.has_fill(at_s) and not is_new
        # What it brings in counts with the next snapshot where the last one may have it.
        is_income_unclear = self._is_copied or (self._copied.may_have_fill(at_s) and not is_new)
        # Clocks may be off: of an order that the copied snapshot may have had filled, only the next one shows more.
        is_old = reservation is not None and reservation.number < self._copied.number
        raised = ZERO if is_income_unclear or is_old else received[1]
        besides = spent[1]
        if reservation is not None:
            besides = max(spent[1] - reservation.amount, ZERO)
            self._reservations.set_amount(reservation, max(reservation.amount - spent[1], ZERO))
        # While snapshots are copied, one that may have been read before the fill lacks what it costs.
        is_later = not self._copied.has_fill(at_s) and at_s < math.inf and spent[0] in self._funds
        is_in_total |= self._is_copied and not is_later
        if not is_in_total:
            paid, got = (self._funds.setdefault(currency, Funds()) for currency in (spent[0], received[0]))
            paid.total -= spent[1]
            got.total += ZERO if is_income_unclear else received[1]
            if paid.bound is not None:
                paid.bound.spend(besides)
            if got.bound is not None and raised:
                got.bound.receive(reservation, raised)
        self._on_report(spent[0], ZERO)
        self._on_report(received[0], raised)
        self._is_dirty = True

    def resize(self, key: str, amount: Decimal) -> None:
        """The exchange made the order smaller or larger without a trade.

        Nothing becomes available by that: what a smaller order does not lock any more is gone with the balance, and
        what a larger one locks came with it, until a snapshot says otherwise.

        :param amount: what it reserves now
        """
        reservation = self._reservations.get(key)
        if reservation is None or reservation.amount == amount:
            return
        change = amount - reservation.amount
        self._reservations.set_amount(reservation, amount)
        self.resized |= {reservation.spends, reservation.receives}
        funds = self._funds.get(reservation.spends)
        if funds is not None and funds.bound is not None:
            funds.bound.resize(change, self.available[reservation.spends])
        self._report(reservation)
        self._is_dirty = True

    def end_seen(self, key: str) -> None:
        """The exchange has ended the order, and the end is not reported yet, as fills are missing or another order may
        have its place: whether anything is locked for it is not known."""
        reservation = self._reservations.get(key)
        if reservation is not None and reservation.is_live:
            reservation.is_live = False
            self._report(reservation)

    def release(self, key: str) -> None:
        """The order ended, or was never placed: the rest of what it reserved is free."""
        reservation = self._reservations.remove(key)
        if reservation is not None:
            funds = self._funds.get(reservation.spends)
            if funds is not None and funds.bound is not None:
                funds.bound.release(reservation)
            self._report(reservation, reservation.amount)
            self._is_dirty |= reservation.is_answered

    # Others' orders.

    def lock_of_others(self, order_id: str, currency: str, amount: Decimal) -> None:
        """An order of the account that is not ours went live. A report that comes again or late is ignored."""
        if order_id in self._orders_of_others:
            return
        self._orders_of_others.remember(order_id, is_open=True)
        funds = self._funds.setdefault(currency, Funds())
        funds.others += amount
        if funds.bound is not None:
            funds.bound.lock_of_others(amount)
        self._on_report(currency, ZERO, amount)

    def end_of_others(self, order_id: str, currency: str, freed: Decimal) -> None:
        """An order of the account that is not ours ended; `freed` is what it had not spent.

        What it spent stays locked here until a snapshot has the new total. So does the lock of an order that went live
        without a report.
        """
        is_open = self._orders_of_others.get(order_id)
        self.ended(order_id)
        if is_open:
            funds = self._funds.setdefault(currency, Funds())
            funds.others = max(funds.others - freed, ZERO)
            if funds.bound is not None:
                funds.bound.end_of_others(freed)
            self._on_report(currency, freed)
        elif is_open is None:
            self._is_dirty = True

    def ended(self, order_id: str) -> None:
        """The order of that id at the exchange has ended, be it ours: a later report of its lock is an old one."""
        self._orders_of_others.remember(order_id, is_open=False)

    def doubt(self) -> None:
        """Funds changed in a way that no report shows exactly: the next snapshot should confirm them."""
        self._is_dirty = True

    # Snapshots.

    def hold(self) -> None:
        """Orders of an earlier run are to be settled: until `settled`, snapshots are copied."""
        self._is_copied, self._is_settled = True, False

    def settled(self) -> bool:
        """They are settled; the next snapshot that is requested is the last one to be copied.

        :return: whether one is due at once, because one was requested before
        """
        self._is_settled = True
        return bool(self._funds or self._snapshots)

    @contextmanager
    def snapshot(self, requested_at_s: float = -math.inf) -> Iterator[Snapshot]:
        """Around the request of a snapshot and the use of its answer.

        :param requested_at_s: by the exchange's clock
        """
        unclear, estimated = self._reservations.without_reports(), self._reservations.estimated()
        snapshot = Snapshot(next(self._numbers), self._is_settled, unclear, estimated, requested_at_s)
        self._snapshots.append(snapshot)
        try:
            yield snapshot
        finally:
            self._snapshots.remove(snapshot)

    def compare(self, snapshot: Snapshot, rows: Iterable[Balance], is_complete: bool = True) -> None:
        """Compares the answer with what is known here.

        :param is_complete: whether a currency without a row is gone; where not, its funds stay as they were
        """
        snapshot.rows = {currency_name(row.currency): row for row in rows}
        for currency in self._funds.keys() - snapshot.rows.keys() if is_complete else ():
            del self._funds[currency], self.available[currency], self.total[currency]
        if self._is_copied:
            self._copied = snapshot
            for currency, row in snapshot.rows.items():
                self._copy(currency, row, snapshot.number, snapshot.locked.get(currency, ZERO))
            self._is_copied = not snapshot.is_after_settlement
            self._is_dirty = bool(snapshot.touched)
            return
        self._is_dirty = False
        for currency, row in snapshot.rows.items():
            self._compare(currency, row, snapshot)

    def accept(self, snapshot: Snapshot) -> None:
        """Takes over what the compared snapshot has, now that our orders and trades were asked for.

        Not where something was reported meanwhile, or an order has no id yet and its fills cannot be asked for: there
        the next snapshot decides.
        """
        unanswered = self._reservations.unanswered()
        self._is_dirty = False
        for currency, row in snapshot.rows.items():
            if not self._differs(currency, row, snapshot):
                continue
            if currency in snapshot.touched | snapshot.unclear | unanswered:
                self._is_dirty = True
                continue
            self.corrections += 1
            available = self.available.get(currency, ZERO)
            self._take_over(currency, row)
            self._bound_exactly(currency, row, snapshot)
            # For snapshots that were requested before this one and are answered after it.
            self._on_report(currency, max(self.available[currency] - available, ZERO))

    def differing(self, snapshot: Snapshot) -> set[str]:
        """The currencies in which the compared snapshot has something else than is known here."""
        return {currency for currency, row in snapshot.rows.items() if self._differs(currency, row, snapshot)}

    def pushed(self, rows: Iterable[Balance]) -> None:
        """Balances that a server pushes. They have no mutual order with the events of orders and trades, so they only
        show that a snapshot is due, except in a currency that is not known yet."""
        for row in rows:
            currency = currency_name(row.currency)
            if currency not in self._funds:
                self._copy(currency, row, next(self._numbers), ZERO)
            elif self._funds[currency].total != row.free + row.locked:
                self._is_dirty = True

    def _compare(self, currency: str, row: Balance, snapshot: Snapshot) -> None:
        funds = self._funds.setdefault(currency, Funds())
        if funds.bound is None or funds.bound.number <= snapshot.number:
            reservations = self._reservations.that_spend(currency)
            if funds.is_doubtful and currency not in snapshot.touched | snapshot.unclear:
                # Where those orders have ended, what others lock is known by what is locked.
                is_unknown = any(each in reservations for each in funds.live)
                funds.is_doubtful = is_unknown or self._differs(currency, row, snapshot)
            others = None if funds.is_doubtful else funds.others
            funds.bound = bound_by(funds.total, others, funds.bound, row, reservations, snapshot, currency)
        self._is_dirty |= self._differs(currency, row, snapshot)
        self._publish(currency)

    def _copy(self, currency: str, row: Balance, number: int, locked: Decimal) -> None:
        """What others lock is learned from this snapshot: it does not show which of our orders it has, nor whether it
        has `locked`, which others did by reports since its request."""
        self._take_over(currency, row)
        funds, reservations = self._funds[currency], self._reservations.that_spend(currency)
        funds.live = [each for each in reservations if each.is_live]
        funds.is_doubtful = bool(funds.live or locked)
        funds.bound = bound_by_copied(self.available[currency] - locked, row.free - locked, reservations, number)
        self._publish(currency)

    def _bound_exactly(self, currency: str, row: Balance, snapshot: Snapshot) -> None:
        """Nothing is reported after this snapshot that was booked before it."""
        for each in self._reservations.that_spend(currency):
            each.is_bounded = True
        _, pending = self._reservations.sums(currency)
        self._funds[currency].bound = Bound(row.free - pending, snapshot.number)
        self._publish(currency)

    def _differs(self, currency: str, row: Balance, snapshot: Snapshot) -> bool:
        funds = self._funds[currency]
        live, _ = self._reservations.sums(currency)
        has_other_locks = currency not in snapshot.unclear and row.locked != funds.others + live
        return has_other_locks or funds.total != row.free + row.locked

    def _take_over(self, currency: str, row: Balance) -> None:
        """What no live order explains is locked by others: whether it has the lock of one that is not is not known."""
        funds = self._funds.setdefault(currency, Funds())
        live, _ = self._reservations.sums(currency)
        funds.total = row.free + row.locked
        funds.others = max(row.locked - live, ZERO)
        funds.bound, funds.is_doubtful = None, False
        self._publish(currency)

    def _report(self, reservation: Reservation, raised: Decimal = ZERO) -> None:
        self._on_report(reservation.spends, raised)
        self._on_report(reservation.receives, ZERO)

    def _on_report(self, currency: str, raised: Decimal, locked: Decimal = ZERO) -> None:
        """Something was reported that concerns `currency`, and raised what is available, or was locked by others."""
        for snapshot in self._snapshots:
            snapshot.touched.add(currency)
            snapshot.raised[currency] = snapshot.raised.get(currency, ZERO) + raised
            snapshot.locked[currency] = snapshot.locked.get(currency, ZERO) + locked
        if currency in self._funds:
            self._publish(currency)

    def _publish(self, currency: str) -> None:
        funds, reserved = self._funds[currency], self._reservations.reserved.get(currency, ZERO)
        self.available[currency] = ZERO if self._reservations.is_taken(currency) else funds.available(reserved)
        self.total[currency] = max(funds.total, ZERO)
