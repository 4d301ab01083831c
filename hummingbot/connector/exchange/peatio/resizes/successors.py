"""Which order of the exchange takes the place of another that it cancelled. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import ZERO, OrderReport, ReportedState


@dataclass(frozen=True)
class Replaced:
    """An order that was cancelled, and not by us.

    :ivar report: of its end
    :ivar largest: how large an order in its place can be: as it was placed, less what was filled
    """

    report: OrderReport
    largest: Decimal

    def may_be_followed_by(self, other: OrderReport) -> bool:
        """Whether the other one has its market, side and price, is not larger, and was stored when it ended."""
        own = self.report
        return (
            _place(other) == _place(own)
            and ZERO < other.origin_volume <= self.largest
            and other.state is not ReportedState.REJECT
            and own.updated_at_s - CONSTANTS.REPLACEMENT_WITHIN_S
            <= other.created_at_s
            <= own.updated_at_s + CONSTANTS.REPLACEMENT_WITHIN_S
            and not (_number(other) <= _number(own))
        )


def successors(replaced: Replaced, candidates: Iterable[OrderReport]) -> list[OrderReport]:
    """The candidates that may have taken its place, oldest first; none of them is known to be anything else."""
    return sorted((each for each in candidates if replaced.may_be_followed_by(each)), key=_number)


def _place(report: OrderReport) -> tuple[str, bool, bool, Decimal | None]:
    return report.market, report.is_buy, report.is_limit, report.price


def _number(report: OrderReport) -> int:
    return int(report.order_id) if report.order_id.isdecimal() else 0
