"""Polls REST for what the private events should have reported."""

import logging
import math
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    AnswerError,
    MessageError,
    NotFoundError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.messages import TradeReport
from hummingbot.connector.exchange.peatio.common.retry import Outage
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.core.data_type.common import OrderType


class Reconciler:
    """Two requests for all orders together, and one more for each that is not among the open ones.

    :param server_time_s: the exchange's clock, epoch seconds
    """

    def __init__(
        self,
        tracker: OrderTracker,
        rest: RestClient,
        report_handler: ReportHandler,
        now_s: Callable[[], float],
        server_time_s: Callable[[], float],
        logger: logging.Logger,
    ) -> None:
        self._tracker = tracker
        self._rest = rest
        self._report_handler = report_handler
        self._outage = Outage("The state of our orders", now_s, logger)
        self._trades_known_to_s = 0.0
        self._server_time_s = server_time_s
        self._logger = logger
        self._stream_since_s = math.inf
        self._now_s = now_s
        self._is_connected = False
        self._spoke_s = -math.inf
        # An order that the private stream should report, and since when.
        self._unreported: tuple[str, float] | None = None
        self._is_stream_silent = False
        self._was_event_unreadable = False

    @property
    def is_behind(self) -> bool:
        """Whether the last poll could not learn everything, or found what the private stream should have reported, or
        there was an event since then that cannot be read."""
        return self.has_failed or self._is_stream_silent or self._was_event_unreadable

    @property
    def has_failed(self) -> bool:
        """Whether the last poll could not learn everything."""
        return self._outage.is_on

    def on_stream_connected(self) -> None:
        """From now on the private stream reports every fill."""
        self._stream_since_s = self._server_time_s()
        self._is_connected, self._is_stream_silent = True, False

    def on_stream_lost(self) -> None:
        """The private stream has no connection."""
        self._is_connected, self._unreported = False, None

    def on_stream_message(self) -> None:
        """The private stream speaks."""
        self._spoke_s, self._unreported, self._is_stream_silent = self._now_s(), None, False

    def on_unreadable_event(self) -> None:
        """The private stream reported something about an order, maybe one of ours: REST knows what."""
        self._was_event_unreadable = True

    def on_order_placed(self, order: TrackedOrder) -> None:
        """The exchange has the order. The private stream reports a limit order at about the same time."""
        has_spoken = self._spoke_s >= order.creation_timestamp
        if order.order_type is OrderType.MARKET or has_spoken or self._unreported is not None:
            return
        if self._is_connected and not self._is_stream_silent:
            self._unreported = order.client_order_id, self._now_s()

    def is_event_late(self) -> bool:
        """Whether the private stream has been silent for too long after an order was placed; once for each silence."""
        if self._unreported is None or self._now_s() - self._unreported[1] < CONSTANTS.ORDER_EVENT_LATE_S:
            return False
        key, placed_at_s = self._unreported
        self._unreported = None
        self.on_event_missed(f"order {key}, which was placed {self._now_s() - placed_at_s:.0f} s ago")
        return True

    def on_event_missed(self, what: str) -> None:
        """REST has shown something that the private stream should have reported long before.

        :param what: for the user
        """
        if not self._is_stream_silent:
            self._is_stream_silent = True
            self._logger.warning(
                f"The private stream did not report {what}. REST is polled every few seconds until the stream reports "
                "again."
            )

    async def poll(self, is_overdue: bool = False) -> None:
        """Brings every followed order up to date. What cannot be learned now leaves the orders as they are.

        :param is_overdue: whether the private stream should have reported by now whatever is found
        """
        self._was_event_unreadable = False
        late_before = self._late_reports
        active = [order for order in self._tracker.active_orders.values() if order.exchange_order_id is not None]
        fillable = list(self._tracker.all_fillable_orders.values())
        all_worked = await self._worked(self._poll_trades(fillable)) if fillable else True
        if active:
            all_worked &= await self._worked(self._poll_orders(active))
        if all_worked:
            self._outage.worked()
        if is_overdue and self._late_reports > late_before:
            self.on_event_missed("a fill or an end that the balances show")

    @property
    def _late_reports(self) -> int:
        return sum(counts.late_fills + counts.late_ends for counts in self._tracker.counts.values())

    async def _worked(self, part: Awaitable[None]) -> bool:
        try:
            await part
        except (RequestError, MessageError) as error:
            self._outage.failed(error)
            return False
        return True

    async def _poll_trades(self, orders: list[TrackedOrder]) -> None:
        since_s = max(_oldest_s(orders), self._trades_known_to_s) - CONSTANTS.CLOCK_MARGIN_S
        trades = await self._rest.trades(max(int(since_s), 0))
        for trade in reversed(trades):
            order = self._tracker.find(trade.order_id)
            if order is not None:
                self._note_late_fill(order, trade)
                self._report_handler.apply_trade(order, trade)
            self._trades_known_to_s = max(self._trades_known_to_s, trade.created_at_s)

    def _note_late_fill(self, order: TrackedOrder, trade: TradeReport) -> None:
        """The poll found a trade: did the private stream report it?"""
        if trade.trade_id in order.order_fills or trade.trade_id in order.recorded_trade_ids:
            return
        self._tracker.counts[order.trading_pair].late_fills += 1
        self._look_for_silence(trade)

    def _look_for_silence(self, trade: TradeReport) -> None:
        """A socket stays open when the broker behind it is lost (docs/protocol.md section 5); only what was missed
        shows that nothing comes."""
        late_s = self._server_time_s() - trade.created_at_s
        if late_s > CONSTANTS.EVENT_LATE_S and trade.created_at_s > self._stream_since_s + 1:
            self.on_event_missed(f"a fill {late_s:.0f} s ago")

    async def _poll_orders(self, orders: list[TrackedOrder]) -> None:
        open_orders = {order_id: report for report in await self._rest.open_orders() for order_id in report.ids}
        trouble: Exception | None = None
        for order in orders:
            try:
                # Absence from the list proves nothing (docs/protocol.md section 3): the order is asked for by its id.
                report = open_orders.get(str(order.exchange_order_id)) or await self._report_handler.fetch(order)
                had_ended = order.ended_event.is_set()
                self._report_handler.apply_order(order, report)
                if order.ended_event.is_set() and not had_ended:
                    self._tracker.counts[order.trading_pair].late_ends += 1
            except NotFoundError:
                await self._tracker.process_order_not_found(order.client_order_id)
            except (AnswerError, MessageError) as error:
                trouble = error  # with this order alone; where no answer comes at all the others are not tried
        if trouble is not None:
            raise trouble


def _oldest_s(orders: list[TrackedOrder]) -> float:
    """The creation of the oldest order, by our clock."""
    oldest_s = min(order.creation_timestamp for order in orders)
    return float(oldest_s) if math.isfinite(oldest_s) else 0.0
