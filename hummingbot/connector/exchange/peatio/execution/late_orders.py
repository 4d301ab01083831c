"""Orders that were not found after their create, watched for in case they turn up."""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    JournalError,
    MessageError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, IntentJournal, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.core.utils.async_utils import safe_ensure_future

Watched = tuple[TrackedOrder, Intent]


class LateOrders:
    """No grace is safe: an order that the exchange stored can go live hours later (docs/protocol.md section 4.11).

    One that turns up is cancelled, and what was filled of it is recorded. For Hummingbot it has failed long ago; it
    becomes one of its lost orders, whose fills still count.

    An order of the same fingerprint that is being placed meanwhile has the first claim to what is found.

    :param is_under_way: whether an order of a fingerprint is being placed
    :param cancel: sends the cancel; a failure is retried with Hummingbot's lost orders
    """

    def __init__(
        self,
        lookup: OrderLookup,
        journal: IntentJournal,
        tracker: OrderTracker,
        report_handler: ReportHandler,
        is_under_way: Callable[[OrderFingerprint], bool],
        now_s: Callable[[], float],
        cancel: Callable[[TrackedOrder], Awaitable[object]],
        logger: logging.Logger,
    ) -> None:
        self._lookup = lookup
        self._journal = journal
        self._tracker = tracker
        self._report_handler = report_handler
        self._is_under_way = is_under_way
        self._now_s = now_s
        self._cancel = cancel
        self._logger = logger
        self._watched: dict[str, Watched] = {}

    def __contains__(self, client_order_id: str) -> bool:
        return client_order_id in self._watched

    def add(self, order: TrackedOrder, intent: Intent) -> None:
        """Watches for `intent` from now on, over restarts (its journal row says so)."""
        self._watched[intent.client_order_id] = order, intent

    def on_unknown_order(self, report: OrderReport) -> None:
        """An event of an order that is not followed: one that was given up may be back."""
        for order, intent in list(self._watched.values()):
            if self._lookup.matches(intent, report) and not self._is_under_way(intent.fingerprint):
                self._turned_up(order, intent, report)
                return

    async def poll(self) -> None:
        """Asks for the watched orders, one request a side of a market: their events may be lost."""
        sides = defaultdict(list)
        for order, intent in list(self._watched.values()):
            if self._now_s() - intent.created_at_s > CONSTANTS.WATCH_LIMIT_S:
                self._forget(intent)
            else:
                sides[intent.market, intent.is_buy].append((order, intent))
        for (market, is_buy), watched in sides.items():
            since_s = min(intent.created_at_s for _, intent in watched)
            try:
                listed = await self._lookup.listed(market, is_buy, since_s)
            except (RequestError, MessageError) as error:
                self._logger.debug(f"Whether orders on {market} turned up is not known: {error}")
                continue
            self._match(watched, listed)

    def _match(self, watched: list[Watched], listed: list[OrderReport]) -> None:
        alike: dict[OrderFingerprint, list[Watched]] = defaultdict(list)
        for order, intent in watched:
            alike[intent.fingerprint].append((order, intent))
        for fingerprint, identical_orders in alike.items():
            if self._is_under_way(fingerprint):
                continue
            found = self._lookup.candidates(min((intent for _, intent in identical_orders), key=_created_at_s), listed)
            if len(found) > max(self._lookup.unresolved(fingerprint), len(identical_orders)):
                ids = ", ".join(report.order_id for report in found)
                self._logger.error(
                    f"More orders ({ids}) look like ours than were given up; none is taken. Look at the exchange."
                )
                for _, intent in identical_orders:
                    self._forget(intent)
                continue
            # Twins are interchangeable: it does not matter which of them was which.
            for (order, intent), report in zip(identical_orders, found, strict=False):
                self._turned_up(order, intent, report)

    def _turned_up(self, order: TrackedOrder, intent: Intent, report: OrderReport) -> None:
        if self._watched.pop(intent.client_order_id, None) is None:
            return
        self._logger.error(
            f"Order {intent.client_order_id}, given up before, turned up as {report.order_id}. It is cancelled; "
            "what was filled of it is recorded."
        )
        self._journal.live(intent.client_order_id, report.order_id, report.fee_rates)
        self._tracker.follow_as_lost(order, report.order_id)
        self._report_handler.apply_order(order, report)
        if not report.state.is_final:
            safe_ensure_future(self._cancel(order))

    def _forget(self, intent: Intent) -> None:
        self._watched.pop(intent.client_order_id, None)
        try:
            self._journal.close(intent.client_order_id)
        except JournalError as error:
            self._logger.error(str(error))


def _created_at_s(intent: Intent) -> float:
    return intent.created_at_s
