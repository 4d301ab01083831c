"""What an earlier run left on the exchange, compared with the journal before the first order is placed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    MessageError,
    NotFoundError,
    PlacementError,
    RequestError,
    UndecidedError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder, end_of
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.submission import UndecidedListener
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate


class StartupReconciliation:
    """Settles the journal's open intents.

    Fills of the time between are recorded once, by Hummingbot's own database; orders that are still open are cancelled
    or tracked again; those of another strategy are cancelled, and no event of them is reported; an intent whose request
    may not have left is looked for. Absent orders are left to `LateOrders`, second cancels to `SecondCancels`.

    :param is_held: whether an order was cancelled, and the exchange may have put another one in its place
    :param order_of: an intent as an order, with what Hummingbot's database has of it
    :param adopts_leftovers: whether open orders are tracked again instead of cancelled
    """

    def __init__(
        self,
        journal: IntentJournal,
        lookup: OrderLookup,
        tracker: OrderTracker,
        report_handler: ReportHandler,
        canceller: Canceller,
        is_held: Callable[[TrackedOrder], bool],
        order_of: Callable[[Intent], TrackedOrder],
        listener: UndecidedListener,
        adopts_leftovers: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._journal = journal
        self._lookup = lookup
        self._tracker = tracker
        self._report_handler = report_handler
        self._canceller = canceller
        self._is_held = is_held
        self._order_of = order_of
        self._listener = listener
        self._adopts_leftovers = adopts_leftovers
        self._sleep = sleep
        self._logger = logger
        self._gate = asyncio.Semaphore(CONSTANTS.PARALLEL_CANCELS)

    async def run(self) -> None:
        """Returns when every open intent is settled or tracked; repeats what the exchange does not answer.

        :raises JournalError: when the journal cannot be read
        """
        self._recall_created()
        for intent in self._journal.in_state(IntentState.ABSENT):
            self._fail_if_open(intent.client_order_id)
        states = (IntentState.SENT, IntentState.LIVE, IntentState.SETTLED)
        intents = [intent for intent in self._journal.unfinished() if intent.state in states]
        if not intents:
            return
        self._logger.info(f"The last run left {len(intents)} order(s) whose end it did not see; asking the exchange.")
        settled = await asyncio.gather(*map(self._settle, intents), return_exceptions=True)
        broken = [error for error in settled if isinstance(error, BaseException)]
        await self._handle_open([order for order in settled if isinstance(order, TrackedOrder)])
        if broken:
            raise broken[0]

    def _recall_created(self) -> None:
        """The disk may have refused to write into the journal that an order was created, as what Hummingbot's database
        knows. Such a one is not lost: it comes before a lost create takes a like order."""
        for intent in self._journal.unfinished():
            if intent.exchange_order_id is None:
                order_id = self._order_of(intent).exchange_order_id
                if order_id is not None:
                    self._journal.live(intent.client_order_id, order_id, None)

    async def _settle(self, intent: Intent) -> TrackedOrder | None:
        """Brings the order up to date.

        :return: the order where it is still open
        """
        order = self._order_of(intent)
        async with self._gate:
            report = await self._report_of(order, intent)
            former = await self._former_reports(order, intent)
        if report is None:
            self._fail_if_open(intent.client_order_id)
            return None
        if self._journal.has_ended(intent.client_order_id):
            return None  # an event or a poll may have been faster, and the order gone from Hummingbot's memory
        tracked = self._tracker.fetch_any(order.client_order_id)
        if tracked is not None and tracked is not order:
            # Restored by Hummingbot meanwhile.
            tracked.recorded_trade_ids, tracked.fee_rates = order.recorded_trade_ids, order.fee_rates
            tracked.is_recorded_as_ended = order.is_recorded_as_ended
            order = tracked
        # No second end for Hummingbot, be the first in an earlier process or so long ago that it is forgotten.
        has_ended_before = order.is_recorded_as_ended and not order.ended_event.is_set()
        if has_ended_before or (tracked is None and order.is_of_other_strategy):
            self._tracker.follow_as_lost(order, report.order_id)
        elif tracked is None:
            self._tracker.start_tracking_order(order)
        if intent.state is IntentState.SENT:
            self._journal.live(intent.client_order_id, report.order_id, report.fee_rates)
        if not self._tracker.is_lost(order):
            self._tracker.process_order_update(
                OrderUpdate(
                    trading_pair=order.trading_pair,
                    update_timestamp=report.created_at_s,
                    new_state=OrderState.OPEN,
                    client_order_id=order.client_order_id,
                    exchange_order_id=report.order_id,
                )
            )
        if former:
            self._report_handler.apply_former(order, former)
        self._report_handler.apply_order(order, report)
        if order.ended_event.is_set() and not self._journal.has_ended(intent.client_order_id):
            # It ended here before the journal could be opened, and nothing reports that again.
            self._journal.close(intent.client_order_id, end_of(order.current_state))
        return order if self._is_held(order) or not report.state.is_final else None

    async def _report_of(self, order: TrackedOrder, intent: Intent) -> OrderReport | None:
        """None where the exchange has no such order, or it is not decided which it is."""
        key = intent.client_order_id
        try:
            if order.exchange_order_id is not None:
                return await self._fetched(order)
            report = await self._lookup.search(intent)
        except NotFoundError as error:
            self._logger.error(f"Order {key} of the last run cannot be reconciled: {error}")
            self._journal.close(key)
            return None
        except UndecidedError as error:
            self._listener.on_undecided(error)
            return None
        if report is None:
            self._journal.absent(key)
        return report

    async def _former_reports(self, order: TrackedOrder, intent: Intent) -> list[OrderReport]:
        """What became of the order under ids that it had before, where nobody remembers that but the journal."""
        if order.exchange_order_id != intent.exchange_order_id:
            return []  # Hummingbot saved it before; the orders in its place are looked for
        reports = []
        for order_id in self._journal.former_ids(intent):
            if order_id not in order.size.former_ids:
                try:
                    reports.append(await self._fetched(order, order_id))
                except NotFoundError as error:
                    self._logger.error(
                        f"What was executed of order {intent.client_order_id} as order {order_id} is not known: {error}"
                    )
        return reports

    async def _fetched(self, order: TrackedOrder, former_id: str | None = None) -> OrderReport:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.SNAPSHOT_TIMEOUT_S)
        while True:
            try:
                # Mostly it is cancelled next: leftovers have the prices of the last run.
                return await self._report_handler.fetch(order, former_id is None, former_id)
            except NotFoundError:
                raise
            except (RequestError, MessageError) as error:
                self._logger.warning(f"Order {order.client_order_id} of the last run is not reconciled yet: {error}")
            await self._sleep(backoff.next_s())

    def _fail_if_open(self, client_order_id: str) -> None:
        """Ends an order that this connector tracks since before a stop, and that the exchange does not have."""
        order = self._tracker.fetch_order(client_order_id)
        if order is not None and not order.is_done and order.exchange_order_id is None:
            reason = (
                "The connector was stopped while the create was not answered. The exchange has no order like it, or "
                "more than this bot lost."
            )
            self._tracker.fail(order, PlacementError(reason))

    async def _handle_open(self, orders: Sequence[TrackedOrder]) -> None:
        unwanted = [order for order in orders if not self._is_adopted(order)]
        adopted = len(orders) - len(unwanted)
        if adopted:
            self._logger.info(f"{adopted} order(s) of the last run are still open and are tracked again.")
        if unwanted:
            self._logger.info(f"{len(unwanted)} order(s) of the last run are still open and are cancelled.")
            await self._canceller.cancel_all(unwanted, CONSTANTS.LEFTOVERS_TIMEOUT_S)

    def _is_adopted(self, order: TrackedOrder) -> bool:
        intent = self._journal.get(order.client_order_id)
        # The strategy no longer counts on an order that failed for it, or whose cancel it asked for.
        is_wanted = not self._tracker.is_lost(order) and not (intent is not None and intent.is_cancel_wanted)
        return self._adopts_leftovers() and is_wanted
