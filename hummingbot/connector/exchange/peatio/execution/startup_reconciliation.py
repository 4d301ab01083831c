"""After a start: what the last run left on the exchange, compared with the journal, before the first order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    MessageError,
    NotFoundError,
    PlacementError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, IntentJournal, IntentState
from hummingbot.connector.exchange.peatio.execution.late_orders import LateOrders
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate


class StartupReconciliation:
    """Runs once in a process.

    Fills of the time between are recorded once, by Hummingbot's own database; open leftovers are cancelled or
    adopted; an intent whose request may not have left is looked for.

    :param record_of: Hummingbot's record of an order
    """

    def __init__(
        self,
        journal: IntentJournal,
        lookup: OrderLookup,
        watch: LateOrders,
        tracker: OrderTracker,
        report_handler: ReportHandler,
        canceller: Canceller,
        record_of: Callable[[str], OrderRecord],
        are_leftovers_adopted: bool,
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._journal = journal
        self._lookup = lookup
        self._watch = watch
        self._tracker = tracker
        self._report_handler = report_handler
        self._canceller = canceller
        self._record_of = record_of
        self._are_leftovers_adopted = are_leftovers_adopted
        self._logger = logger
        self._sleep = sleep
        self._gate = asyncio.Semaphore(CONSTANTS.PARALLEL_CANCELS)

    async def run(self) -> None:
        """Ends when every leftover is settled or followed; asks an exchange that does not answer again and again.

        :raises JournalError: when the journal cannot be read or written
        """
        intents = self._journal.unfinished()
        if not intents:
            return
        self._logger.info(f"The last run left {len(intents)} order(s) whose end it did not see; asking the exchange.")
        settling = []
        for intent in intents:
            if intent.state is IntentState.ENDED and intent.exchange_order_id is not None:
                self._report_handler.second_cancel.remove(intent.client_order_id, intent.exchange_order_id)
                continue
            order = self._order_of(intent)
            if intent.state is IntentState.WATCHED:
                self._watch.add(order, intent)
            else:
                settling.append(self._settle(order, intent))
        settled = await asyncio.gather(*settling, return_exceptions=True)
        broken = [error for error in settled if isinstance(error, BaseException)]
        await self._handle_left([order for order in settled if isinstance(order, TrackedOrder)])
        if broken:
            raise broken[0]

    async def _settle(self, order: TrackedOrder, intent: Intent) -> TrackedOrder | None:
        """Brings the order up to date; the order where it is still open."""
        async with self._gate:
            report = await self._reported(order, intent)
        if report is None or self._journal.has_ended(intent.client_order_id):
            return None  # an event or a poll may have been faster, and the order gone from Hummingbot's memory
        tracked = self._tracker.fetch_any(order.client_order_id)
        if tracked is None:
            self._tracker.start_tracking_order(order)
        elif tracked is not order:
            # Restored by Hummingbot meanwhile.
            tracked.recorded_trade_ids, tracked.fee_rates = order.recorded_trade_ids, order.fee_rates
            order = tracked
        if intent.exchange_order_id is None:
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
        self._report_handler.apply_order(order, report)
        return None if report.state.is_final else order

    async def _reported(self, order: TrackedOrder, intent: Intent) -> OrderReport | None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.SNAPSHOT_TIMEOUT_S)
        absent_s = 0.0
        while True:
            try:
                if intent.exchange_order_id is not None:
                    return await self._report_handler.fetch(order)
                report = await self._lookup.find(intent)
                if report is not None:
                    return report
                if absent_s >= CONSTANTS.LOOKUP_LIMIT_S:
                    self._journal.watch(intent.client_order_id)
                    self._watch.add(order, intent)
                    return None
            except (NotFoundError, PlacementError) as error:
                self._logger.error(f"Order {intent.client_order_id} of the last run cannot be settled: {error}")
                self._journal.close(intent.client_order_id)
                return None
            except (RequestError, MessageError) as error:
                self._logger.warning(f"Order {intent.client_order_id} of the last run is not settled yet: {error}")
                await self._sleep(backoff.next_s())
                continue
            wait_s = backoff.next_s()
            await self._sleep(wait_s)
            absent_s += wait_s

    async def _handle_left(self, left: Sequence[TrackedOrder]) -> None:
        unwanted = list(left)
        if self._are_leftovers_adopted:
            # One that the strategy was told had failed is nobody's to follow.
            unwanted = [order for order in left if self._tracker.is_lost(order)]
        if len(left) > len(unwanted):
            number = len(left) - len(unwanted)
            self._logger.info(f"{number} order(s) of the last run are still open and are followed again.")
        if unwanted:
            self._logger.info(f"{len(unwanted)} order(s) of the last run are still open and are cancelled.")
            await self._canceller.cancel_all(unwanted, CONSTANTS.LEFTOVERS_TIMEOUT_S)

    def _order_of(self, intent: Intent) -> TrackedOrder:
        order = self._tracker.fetch_any(intent.client_order_id)
        record = self._record_of(intent.client_order_id)
        if order is None:
            order = TrackedOrder(
                client_order_id=intent.client_order_id,
                exchange_order_id=intent.exchange_order_id,
                trading_pair=intent.trading_pair,
                order_type=OrderType.MARKET if intent.price is None else OrderType.LIMIT,
                trade_type=TradeType.BUY if intent.is_buy else TradeType.SELL,
                amount=intent.amount,
                price=s_decimal_NaN if intent.price is None else intent.price,
                creation_timestamp=intent.created_at_s,
                # A second created event would violate the database's key.
                initial_state=OrderState.OPEN if record.is_created else OrderState.PENDING_CREATE,
            )
        elif order.exchange_order_id is None and intent.exchange_order_id is not None:
            order.update_exchange_order_id(intent.exchange_order_id)
        order.fee_rates = order.fee_rates or intent.fee_rates
        order.recorded_trade_ids = record.trade_ids
        return order
