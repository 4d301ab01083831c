"""Orders of pegged markets that ended after their cancel was taken (docs/protocol.md section 4.13).

A cycle may have put another order in the place of such a one before the cancel took effect. The end is reported at
once, because strategies wait for it, and is in question until the exchange lists no such order. An event that reports
one may be lost, and the process may die: so the journal keeps what is in question.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import JournalError, MessageError, RequestError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.execution.claims import Claims
from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced, has_none, successor, successors

# So many reports of orders that are not ours are remembered: one in our order's place may be reported before its end.
_REMEMBERED = 50


@dataclass(eq=False)
class _End:
    """
    :ivar seen_s: when it was reported, by a clock that never steps
    """

    order: TrackedOrder
    replaced: Replaced
    seen_s: float

    @property
    def key(self) -> str:
        """The order's client order id."""
        return str(self.order.client_order_id)


class TakeBack(Protocol):
    """Follows and cancels an order in the place of one of ours that has ended."""

    def __call__(self, order: TrackedOrder, replaced: Replaced, other: OrderReport) -> None: ...


class TakenCancels:
    """
    :param held: the cancelled orders that have not ended: one in the place of such is not of one that has ended
    :param take_back: gets each of our orders that goes on, and as what
    :param now_s: a clock that never steps
    """

    def __init__(
        self,
        rest: RestClient,
        journal: IntentJournal,
        claims: Claims,
        held: Callable[[], Collection[Replaced]],
        take_back: TakeBack,
        now_s: Callable[[], float],
        logger: logging.Logger,
    ) -> None:
        self._rest = rest
        self._journal = journal
        self._claims = claims
        self._held = held
        self._take_back = take_back
        self._now_s = now_s
        self._logger = logger
        self._ends: list[_End] = []
        self._unknown: deque[OrderReport] = deque(maxlen=_REMEMBERED)

    def add(self, order: TrackedOrder, replaced: Replaced) -> None:
        """The order ends now."""
        self._ends.append(_End(order, replaced, self._now_s()))
        report = replaced.report
        known = self._journal.get(order.client_order_id)
        if known is None:
            known = order.to_intent().changed(market=report.market, created_at_s=report.created_at_s)
        self._journal.follow_ups.add(FollowUp.SUCCESSOR, known.changed(exchange_order_id=order.exchange_order_id))

    def resume(self) -> None:
        """Opens the rows of an earlier process's orders whose end is in question. They are reconciled next, like all
        that it left open: its cancels are not known here, so that an order in their place is looked for."""
        known = {end.key for end in self._ends}
        for intent in self._journal.follow_ups.of(FollowUp.SUCCESSOR):
            key, order_id = intent.client_order_id, str(intent.exchange_order_id)
            if key in known:
                continue
            row = self._journal.get(key)
            if row is None or row.state is IntentState.ENDED:
                if row is not None:
                    self._journal.follow_ups.add(FollowUp.SECOND_CANCEL, intent)
                self._journal.taken_back(intent.changed(is_cancel_wanted=True))
            self._journal.follow_ups.done(FollowUp.SUCCESSOR, order_id)

    def on_order_ended(self, order: TrackedOrder) -> None:
        """It is final in Hummingbot."""
        for end in [end for end in self._ends if end.order is order]:
            for other in list(self._unknown):
                self._compare(end, other)

    def on_unknown_order(self, report: OrderReport) -> None:
        """A report of an open order that is not tracked."""
        self._unknown.append(report)
        for end in list(self._ends):
            self._compare(end, report)

    def _compare(self, end: _End, other: OrderReport) -> None:
        if end not in self._ends or not end.order.ended_event.is_set() or not end.replaced.may_be_followed_by(other):
            return
        try:
            is_free = self._is_free(end, other) and not self._claims.is_other_than(end.replaced, other)
        except JournalError as error:
            self._logger.debug(str(error))
            return  # the next look decides
        if is_free:
            self._go_on(end, other)

    def _is_free(self, end: _End, report: OrderReport, listed: Sequence[OrderReport] = ()) -> bool:
        """Whether it is nobody's, and nobody's to come: not in the place of another one either, whose end may not be
        reported yet. Of those whose cancels were asked for, none comes first.

        :param listed: what the exchange listed with it; an event alone does not show what is open
        """
        may_be_held = any(each.may_be_followed_by(report) for each in self._held())
        if may_be_held or self._claims.is_known(report) or self._claims.may_be_placed(report):
            return False
        if not listed and self._claims.may_follow_unanswered(report):
            return False  # the end of that one may be reported after it
        return all(each.is_cancel_wanted for each in self._claims.open_rivals(end.key, report, listed))

    async def poll(self) -> None:
        """Asks for the orders in the place of those that ended some seconds ago, one request a side of a market."""
        due_s = self._now_s() - CONSTANTS.REPLACEMENT_LIMIT_S
        due = [end for end in self._ends if end.seen_s <= due_s and end.order.ended_event.is_set()]
        for market, is_buy in sorted({(end.replaced.report.market, end.replaced.report.is_buy) for end in due}):
            ends = [end for end in due if (end.replaced.report.market, end.replaced.report.is_buy) == (market, is_buy)]
            try:
                await self._look(market, is_buy, ends)
            except (RequestError, MessageError, JournalError) as error:
                self._logger.debug(f"Whether cancelled orders on {market} go on is not known: {error}")

    async def _look(self, market: str, is_buy: bool, ends: Sequence[_End]) -> None:
        """:raises RequestError, MessageError, JournalError: when the exchange or the journal does not answer"""
        others = [*self._held(), *self.ends()]
        since_s = min(self._claims.since_s(end.replaced, others) for end in ends)
        listed = await self._rest.orders_of(market, is_buy, int(since_s))
        for end in ends:
            await self._claims.learn(end.replaced, listed)
            if end in self._ends:  # an event may have been faster
                self._decide(end, listed)

    def _decide(self, end: _End, listed: Sequence[OrderReport]) -> None:
        near = self._claims.candidates(end.key, end.replaced, listed)
        fitting = successors(end.replaced, near)
        if not fitting:
            self._forget(end)
            return
        is_last = self._now_s() - end.seen_s > CONSTANTS.REPLACEMENT_DECIDED_S
        rivals = [*self._held(), *self._claims.unreported_ends(end.key, self._held(), listed), *self.ends()]
        free = [
            each for each in near if is_last or self._claims.has_had(end.key, each) or self._is_free(end, each, listed)
        ]
        # Its cancel explains its end, so that what a late order's end explains better is none of its.
        others = [*self._claims.later_ends(end.replaced, rivals, listed), *self._claims.late_ends(end.replaced, listed)]
        next_one = successor(end.replaced, free, rivals, others)
        if next_one is not None:
            self._go_on(end, next_one)
        elif is_last and has_none(end.replaced, near, rivals, others):
            self._forget(end)
        elif is_last:
            ids = ", ".join(each.order_id for each in fitting)
            self._logger.error(
                f"Order {end.key} was cancelled. Orders {ids} look like one that the exchange put in its place before, "
                "and not all of them can be. None is tracked: cancel those that you do not want."
            )
            self._forget(end)

    def _go_on(self, end: _End, other: OrderReport) -> None:
        self._ends.remove(end)
        former = str(end.order.exchange_order_id)
        self._logger.warning(
            f"The exchange put order {other.order_id} in the place of order {end.key}, whose cancel it had taken. It "
            "is cancelled; its fills are recorded."
        )
        self._take_back(end.order, end.replaced, other)
        self._journal.follow_ups.done(FollowUp.SUCCESSOR, former)

    def _forget(self, end: _End) -> None:
        self._ends.remove(end)
        self._journal.follow_ups.done(FollowUp.SUCCESSOR, str(end.order.exchange_order_id))

    def in_question(self) -> list[Intent]:
        """The ended orders that may go on."""
        return self._journal.follow_ups.of(FollowUp.SUCCESSOR)

    def ends(self) -> list[Replaced]:
        """The same, as far as this process saw them end."""
        return [end.replaced for end in self._ends]
