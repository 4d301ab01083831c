"""Orders whose create was ambiguous and which the exchange did not have: they can turn up late."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import JournalError, MessageError, RequestError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import Intent, IntentState, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker


class LateOrders:
    """Cancels the journal's absent orders when they turn up, and records what was filled of them.

    No waiting time is safe: an order that the exchange stored can go live hours later (docs/protocol.md section 4.11).
    For Hummingbot such an order has failed; it becomes one of its lost orders, whose fills still count. An order of the
    same fingerprint that is being placed has the first claim to an order that turns up.

    :param order_of: an intent as an order, with what Hummingbot's database has of it
    :param is_under_way: whether an order of a fingerprint is being placed
    :param server_time_s: the exchange's clock, epoch seconds
    """

    def __init__(
        self,
        lookup: OrderLookup,
        journal: IntentJournal,
        tracker: OrderTracker,
        report_handler: ReportHandler,
        canceller: Canceller,
        order_of: Callable[[Intent], TrackedOrder],
        is_under_way: Callable[[OrderFingerprint], bool],
        server_time_s: Callable[[], float],
        logger: logging.Logger,
    ) -> None:
        self._lookup = lookup
        self._journal = journal
        self._tracker = tracker
        self._report_handler = report_handler
        self._canceller = canceller
        self._order_of = order_of
        self._is_under_way = is_under_way
        self._server_time_s = server_time_s
        self._logger = logger

    def on_unknown_order(self, report: OrderReport) -> None:
        """A report of an order that is not tracked: it may be an absent one."""
        for intent in self._journal.in_state(IntentState.ABSENT):
            if not self._is_under_way(intent.fingerprint) and self._matches(intent, report):
                self._turned_up(intent, report)
                return

    async def poll(self) -> None:
        """Asks for the absent orders, one request a side of a market: their events may be lost."""
        sides: dict[tuple[str, bool], list[Intent]] = defaultdict(list)
        for intent in self._journal.in_state(IntentState.ABSENT):
            if self._server_time_s() - intent.created_at_s > CONSTANTS.WATCH_LIMIT_S:
                self._journal.close(intent.client_order_id)
            else:
                sides[intent.market, intent.is_buy].append(intent)
        for (market, is_buy), intents in sides.items():
            since_s = min(intent.created_at_s for intent in intents)
            try:
                self._assign(intents, await self._lookup.listed(market, is_buy, since_s))
            except (RequestError, MessageError, JournalError) as error:
                self._logger.debug(f"It is not known whether late orders on {market} turned up: {error}")

    def _assign(self, intents: Iterable[Intent], listed: list[OrderReport]) -> None:
        alike: dict[OrderFingerprint, list[Intent]] = defaultdict(list)
        for intent in filter(self._is_absent, intents):  # an event may have been faster than the list
            alike[intent.fingerprint].append(intent)
        for fingerprint, identical in alike.items():
            if self._is_under_way(fingerprint):
                continue
            found = self._lookup.candidates(min(identical, key=lambda intent: intent.created_at_s), listed)
            if len(found) > max(self._lookup.unresolved(fingerprint), len(identical)):
                ids = ", ".join(report.order_id for report in found)
                self._logger.error(
                    f"Orders {ids} look like {len(identical)} missing order(s) of this bot. None of them is cancelled. "
                    "Look at the exchange and cancel what is not wanted."
                )
                for intent in identical:
                    self._journal.close(intent.client_order_id)
                continue
            # Identical orders are interchangeable: it does not matter which of them was which.
            for intent, report in zip(identical, found, strict=False):
                self._turned_up(intent, report)

    def _matches(self, intent: Intent, report: OrderReport) -> bool:
        try:
            return self._lookup.matches(intent, report)
        except JournalError as error:
            self._logger.error(str(error))
            return False

    def _is_absent(self, intent: Intent) -> bool:
        known = self._journal.get(intent.client_order_id)
        return known is not None and known.state is IntentState.ABSENT

    def _turned_up(self, intent: Intent, report: OrderReport) -> None:
        self._logger.error(
            f"Order {intent.client_order_id}, which the exchange did not have before, turned up as order "
            f"{report.order_id}. It is cancelled; its fills are recorded."
        )
        order = self._order_of(intent)
        self._journal.live(intent.client_order_id, report.order_id, report.fee_rates)
        self._tracker.follow_as_lost(order, report.order_id)
        self._report_handler.apply_order(order, report)
        if not report.state.is_final:
            self._canceller.start(order)
