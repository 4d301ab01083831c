"""Orders whose create was ambiguous and which the exchange did not have: they can turn up late."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    JournalError,
    MessageError,
    RequestError,
    UndecidedError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.create import CreatesUnderWay
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.order_matching import Assignment, OrderMatching
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.submission import UndecidedListener
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker


class LateOrders:
    """Cancels the journal's lost orders when they turn up, and records what was filled of them.

    Lost are the absent ones, and those of which it is not decided which order at the exchange they are.

    No waiting time is safe: an order that the exchange stored can go live hours later (docs/protocol.md section 4.11).
    For Hummingbot such an order has failed; it becomes one of its lost orders, whose fills still count. An order of the
    same fingerprint that is being placed has the first claim to an order that turns up.

    :param order_of: an intent as an order, with what Hummingbot's database has of it
    :param creates: the creates under way
    :param is_under_way: whether an order of a fingerprint is being placed
    :param is_reconciled: whether the orders of the last run are reconciled; before that they are not looked at here
    :param server_time_s: the exchange's clock, epoch seconds
    """

    def __init__(
        self,
        lookup: OrderLookup,
        matching: OrderMatching,
        journal: IntentJournal,
        tracker: OrderTracker,
        report_handler: ReportHandler,
        canceller: Canceller,
        order_of: Callable[[Intent], TrackedOrder],
        creates: CreatesUnderWay,
        is_under_way: Callable[[OrderFingerprint], bool],
        is_reconciled: Callable[[], bool],
        listener: UndecidedListener,
        server_time_s: Callable[[], float],
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._lookup = lookup
        self._matching = matching
        self._journal = journal
        self._tracker = tracker
        self._report_handler = report_handler
        self._canceller = canceller
        self._order_of = order_of
        self._creates = creates
        self._is_under_way = is_under_way
        self._is_reconciled = is_reconciled
        self._listener = listener
        self._server_time_s = server_time_s
        self._tasks = tasks
        self._sleep = sleep
        self._logger = logger
        self._named: set[str] = set()
        #: The order at the exchange that may be a lost one and was stored too late to be surely it, by client order id.
        self.look_alikes: dict[str, str] = {}

    def undecided(self, fingerprint: OrderFingerprint | None = None) -> list[Intent]:
        """The intents, of that fingerprint or of any, that are "sent" and whose create nobody follows: more orders at
        the exchange look like them than creates are lost."""
        return [
            intent
            for intent in self._journal.in_state(IntentState.SENT)
            if fingerprint in (None, intent.fingerprint) and intent.client_order_id not in self._creates
        ]

    def on_unknown_order(self, report: OrderReport) -> None:
        """A report of an order that is not tracked. Where it can be a lost one, the exchange is asked: other orders may
        look like it as well."""
        lost = self._lost()
        if any(self._matches(intent, report) for intent in lost):
            self._tasks.start(self._ask_about(report), f"look at order {report.order_id}")
            return
        if self._may_be_an_own_one(report):
            return  # a poll has both ids
        try:
            self._name_late(lost, report, None)
        except JournalError as error:
            self._logger.debug(str(error))  # the next poll names it

    def _may_be_an_own_one(self, report: OrderReport) -> bool:
        """Whether an order of ours looks like it whose create was answered with a uuid alone: until its number is
        known, an event that has the number alone cannot be distinguished from one of somebody else's order."""
        return any(
            intent.exchange_order_id is not None
            and not intent.exchange_order_id.isdecimal()
            and intent.fingerprint == report.fingerprint
            for intent in self._journal.unfinished()
        )

    async def poll(self) -> None:
        """Asks for the lost orders, one request a side of a market: their events may be lost."""
        for intent in self._journal.in_state(IntentState.ABSENT):
            if self._server_time_s() - intent.created_at_s > CONSTANTS.WATCH_LIMIT_S:
                self._journal.close(intent.client_order_id)
        if not self._journal.in_state(IntentState.ABSENT):
            self._named.clear()
            self.look_alikes.clear()
        for market, is_buy in {(intent.market, intent.is_buy) for intent in self._lost()}:
            try:
                await self._look(market, is_buy)
            except (RequestError, MessageError, JournalError) as error:
                self._logger.debug(f"It is not known whether late orders on {market} turned up: {error}")

    async def look(self, trading_pair: str) -> None:
        """Asks now for the lost orders of a pair.

        :raises RequestError, MessageError, JournalError: when the exchange or the journal does not answer
        """
        lost = [intent for intent in self._lost() if intent.trading_pair == trading_pair]
        for market, is_buy in {(intent.market, intent.is_buy) for intent in lost}:
            await self._look(market, is_buy)

    async def _ask_about(self, report: OrderReport) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        level = logging.WARNING
        while True:
            try:
                await self._look(report.market, report.is_buy, report)
                return
            except (RequestError, MessageError, JournalError) as error:
                self._logger.log(level, f"It is not known yet whether order {report.order_id} is a lost one: {error}")
            level = logging.DEBUG
            await self._sleep(backoff.next_s())

    def _lost(self) -> list[Intent]:
        """The intents without an order, except those like an order that is being placed: it has the first claim."""
        lost = [*self._journal.in_state(IntentState.ABSENT), *self.undecided()] if self._is_reconciled() else []
        return [intent for intent in lost if not self._is_under_way(intent.fingerprint)]

    async def _look(self, market: str, is_buy: bool, *reported: OrderReport) -> None:
        """:raises RequestError, MessageError, JournalError: when the exchange or the journal does not answer"""
        lost = [intent for intent in self._lost() if (intent.market, intent.is_buy) == (market, is_buy)]
        if not lost:
            return
        listed = await self._lookup.listed(market, is_buy, self._matching.since_s(lost))
        still_lost = {intent.client_order_id for intent in self._lost()}  # another look may have been faster
        for group in self._matching.groups(intent for intent in lost if intent.client_order_id in still_lost):
            self._settle(self._matching.assign(group, [*reported, *listed]))
        left = self._lost()
        for report in listed:
            self._name_late(left, report, listed)

    def _name_late(
        self, lost: Sequence[Intent], report: OrderReport, listed: Sequence[OrderReport] | None
    ) -> None:
        """Says once that an order may be the bot's, where that cannot be known.

        :param listed: what the exchange listed with it; None for an event
        :raises JournalError: when the journal cannot be read
        """
        is_open = not report.state.is_final
        if not (is_open or report.executed_volume):
            self.look_alikes = {key: found for key, found in self.look_alikes.items() if found != report.order_id}
            return
        if report.order_id in self._named:
            return
        late = [intent for intent in lost if self._matching.is_too_late(intent, report)]
        placed = [each for each in self._journal.in_state(IntentState.SENT) if each.client_order_id in self._creates]
        if late and (
            self._matching.may_follow(placed, report)
            or self._matching.may_be_in_an_own_place(late[0], report, listed)
        ):
            return  # a later poll knows
        self.look_alikes.update((intent.client_order_id, report.order_id) for intent in late)
        if not late or report.state is ReportedState.PENDING:  # that may be rejected at once
            return
        self._named.add(report.order_id)
        remedy = "Cancel it" if is_open else "Count its fills yourself"
        self._logger.warning(
            f"Order {report.order_id} looks like the lost order {late[0].client_order_id} (to {late[0].description}), "
            "but was stored too late to be surely this bot's. It is left alone, and its fills are not recorded. "
            f"{remedy} if nobody else placed it."
        )

    def _settle(self, assignment: Assignment) -> None:
        group = assignment.group
        if assignment.is_decided:
            for intent in group:
                report = assignment.found.get(intent.client_order_id)
                if report is not None:
                    self._turned_up(intent, report)
                elif intent.state is IntentState.SENT:
                    self._journal.absent(intent.client_order_id)  # what looked like it is known to be others'
        elif all(report.state.is_final for report in assignment.reports):
            # None of them may have been this bot's: its own may have turned up too late to be among them, or still do.
            waiting = [intent for intent in group if intent.state is IntentState.SENT]
            for intent in waiting:
                self._journal.absent(intent.client_order_id)
            if waiting:
                self._logger.warning(f"No order is open any more of those that looked like {group[0].client_order_id}.")
        else:
            self._listener.on_undecided(UndecidedError(assignment.text))
            for intent in group:
                self._journal.undecided(intent.client_order_id)

    def _matches(self, intent: Intent, report: OrderReport) -> bool:
        try:
            return self._matching.matches(intent, report) or self._matching.matches_smaller(intent, report)
        except JournalError as error:
            self._logger.error(str(error))
            return True  # asked for until the journal can be read

    def _turned_up(self, intent: Intent, report: OrderReport) -> None:
        self._logger.error(
            f"Order {intent.client_order_id}, which the exchange did not have before, turned up as order "
            f"{report.order_id}. It is cancelled; its fills are recorded."
        )
        order = self._order_of(intent)
        self._journal.live(intent.client_order_id, report.order_id, report.fee_rates)
        self._tracker.follow_as_lost(order, report.order_id)
        if not report.state.is_final:
            self._canceller.start(order)  # before anything that can fail
        self._report_handler.apply_order(order, report)
