"""How large an order is, where the exchange may change it without a trade (docs/protocol.md section 4.13). No I/O."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.common.messages import ZERO, OrderReport, ReportedState

_AMOUNTS = ("placed", "origin", "unexplained", "carried", "carried_quote")


class OrderSize:
    """The sizes of one limit order, in the base currency. Its working size is what was filled plus what remains.

    :ivar placed: as it was asked for; look-ups and the journal know it by this one
    :ivar origin: as the exchange reported it last
    :ivar unexplained: what the exchange counts as executed, has no trade for, and was taken for a resize
    :ivar carried, carried_quote: what was executed under former ids, where the exchange put other orders in its place;
        in the base currency and in the quote currency
    :ivar former_ids: these ids
    :ivar is_doubtful: whether two reports of the same second differ, so that only an answer to a later request tells
        which is the newer one
    :ivar is_resting: whether nothing of it remains and it waits: it is not in the book, and may grow back
    """

    def __init__(self, placed: Decimal) -> None:
        self.placed = placed
        self.origin = placed
        self.unexplained = ZERO
        self.carried = self.carried_quote = ZERO
        self.former_ids: frozenset[str] = frozenset()
        self.is_doubtful = False
        self.is_resting = False
        #: When the report that last changed the size was written, by the exchange's clock: a whole second.
        self._changed_at_s = 0.0

    @property
    def is_resized(self) -> bool:
        """Whether it is or was another than the one that was placed."""
        return bool(self.origin != self.placed or self.unexplained or self.carried or self.is_resting)

    def working(self, filled: Decimal) -> Decimal:
        """What was filled plus what remains.

        :param filled: what is known to have been; no size is below it, whatever the exchange says
        """
        return max(self.origin - self.unexplained, filled)

    def is_former(self, report: OrderReport) -> bool:
        """Whether the report is of an order whose place another one took."""
        return bool(self.former_ids.intersection(report.ids))

    def whole(self, report: OrderReport) -> OrderReport:
        """The report with what was executed under former ids."""
        if not self.carried:
            return report
        return replace(
            report,
            origin_volume=report.origin_volume + self.carried,
            executed_volume=report.executed_volume + self.carried,
        )

    def learn(self, report: OrderReport) -> None:
        """Takes over the size that the exchange reports, from a `whole` report.

        Not from one that was written before the last change: events and answers have no mutual order.
        """
        if report.updated_at_s < self._changed_at_s or not report.is_limit:
            return
        self.is_resting = report.state is ReportedState.WAIT and not report.remaining_volume
        if report.origin_volume == self.origin:
            return
        self.is_doubtful |= report.updated_at_s == self._changed_at_s
        self._changed_at_s = report.updated_at_s
        self.origin = report.origin_volume

    def replaced(self, ids: frozenset[str], executed: Decimal, executed_quote: Decimal) -> None:
        """Another order of the exchange takes its place, whose report is learned next.

        :param ids: its own up to now
        :param executed: what was filled so far, under all its ids
        """
        self.former_ids |= ids
        self.carried, self.carried_quote, self.unexplained = executed, executed_quote, ZERO
        self._changed_at_s = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            **{name: str(getattr(self, name)) for name in _AMOUNTS},
            "former_ids": sorted(self.former_ids),
            "is_resting": self.is_resting,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "OrderSize":
        size = cls(Decimal(data["placed"]))
        for name in _AMOUNTS:
            setattr(size, name, Decimal(data[name]))
        size.former_ids, size.is_resting = frozenset(data["former_ids"]), data["is_resting"]
        return size
