"""What `Balances` keeps of the orders that reserve funds, and of a snapshot while it is compared."""

import math
from collections import Counter
from dataclasses import dataclass, field
from decimal import Context, Decimal

from hummingbot.connector.exchange.peatio.common.balance_messages import Balance
from hummingbot.connector.exchange.peatio.common.messages import ZERO

# More digits than any sum of amounts has: what is added and taken away again leaves nothing behind.
_EXACT = Context(prec=200)


@dataclass(eq=False)
class Reservation:
    """
    :ivar number: later than that of a snapshot if it was made after that one's request
    :ivar is_new: whether it had no id at the exchange when it was made: the order was not sent yet
    :ivar is_answered: whether the exchange's id of the order is known; its fills cannot be asked for before
    :ivar is_live: whether the exchange reported that it has left `pending`
    :ivar is_market: whether it is a market order: no report shows its lock
    :ivar is_estimate: whether the exchange may lock another amount: a market buy
    :ivar live_number: later than that of a snapshot if that was reported after that one's request
    :ivar takes_everything: whether it may lock everything that is free, also what becomes free until its end
    :ivar is_bounded: whether the bound of what it spends has its lock for sure, so that its end raises that one
    """

    spends: str
    receives: str
    amount: Decimal
    number: int
    is_answered: bool
    is_market: bool
    is_estimate: bool = False
    is_live: bool = False
    live_number: int = -1
    takes_everything: bool = False
    is_bounded: bool = False
    is_new: bool = False


class ReservationTable:
    """What our orders reserve, by their client order ids. Only this table changes a reservation's amount.

    :ivar reserved: their sum by currency, kept up to date: what is available is computed at every fill
    """

    def __init__(self) -> None:
        self.reserved: dict[str, Decimal] = {}
        self._rows: dict[str, Reservation] = {}
        #: How many orders take everything, by what they spend.
        self._takers: Counter[str] = Counter()

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> Reservation:
        return self._rows[key]

    def get(self, key: str) -> Reservation | None:
        """That of an order; None where it reserves nothing."""
        return self._rows.get(key)

    def add(self, key: str, reservation: Reservation, takes_everything: bool = False) -> None:
        """Of an order that has none yet."""
        self._rows[key] = reservation
        if takes_everything:
            self.take_everything(reservation)
        self._change(reservation.spends, reservation.amount)

    def set_amount(self, reservation: Reservation, amount: Decimal) -> None:
        """It is another amount now."""
        self._change(reservation.spends, _EXACT.subtract(amount, reservation.amount))
        reservation.amount = amount

    def take_everything(self, reservation: Reservation) -> None:
        """It may lock everything, until it is removed."""
        self._takers[reservation.spends] += not reservation.takes_everything
        reservation.takes_everything = True

    def is_taken(self, currency: str) -> bool:
        """Whether an order may lock everything of it."""
        return self._takers[currency] > 0

    def remove(self, key: str) -> Reservation | None:
        """The order reserves nothing any more.

        :return: what it did; None without one
        """
        reservation = self._rows.pop(key, None)
        if reservation is not None:
            self._change(reservation.spends, _EXACT.minus(reservation.amount))
            self._takers[reservation.spends] -= reservation.takes_everything
        return reservation

    def that_spend(self, currency: str) -> list[Reservation]:
        """Those of orders that spend it."""
        return [each for each in self._rows.values() if each.spends == currency]

    def sums(self, currency: str) -> tuple[Decimal, Decimal]:
        """What our live orders reserve of it, and what the others do."""
        live = pending = ZERO
        for each in self.that_spend(currency):
            if each.is_live:
                live += each.amount
            else:
                pending += each.amount
        return live, pending

    def without_reports(self) -> set[str]:
        """The currencies that market orders spend: no report shows their locks."""
        return {each.spends for each in self._rows.values() if each.is_market}

    def estimated(self) -> set[str]:
        """The currencies of which the exchange may lock another amount."""
        return {each.spends for each in self._rows.values() if each.is_estimate}

    def unanswered(self) -> set[str]:
        """The currencies that orders without an id at the exchange spend and receive."""
        return {each for row in self._rows.values() if not row.is_answered for each in (row.spends, row.receives)}

    def _change(self, currency: str, change: Decimal) -> None:
        self.reserved[currency] = _EXACT.add(self.reserved.get(currency, ZERO), change)


@dataclass(eq=False)
class Snapshot:
    """An answer of account/balances that was requested.

    :ivar number: in the order of requests
    :ivar touched: the currencies in which something was reported since the request
    :ivar raised: by how much these reports raised the available funds
    :ivar locked: how much others locked by these reports
    :ivar unclear: the currencies in which market orders may lock something without a report
    :ivar estimated: those of them in which the amount is not known either
    :ivar is_after_settlement: whether our orders of an earlier run were settled at its request
    :ivar requested_at_s: when it was requested, by the exchange's clock; :ivar answered_at_s: when its answer came
    """

    number: int
    is_after_settlement: bool
    unclear: set[str] = field(default_factory=set)
    estimated: set[str] = field(default_factory=set)
    requested_at_s: float = -math.inf
    answered_at_s: float = -math.inf
    touched: set[str] = field(default_factory=set)
    raised: dict[str, Decimal] = field(default_factory=dict)
    locked: dict[str, Decimal] = field(default_factory=dict)
    rows: dict[str, Balance] = field(default_factory=dict)

    # Stamps are cut off to whole seconds, and the exchange's clock is known to a second.

    def has_fill(self, at_s: float) -> bool:
        """Whether a fill of that second surely was booked before it was requested."""
        return at_s + 1 <= self.requested_at_s

    def may_have_fill(self, at_s: float) -> bool:
        """Whether a fill of that second may have been booked before it was read."""
        return at_s <= self.answered_at_s + 1
