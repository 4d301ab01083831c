"""Cancelling orders the way Peatio takes it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence, Set

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    CancelError,
    MessageError,
    NotFoundError,
    Outcome,
    PlacementError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.retry import Backoff, SayOnce, wait_for_event
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.batch import BatchResult
from hummingbot.connector.exchange.peatio.execution.create import CreatesUnderWay
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancels
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate


class Canceller:
    """Sends cancels when they take effect, and applies the end of orders that turn out to have ended.

    :param second_cancels: learns of every cancel that is sent
    :param creates: the creates under way; an order that has not left is withdrawn instead of cancelled
    :param journal: remembers until the order has ended that its cancel is wanted
    :param symbol_of: Peatio's symbol of a trading pair
    :param is_account_exclusive: whether every order of the account is this connector's; then cancelling many takes one
        request a market and side
    :param on_event_missed: gets what the private stream should have reported, in words
    """

    def __init__(
        self,
        rest: RestClient,
        report_handler: ReportHandler,
        tracker: OrderTracker,
        second_cancels: SecondCancels,
        creates: CreatesUnderWay,
        journal: IntentJournal,
        symbol_of: Callable[[str], Awaitable[str]],
        is_account_exclusive: Callable[[], bool],
        on_event_missed: Callable[[str], None],
        tasks: Tasks,
        logger: logging.Logger,
    ) -> None:
        self._rest = rest
        self._report_handler = report_handler
        self._tracker = tracker
        self._second_cancels = second_cancels
        self._creates = creates
        self._journal = journal
        self._symbol_of = symbol_of
        self._is_account_exclusive = is_account_exclusive
        self._on_event_missed = on_event_missed
        self._tasks = tasks
        self._logger = logger
        self._running: dict[str, asyncio.Task[None]] = {}
        # Reads that wait for the request limit must not keep cancels waiting.
        self._cancels = asyncio.Semaphore(CONSTANTS.PARALLEL_CANCELS)
        self._reads = asyncio.Semaphore(CONSTANTS.PARALLEL_CANCELS)

    def start(self, order: TrackedOrder) -> "asyncio.Task[None]":
        """Cancels the order, again and again until it has ended or the exchange does not know it.

        :return: what does it, in the background, until the connector is stopped
        """
        key = order.client_order_id
        self._journal.want_cancel(key)
        work = self._cancel_until_ended
        return self._tasks.start_once(self._running, key, lambda: work(order), f"cancel of order {key}")

    def resume(self) -> None:
        """A cancel ends where the exchange does not know the order. One that it knows by now is cancelled again."""
        for intent in self._journal.in_state(IntentState.LIVE):
            order = self._tracker.fetch_any(intent.client_order_id) if intent.is_cancel_wanted else None
            if order is not None and not self._tracker.is_missing(order):
                self.start(order)

    async def cancel_all(self, orders: Sequence[TrackedOrder], timeout_s: float) -> list[BatchResult]:
        """Cancels `orders` and waits until they have ended, their last fills recorded.

        Hummingbot takes the streams down as soon as this returns; what came later would never reach its books. What has
        not ended by then is cancelled further in the background.

        :return: one result an order, in their order; success means that it has ended, be it by a fill. Else the error
            is the exchange's refusal, or a `CancelError` that names the last failure.
        """
        try:
            async with asyncio.timeout(timeout_s):
                self._journal.want_cancels(order.client_order_id for order in orders)
                if self._is_account_exclusive():
                    await self._cancel_in_bulk(orders)
                if orders:
                    await asyncio.wait([self.start(order) for order in orders])
                await self._second_cancels.wait()
        except TimeoutError:
            pass  # what is left is named below
        left = [order.client_order_id for order in orders if not order.ended_event.is_set()]
        if left:
            self._logger.error(
                f"Order(s) {', '.join(left)} did not end within {timeout_s:g} s of their cancel, which is repeated as "
                "long as the connector runs. If it is stopped before, look at the exchange."
            )
        return [BatchResult(order.client_order_id, _error_of(order, timeout_s)) for order in orders]

    def pull_quotes(self, trading_pair: str, reason: str = "Its order book is invalid") -> None:
        """Cancels the open limit orders on a market (settings `pull_quotes` and `pause_around_cycle`).

        :param reason: for the log
        """
        orders = [
            order
            for order in self._tracker.active_orders.values()
            if order.trading_pair == trading_pair and order.order_type is not OrderType.MARKET and not order.is_done
        ]
        if orders:
            self._logger.warning(
                f"{trading_pair}: cancelling {len(orders)} order(s) on this market. {reason}."
            )
            for order in orders:
                self.start(order)

    async def _cancel_in_bulk(self, orders: Sequence[TrackedOrder]) -> None:
        """One request a market and side whose open orders are all meant, and a moment for their events.

        What it leaves (pending orders, lost events, failed requests) is cancelled order by order afterwards.
        """
        meant = {order.client_order_id for order in orders}
        live = [order for order in orders if order.seen_live_event.is_set() and self._is_side_meant(order, meant)]
        sides = {}
        for order in live:
            try:
                market = await self._symbol_of(order.trading_pair)
            except KeyError:
                continue  # a market that was closed; its orders are cancelled one by one
            sides[market, order.trade_type is TradeType.BUY] = order.trading_pair
        for order in live:
            self._second_cancels.on_cancel_sent(order)
        for (market, is_buy), trading_pair in sorted(sides.items()):
            try:
                report = await self._rest.cancel_orders(market, is_buy)
                self._tracker.counts[trading_pair].cancels += len(report)
                for order in filter(None, map(self._tracker.find_reported, report)):
                    order.is_cancel_taken = True
            except (RequestError, MessageError) as error:
                self._count_failure(trading_pair, error)
                self._logger.warning(f"The orders on {market} are cancelled one by one: {error}")
        ended = asyncio.gather(*(order.ended_event.wait() for order in live))
        try:
            await asyncio.wait([ended], timeout=CONSTANTS.BULK_CANCEL_EVENTS_S)
        finally:
            ended.cancel()

    def _is_side_meant(self, order: TrackedOrder, meant: Set[str]) -> bool:
        """Whether every open order on that market and side is meant: a cancel in bulk spares none."""
        return all(
            other.client_order_id in meant
            for other in self._tracker.active_orders.values()
            if (other.trading_pair, other.trade_type) == (order.trading_pair, order.trade_type)
            and other.order_type is not OrderType.MARKET
        )

    async def _cancel_until_ended(self, order: TrackedOrder) -> None:
        """Only the order's end, or an exchange that does not know the order, ends its cancel: any other answer says
        nothing about the order (docs/protocol.md sections 3 and 6), and Hummingbot asks for a cancel once a minute."""
        key = order.client_order_id
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.CANCEL_REPEAT_MAXIMUM_S)
        say_once = SayOnce(time.monotonic, CONSTANTS.FAILURE_REPORT_PERIOD_S)
        sent_anyway_at_s = time.monotonic() + CONSTANTS.CANCEL_PENDING_LIMIT_S
        while not order.ended_event.is_set():
            pause_s = backoff.next_s()
            try:
                await self.cancel(order, sent_anyway_at_s)
                pause_s = max(pause_s, CONSTANTS.END_EVENT_LATE_S)
            except NotFoundError as error:
                order.cancel_error = error
                self._logger.warning(
                    f"Failed to cancel order {key}: the exchange does not know the order ({error}). If a poll finds "
                    "it, the cancel is sent again; if several do not, the order counts as lost."
                )
                await self._tracker.process_order_not_found(key)
                return
            except Exception as error:
                order.cancel_error = error
                if say_once.is_due(repr(error)):
                    is_expected = isinstance(error, RequestError | MessageError | PlacementError)
                    self._logger.warning(
                        f"Failed to cancel order {key}; the cancel is repeated until the order has ended: {error}",
                        exc_info=None if is_expected else error,
                    )
            if self._rest.is_closed:
                return
            await wait_for_event(order.ended_event, pause_s)

    async def cancel(self, order: TrackedOrder, sent_anyway_at_s: float) -> None:
        """Asks the exchange to cancel. The answer is not the outcome: the final state comes by event, by poll, or with
        the answer to the next such request.

        :param sent_anyway_at_s: when the cancel of an order that may be `pending` is sent, by a clock that never steps
        :raises NotFoundError: when the exchange does not know the order
        :raises RequestError, MessageError: when the exchange cannot be asked
        :raises PlacementError: when the order has no id at the exchange yet
        """
        key = order.client_order_id
        if self._creates.withdraw(key, "The order was cancelled before it was sent."):
            await order.ended_event.wait()
            return
        await self._creates.wait_until_answered(key)
        if order.ended_event.is_set():
            return  # it was not placed
        if order.exchange_order_id is None:
            raise PlacementError(f"Order {key} has no id yet: its create is not answered.")
        await self._wait_until_live(order, sent_anyway_at_s)
        async with self._cancels:
            if order.ended_event.is_set():
                return
            is_repeated = order.is_pending_cancel_confirmation
            self._second_cancels.on_cancel_sent(order)
            report = await self._request(order, order.exchange_order_id)
        if report.state.is_final:
            # It had ended before and no event will come (docs/protocol.md section 4.5).
            if is_repeated:
                self._on_event_missed(f"the end of order {key}")
            self._report_handler.apply_order(order, report)
            return
        order.is_cancel_taken = True
        self._tracker.process_order_update(
            OrderUpdate(
                trading_pair=order.trading_pair,
                update_timestamp=report.updated_at_s,
                new_state=OrderState.PENDING_CANCEL,
                client_order_id=key,
            )
        )

    async def _request(self, order: TrackedOrder, exchange_order_id: str) -> OrderReport:
        counts = self._tracker.counts[order.trading_pair]
        try:
            report = await self._rest.cancel_order(exchange_order_id)
        except (RequestError, MessageError) as error:
            self._count_failure(order.trading_pair, error)
            raise
        counts.cancels += 1
        return report

    def _count_failure(self, trading_pair: str, error: RequestError | MessageError) -> None:
        counts = self._tracker.counts[trading_pair]
        counts.failed_cancels += 1
        if not isinstance(error, RequestError) or error.outcome is Outcome.AMBIGUOUS:
            counts.ambiguous_cancels += 1

    async def _wait_until_live(self, order: TrackedOrder, until_s: float) -> None:
        """Waits until the order left `pending`: cancelled earlier it would stay in the engine's book.

        REST is asked at once and again with growing pauses, because the event may have been lost. At `until_s` the
        cancel is sent anyway, and a second one once the order has ended.
        """
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.CANCEL_PENDING_LIMIT_S / 2)
        try:
            async with asyncio.timeout(until_s - time.monotonic()):
                while not order.seen_live_event.is_set():
                    async with self._reads:
                        report = await self._report_handler.fetch(order, is_for_cancel=True)
                    self._report_handler.apply_order(order, report)
                    await wait_for_event(order.seen_live_event, backoff.next_s())
        except TimeoutError:
            pass  # it may be `pending` for hours, or the request limit keeps reads back


def _error_of(order: TrackedOrder, timeout_s: float) -> Exception | None:
    if order.ended_event.is_set():
        return None
    if isinstance(order.cancel_error, NotFoundError):
        return order.cancel_error
    last = "" if order.cancel_error is None else f" ({order.cancel_error})"
    return CancelError(f"Order {order.client_order_id} did not end within {timeout_s:g} s of its cancel{last}.")
