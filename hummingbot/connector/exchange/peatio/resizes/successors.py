"""Which order of the exchange takes the place of another that it cancelled. No I/O."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import permutations

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import ZERO, OrderReport, ReportedState

# An order can grow back up to what the one was placed with that was cancelled first.
_ANY_SIZE = Decimal("Infinity")
# So many are compared in every order; where there are more, the order of the sizes decides.
_MOST_RIVALS = 6


@dataclass(frozen=True)
class Replaced:
    """An order that was cancelled, and not by us.

    :ivar report: of its end
    :ivar largest: how large an order in its place can be: as it was placed, less what was filled
    :ivar is_cancel_wanted: whether somebody had asked us for its cancel, so that it may be this that ended it
    """

    report: OrderReport
    largest: Decimal
    is_cancel_wanted: bool = False

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

    def followed_by(self, other: OrderReport) -> "Replaced":
        """The other one, which was in its place and was cancelled as well."""
        return replace(self, report=other, largest=self.largest - other.executed_volume)

    def has_place_of(self, other: "Replaced") -> bool:
        """Whether both are on one side of a market at one price."""
        return _place(self.report) == _place(other.report)

    def leaves(self, other: OrderReport) -> bool:
        """Whether an order of just the size that a create asked for is that create's, and not in this one's place.

        A cycle makes orders a part of their full sizes that nobody chose, and puts none in the place of one whose size
        stays. Only one that grows back to its full size has a size that somebody chose; over two cycles, less was left
        of the one between."""
        may_be_whole = self.largest in (other.origin_volume, _ANY_SIZE)
        return self.report.remaining_volume >= other.origin_volume or not may_be_whole


def successors(replaced: Replaced, candidates: Iterable[OrderReport]) -> list[OrderReport]:
    """The candidates that may have taken its place, oldest first; none of them is known to be anything else."""
    return sorted((each for each in candidates if replaced.may_be_followed_by(each)), key=_number)


def contenders(replaced: Replaced, listed: Iterable[OrderReport]) -> list[OrderReport]:
    """As `successors`, of any size: those that are too large for it are in the places of others."""
    return successors(replace(replaced, largest=_ANY_SIZE), listed)


def lines_of(ends: Iterable[Replaced], cancelled: Iterable[OrderReport]) -> list[Replaced]:
    """The ended orders, and those that may have been in their places over several cycles and were cancelled as well. Of
    several ways to one, that which lets it be the largest."""
    found: dict[str, Replaced] = {}
    for end in ends:
        found[end.report.order_id] = end
    for report in sorted(cancelled, key=_number):  # one in another's place has the higher number
        ways = [each.followed_by(report) for each in found.values() if each.may_be_followed_by(report)]
        ways += filter(None, [found.get(report.order_id)])
        if ways:
            found[report.order_id] = max(ways, key=lambda each: each.largest)
    return list(found.values())


def successor(
    replaced: Replaced,
    candidates: Sequence[OrderReport],
    cancelled: Collection[Replaced],
    others: Collection[Replaced] = (),
) -> OrderReport | None:
    """Which of the candidates takes the place of one of the orders that were cancelled.

    A cycle makes all of them the same part of their full sizes, so that the sizes show whose they are. Where no part
    explains them, and there are as many as were cancelled, the largest takes the place of the one that could be the
    largest, and so on. Otherwise it is the largest that fits, for a smaller one may be the only one that fits another;
    and None where more fit than were cancelled.

    :param candidates: `contenders` for the order's place, oldest first
    :param cancelled: all orders whose successor is looked for, this one too
    :param others: further cancelled ones, which have a successor where these are too few
    """
    explained = _places(replaced, candidates, cancelled, others)
    if explained:
        return min((place for place in explained if place is not None), key=_number, default=None)
    for rivals in (cancelled, [*cancelled, *others]):
        found = _in_proportion(replaced, candidates, rivals)
        if found is not None:
            return found
    fitting = [each for each in candidates if replaced.may_be_followed_by(each)]
    most = len(_rivals([*cancelled, *others], fitting))
    if len(fitting) > most:
        fitting = [each for each in fitting if not _is_later(each, fitting)]
    if not fitting or len(fitting) > most:
        return None
    return max(fitting, key=lambda report: report.origin_volume)


def has_none(
    replaced: Replaced,
    candidates: Sequence[OrderReport],
    cancelled: Collection[Replaced],
    others: Collection[Replaced] = (),
) -> bool:
    """Whether all candidates are in the places of other ones, as `successor` finds it."""
    explained = _places(replaced, candidates, cancelled, others)
    return bool(explained) and all(place is None for place in explained)


def _places(
    replaced: Replaced,
    candidates: Sequence[OrderReport],
    cancelled: Collection[Replaced],
    others: Collection[Replaced],
) -> list[OrderReport | None]:
    """What is in the order's place in each of the best explanations of the candidates: by one part of the full sizes;
    of the orders whose cancel nobody had asked for, which a cycle alone can have ended, most have one; and each was
    stored as soon as possible after the end of that whose place it has. Empty where nothing explains all of them."""
    every = [*cancelled, *(each for each in others if each not in cancelled)]
    taken = [each for each in candidates if any(one.may_be_followed_by(each) for one in every)]
    rivals = _rivals(every, taken)
    if replaced not in rivals or not 0 < len(taken) <= len(rivals) <= _MOST_RIVALS:
        return []
    found: dict[tuple[int, float, int], list[OrderReport | None]] = {}
    for owners in permutations(rivals, len(taken)):
        pairs = list(zip(owners, taken, strict=True))
        if all(_is_resize(owner, report) for owner, report in pairs) and _is_one_part(pairs):
            unended = sum(owner in cancelled and not owner.is_cancel_wanted for owner in owners)
            late_s = sum(abs(report.created_at_s - owner.report.updated_at_s) for owner, report in pairs)
            of_others = sum(owner not in cancelled for owner in owners)
            place = next((report for owner, report in pairs if owner is replaced), None)
            found.setdefault((-unended, late_s, of_others), []).append(place)
    return found[min(found)] if found else []


def _is_resize(owner: Replaced, report: OrderReport) -> bool:
    """Whether the order may be in that one's place, and is of another size: a cycle that changes nothing puts none."""
    return owner.may_be_followed_by(report) and report.origin_volume != owner.report.remaining_volume


