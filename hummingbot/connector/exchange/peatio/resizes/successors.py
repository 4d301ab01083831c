"""Which order of the exchange takes the place of another that it cancelled. No I/O."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import ZERO, OrderReport, ReportedState

# An order can grow back up to what the one was placed with that was cancelled first.
_ANY_SIZE = Decimal("Infinity")


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


def successor(fitting: Sequence[OrderReport], cancelled: Collection[Replaced]) -> OrderReport | None:
    """Which of the orders that fit one of those that were cancelled takes its place, None where more fit than were
    cancelled. The largest: a smaller one may be the only one that fits another.

    :param fitting: `successors` of the order, oldest first
    :param cancelled: all orders whose successor is looked for, this one too
    """
    rivals = sum(1 for each in cancelled if any(map(each.may_be_followed_by, fitting)))
    if len(fitting) > rivals:
        fitting = [each for each in fitting if not _is_later(each, fitting)]
    if not fitting or len(fitting) > rivals:
        return None
    return max(fitting, key=lambda report: report.origin_volume)


def _is_later(report: OrderReport, fitting: Iterable[OrderReport]) -> bool:
    """Whether it may be in the place of another one that was cancelled as well: two cycles came within moments."""
    return any(
        each.state is ReportedState.CANCEL and Replaced(each, _ANY_SIZE).may_be_followed_by(report) for each in fitting
    )


def _place(report: OrderReport) -> tuple[str, bool, bool, Decimal | None]:
    return report.market, report.is_buy, report.is_limit, report.price


def _number(report: OrderReport) -> int:
    return int(report.order_id) if report.order_id.isdecimal() else 0
