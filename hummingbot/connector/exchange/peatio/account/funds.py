"""What `Balances` keeps: what orders reserve, the funds of a currency, and a snapshot while it is compared."""

from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.balance_messages import Balance
from hummingbot.connector.exchange.peatio.common.messages import ZERO


@dataclass
class Reservation:
    """
    :ivar is_answered: whether the exchange's id of the order is known; its fills cannot be asked for before
    :ivar is_live: whether the exchange reported that it has left `pending`
    :ivar is_market: whether it is a market order: no report shows its lock
    :ivar is_estimate: whether the exchange may lock another amount: a market buy
    :ivar is_bounded: whether the ceiling of what it spends was lowered by it
    """

    spends: str
    receives: str
    amount: Decimal
    is_answered: bool
    is_market: bool
    is_estimate: bool = False
    is_live: bool = False
    is_bounded: bool = False


class ReservationTable(dict[str, Reservation]):
    """What our orders reserve, by their client order ids."""

    def sums(self, currency: str) -> tuple[Decimal, Decimal]:
        """What our live orders reserve of it, and what the others do."""
        live = pending = ZERO
        for each in self.values():
            if each.spends != currency:
                continue
            if each.is_live:
                live += each.amount
            else:
                pending += each.amount
        return live, pending

    def on_new_ceiling(self, currency: str) -> None:
        """The ceiling of `Funds` is a new one: whether it has the locks of the orders so far is not known."""
        for each in self.values():
            if each.spends == currency:
                each.is_bounded = False

    def without_reports(self) -> set[str]:
        """The currencies that market orders spend: no report shows their locks."""
        return {each.spends for each in self.values() if each.is_market}

    def estimated(self) -> set[str]:
        """The currencies of which the exchange may lock another amount."""
        return {each.spends for each in self.values() if each.is_estimate}

    def unanswered(self) -> set[str]:
        """The currencies that orders without an id at the exchange spend and receive."""
        return {each for row in self.values() if not row.is_answered for each in (row.spends, row.receives)}


@dataclass
class Funds:
    """
    :ivar others: what other orders of the account lock
    :ivar missing: what the last snapshot had less than our orders explain
    :ivar ceiling: what the last snapshot had free, less what orders have reserved and reports have locked since its
        request, and with what reports have set free or brought in; None where an amount is not known. The exchange has
        no more
    :ivar has_unreported_locks: whether that snapshot had more locked than our live orders and those of others explain:
        locks of orders whose going live is reported later
    """

    total: Decimal = ZERO
    others: Decimal = ZERO
    missing: Decimal = ZERO
    ceiling: Decimal | None = None
    has_unreported_locks: bool = False

    # What was raised since a snapshot's request may be in it or not. Where both are possible, what was known stays.

    def missing_by(self, most: Decimal, raised: Decimal) -> Decimal:
        """What is missing by a snapshot.

        :param most: if the snapshot has what was raised
        """
        return max(most - raised, min(self.missing, most), ZERO)

    def ceiling_by(self, free: Decimal, raised: Decimal) -> Decimal:
        """The ceiling by a snapshot."""
        return free + raised if self.ceiling is None else min(max(self.ceiling, free), free + raised)


@dataclass(eq=False)
class Snapshot:
    """An answer of account/balances that was requested.

    :ivar touched: the currencies in which something was reported since the request
    :ivar raised: by how much these reports raised the available funds
    :ivar unclear: the currencies in which market orders may lock something without a report
    :ivar estimated: those of them in which the amount is not known either
    :ivar is_after_settlement: whether our orders of an earlier run were settled at its request
    :ivar requested_at_s: when it was requested, by the exchange's clock
    """

    is_after_settlement: bool
    unclear: set[str]
    estimated: set[str]
    requested_at_s: float
    touched: set[str] = field(default_factory=set)
    raised: dict[str, Decimal] = field(default_factory=dict)
    rows: dict[str, Balance] = field(default_factory=dict)