def _is_one_part(pairs: Sequence[tuple[Replaced, OrderReport]]) -> bool:
    """Whether each order is the same part of the full size of that whose place it has, rounded down."""
    step = min(Decimal((0, (1,), int(report.origin_volume.as_tuple().exponent))) for _, report in pairs)
    least = max(report.origin_volume / owner.largest for owner, report in pairs)
    return all(least < (report.origin_volume + step) / owner.largest for owner, report in pairs)


def _in_proportion(
    replaced: Replaced, candidates: Iterable[OrderReport], cancelled: Collection[Replaced]
) -> OrderReport | None:
    taken = [each for each in candidates if any(one.may_be_followed_by(each) for one in cancelled)]
    rivals = _rivals(cancelled, taken)
    if not taken or len(taken) != len(rivals):
        return None
    by_size = sorted(taken, key=lambda report: report.origin_volume, reverse=True)
    found = by_size[min(sum(each.largest > replaced.largest for each in rivals), len(by_size) - 1)]
    return found if replaced.may_be_followed_by(found) else None


def _rivals(cancelled: Iterable[Replaced], fitting: Sequence[OrderReport]) -> list[Replaced]:
    return [each for each in cancelled if any(map(each.may_be_followed_by, fitting))]


def _is_later(report: OrderReport, fitting: Iterable[OrderReport]) -> bool:
    """Whether it may be in the place of another one that was cancelled as well: two cycles came within moments."""
    return any(
        each.state is ReportedState.CANCEL and Replaced(each, _ANY_SIZE).may_be_followed_by(report) for each in fitting
    )


def _place(report: OrderReport) -> tuple[str, bool, bool, Decimal | None]:
    return report.market, report.is_buy, report.is_limit, report.price


def _number(report: OrderReport) -> int:
    return int(report.order_id) if report.order_id.isdecimal() else 0
