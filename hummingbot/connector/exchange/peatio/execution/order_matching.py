"""Which orders of the exchange are the lost ones: those whose create was sent and has no known outcome. No I/O.

Peatio knows no client order ids, so an order is recognised by market, side, price, volume and time (docs/protocol.md
section 4.3). Other bots and the account's owner can place orders that look the same.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import UndecidedError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.execution.intent import Intent, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced, lines_of

# How large somebody else's order was when it was placed is not known.
_ANY_SIZE = Decimal("Infinity")


class KnownOrder(Protocol):
    """An order that is tracked."""

    @property
    def ended_event(self) -> asyncio.Event:
        """Set once it is final in Hummingbot as well."""


class KnownOrders(Protocol):
    """Knows the orders that are tracked; the order tracker is one."""

    def find(self, exchange_order_id: str) -> KnownOrder | None:
        """The order of that id, None where it is not tracked."""


class KnownIntents(Protocol):
    """Knows the intents; the journal and its file are such."""

    def unfinished(self) -> list[Intent]:
        """The intents that are not closed.

        :raises JournalError: when the file cannot be read
        """

    def is_claimed(self, exchange_order_id: str) -> bool:
        """Whether an order of that id belongs to an intent.

        :raises JournalError: when the file cannot be read
        """


@dataclass(frozen=True)
class Assignment:
    """Which orders belong to a group of intents that look alike.

    :ivar found: by client order id
    :ivar surplus: orders that fit as well, more than creates are lost
    :ivar is_decided: False where not every fitting order can be this bot's; then none is taken for one of its
    """

    group: Sequence[Intent]
    found: Mapping[str, OrderReport]
    surplus: Sequence[OrderReport]
    is_decided: bool

    @property
    def reports(self) -> list[OrderReport]:
        """Every order that fits."""
        return [*self.found.values(), *self.surplus]

    @property
    def text(self) -> str:
        """What the user has to know where it is not decided."""
        intent = self.group[0]
        ids = ", ".join(report.order_id for report in self.reports)
        lost = ", ".join(each.client_order_id for each in self.group)
        return (
            f"Orders {ids} on {intent.trading_pair} look like this bot's lost order(s) {lost}, and not all of them can "
            f"be this bot's. None of them is cancelled or tracked, and no order to {intent.description} "
            "is placed meanwhile. Cancel those that you do not want; placing resumes once all have ended."
        )


class OrderMatching:
    """
    :param is_account_exclusive: whether every order of the account is this bot's; then it does not matter how late one
        was stored, and of several that look alike the first ones are taken
    :param is_pegged: whether the exchange may have made orders of a pair smaller meanwhile
    :param may_go_on: our orders in whose places the exchange may have put others
    """

    def __init__(
        self,
        tracker: KnownOrders,
        pending_events: PendingEventBuffer,
        journal: KnownIntents,
        is_account_exclusive: Callable[[], bool] = lambda: False,
        is_pegged: Callable[[str], bool] = lambda _pair: False,
        may_go_on: Callable[[], Iterable[Intent]] = lambda: (),
    ) -> None:
        self._tracker = tracker
        self._pending_events = pending_events
        self._journal = journal
        self._is_account_exclusive = is_account_exclusive
        self._is_pegged = is_pegged
        self._may_go_on = may_go_on

    def since_s(self, lost: Iterable[Intent]) -> float:
        """From when on the orders have to be listed that were stored, to find those of lost creates: what shows that an
        order is in the place of another own one is the end of that one."""
        lost = list(lost)
        return min(map(earliest_s, (*lost, *self._own_at_prices_of(lost))))

    def _own_at_prices_of(self, lost: Iterable[Intent]) -> list[Intent]:
        """Our orders, answered or not, in whose places the exchange may put some that look like the lost ones."""
        lost = list(lost)
        places = {(intent.trading_pair, intent.is_buy, intent.price) for intent in lost}
        return [
            each
            for each in (*self._may_go_on(), *self._unanswered_beside(lost))
            if self._is_pegged(each.trading_pair) and (each.trading_pair, each.is_buy, each.price) in places
        ]

    def _unanswered_beside(self, lost: Iterable[Intent]) -> list[Intent]:
        keys = {intent.client_order_id for intent in lost}
        return [each for each in self._unanswered() if each.client_order_id not in keys]

    def matches(self, intent: Intent, report: OrderReport) -> bool:
        """Whether `report` can be the intent's order and is nobody else's.

        Peatio stamps an order when it stores it: not before its request was sent, and not after the connector stopped
        waiting for the answer. Ids rise: an order that was reported before the request left has a lower one.

        :raises JournalError: when the journal cannot be read
        """
        return report.fingerprint == intent.fingerprint and self._can_be(intent, report)

    def matches_smaller(self, intent: Intent, report: OrderReport) -> bool:
        """As `matches`, for an order that the exchange made smaller before its create was answered.

        :raises JournalError: when the journal cannot be read
        """
        return self._is_smaller(intent, report) and self._can_be(intent, report)

    def _is_smaller(self, intent: Intent, report: OrderReport) -> bool:
        """Whether only its size is another than the intent's, on a market where the exchange changes that of open
        orders, and no other intent asked for just that size. One that never was open was placed so: in the place of
        another."""
        market, is_buy, amount, price = report.fingerprint
        return (
            self._is_pegged(intent.trading_pair)
            and (market, is_buy, price) == (intent.market, intent.is_buy, intent.price)
            and report.is_limit
            and report.state not in (ReportedState.PENDING, ReportedState.REJECT)
            and amount < intent.amount
            and not self._is_asked_for(report)
        )

    def _is_asked_for(self, report: OrderReport) -> bool:
        """Whether a lost create, or one under way, asked for just such an order."""
        return any(intent.fingerprint == report.fingerprint for intent in self._unanswered())

    def _unanswered(self) -> list[Intent]:
        return [intent for intent in self._journal.unfinished() if intent.exchange_order_id is None]

    def _is_smaller_of_another(self, group: Sequence[Intent], report: OrderReport) -> bool:
        """Whether a smaller order is rather that of a create that is not of this group: of those that it can be, the
        one that was sent last, for it was hardly on its way for longer than the others. That one's answer may be yet to
        come; once it has another order, it is not in question any more."""
        fitting = [each for each in group if self.matches_smaller(each, report)]
        if not fitting:
            return False
        fitting += [each for each in self._unanswered() if self.matches_smaller(each, report)]
        last = max(fitting, key=lambda each: (each.created_at_s, each.client_order_id))
        return last.fingerprint not in {each.fingerprint for each in group}

    def _can_be(self, intent: Intent, report: OrderReport) -> bool:
        return (
            report.created_at_s >= earliest_s(intent)
            and (self._is_account_exclusive() or report.created_at_s <= latest_s(intent))
            and not (report.order_id.isdecimal() and int(report.order_id) <= intent.newest_order_id)
            and not self._is_known(report)
        )

    def is_too_late(self, intent: Intent, report: OrderReport) -> bool:
        """Whether `report` looks like the intent's order and was stored after anybody waited for the request. It may be
        a request that was held up on its way, or somebody else's order.

        :raises JournalError: when the journal cannot be read
        """
        return (
            (report.fingerprint == intent.fingerprint or self._is_smaller(intent, report))
            and report.created_at_s > latest_s(intent)
            and not self._is_account_exclusive()
            and not self._is_known(report)
        )

    def may_be_in_an_own_place(
        self, intent: Intent, report: OrderReport, listed: Sequence[OrderReport] | None
    ) -> bool:
        """Whether an order that looks like the intent's may be in the place of an own one: it is not decided yet
        whose it is.

        :param listed: what the exchange listed with it; None for an event, which may come before the own one's end
        """
        if listed is None:
            return bool(self._own_at_prices_of([intent]))
        return any(each.may_be_followed_by(report) for each in self._looked_for([intent], listed))

    def may_follow(self, placed: Iterable[Intent], report: OrderReport) -> bool:
        """Whether the order may be in the place of one of those that were placed and have no answer yet."""
        return any(
            self._is_pegged(each.trading_pair)
            and (each.market, each.is_buy, each.price) == (report.market, report.is_buy, report.price)
            and report.origin_volume <= each.amount
            and earliest_s(each) <= report.created_at_s
            for each in placed
        )

    def _is_known(self, report: OrderReport) -> bool:
        return any(self._tracker.find(order_id) or self._journal.is_claimed(order_id) for order_id in report.ids)

    def groups(self, lost: Iterable[Intent]) -> list[list[Intent]]:
        """The intents in groups, oldest first: one order can belong to intents of one group only. Those of a group look
        alike and were sent within moments of each other."""
        groups: list[list[Intent]] = []
        latest: dict[OrderFingerprint, list[Intent]] = {}
        for intent in sorted(lost, key=lambda each: each.created_at_s):
            group = latest.get(intent.fingerprint)
            if group is None or not (self._is_account_exclusive() or earliest_s(intent) <= latest_s(group[-1])):
                group = latest[intent.fingerprint] = []
                groups.append(group)
            group.append(intent)
        return groups

    def assign(self, group: Sequence[Intent], listed: Iterable[OrderReport]) -> Assignment:
        """Which of the orders, of those listed and those from events, belong to a group's intents.

        :raises JournalError: when the journal cannot be read
        """
        listed = list(listed)
        # Only a list with it shows whether an order is in an own one's place: its event may be newer than the list.
        reported = () if self._own_at_prices_of(group) else self._pending_events.orders()
        known = {report.order_id: report for report in [*reported, *listed]}
        own = self._looked_for(group, known.values())
        free, asked_for = [], []
        for report in known.values():
            replaced = [each for each in own if each.may_be_followed_by(report)]
            if not replaced and not self._is_smaller_of_another(group, report):
                free.append(report)
            if all(each.leaves(report) for each in replaced):
                asked_for.append(report)
        exact = self._assign(group, asked_for, self.matches)
        # Only where no order has the size that was asked for, one that was made smaller can be meant.
        if exact.found:
            return exact
        ended = [
            Replaced(report, _ANY_SIZE)
            for report in known.values()
            if report.state is ReportedState.CANCEL and not self._is_known(report)
        ]
        return self._assign(group, free, self.matches_smaller, () if self._is_account_exclusive() else ended)

    def _looked_for(self, group: Sequence[Intent], listed: Iterable[OrderReport]) -> list[Replaced]:
        """Own orders that were cancelled, and for which the ones in their places are looked for. Several cycles may
        have passed since: what may be in such a place and was cancelled itself counts as well."""
        if not self._is_pegged(group[0].trading_pair):
            return []
        cancelled = [report for report in listed if report.state is ReportedState.CANCEL]
        sent = {each.client_order_id: each for each in (*group, *self._unanswered())}.values()
        ends = (self._own_end(sent, report) for report in cancelled)
        return lines_of(filter(None, ends), cancelled)

    def _own_end(self, sent: Iterable[Intent], report: OrderReport) -> Replaced | None:
        """The end of an own order, where it is not decided whether another one took its place. What a create without an
        answer asked for is such a one, too.

        :param sent: the creates without an answer
        """
        own = [each for each in self._may_go_on() if each.exchange_order_id in report.ids]
        own += [each for each in sent if self.matches(each, report)]
        if own:
            return Replaced(report, own[0].amount - report.executed_volume)
        orders = filter(None, map(self._tracker.find, report.ids))
        return Replaced(report, _ANY_SIZE) if any(not order.ended_event.is_set() for order in orders) else None

    def _assign(
        self,
        group: Sequence[Intent],
        known: Iterable[OrderReport],
        matches: Callable[[Intent, OrderReport], bool],
        ended: Sequence[Replaced] = (),
    ) -> Assignment:
        """
        :param ended: orders that are not known to be ours: one that may be in the place of such is never found, for it
            may be as little ours
        """
        found: dict[str, OrderReport] = {}
        surplus = []
        for report in sorted(known, key=lambda each: (each.created_at_s, each.order_id)):
            fitting = [intent for intent in group if matches(intent, report)]
            # The oldest first: its time is up first.
            free = [intent for intent in fitting if intent.client_order_id not in found]
            if free and not any(each.may_be_followed_by(report) for each in ended):
                found[free[0].client_order_id] = report
            elif fitting:
                surplus.append(report)
        return Assignment(group, found, surplus, not surplus or self._is_account_exclusive())

    def order_of(self, intent: Intent, listed: Iterable[OrderReport]) -> OrderReport | None:
        """The intent's order, of those listed and those from events; None where it is not there.

        :raises UndecidedError: where more orders fit than creates are lost
        :raises JournalError: when the journal cannot be read
        """
        lost = {each.client_order_id: each for each in self._unanswered()}
        lost[intent.client_order_id] = intent
        (group,) = (group for group in self.groups(lost.values()) if intent in group)
        assignment = self.assign(group, listed)
        if not assignment.is_decided:
            raise UndecidedError(assignment.text)
        # Those of a group are interchangeable: the one that is looked for comes before those that were given up.
        others = (
            report
            for report in assignment.found.values()
            if self.matches(intent, report) or self.matches_smaller(intent, report)
        )
        return assignment.found.get(intent.client_order_id) or next(others, None)


def earliest_s(intent: Intent) -> float:
    """Before this time, by the exchange's clock, the intent's order cannot have been stored."""
    # Stamps are cut off to whole seconds.
    return intent.created_at_s - CONSTANTS.CLOCK_UNCERTAINTY_S - 1


def latest_s(intent: Intent) -> float:
    """After this time the intent's order cannot have been stored: nobody waited for the request any more."""
    return intent.created_at_s + CONSTANTS.REQUEST_TIMEOUT_S
